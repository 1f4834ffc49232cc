"""The registry of metrics: pure functions of arrays, run where their arrays are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor

from cdm.cli.table import lines
from cdm.errors import CdmError
from cdm.evaluation import metrics
from cdm.evaluation.metrics import registry
from cdm.scm.codes import Code, from_data

CODE = from_data([{"name": n, "kind": "continuous", "low": -1.0, "high": 1.0, "levels": [], "unit": "1"} for n in "ab"])


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test register metrics that go with it."""
    monkeypatch.setattr(registry, "METRICS", dict(registry.METRICS))
    yield


def test_a_new_metric_is_one_function(more: None) -> None:
    @metrics.metric("worst pixel", needs=("prediction", "image_cf"), better="lower", source="nobody, equation 0")
    def worst(prediction: Tensor, truth: Tensor) -> float:
        return float((prediction - truth).abs().max())

    images = torch.zeros(2, 3, 4, 4)
    told = metrics.score({"prediction": images + 0.5, "image_cf": images})
    assert told == {"worst pixel": 0.5}
    assert list(lines({"samples": 2, **told})) == ["worst pixel  0.5000"]


def test_only_metrics_whose_arrays_are_there_are_measured() -> None:
    z = torch.linspace(-1, 1, 20).view(10, 2)
    assert metrics.score({}) == {}
    assert set(metrics.score({"code": CODE, "codes": z, "factors": z})) == {"MCC", "correlations", "R2"}
    images, mask = torch.zeros(10, 3, 4, 4), torch.ones(10, 2)
    truth = {"image": images, "image_cf": images + 1, "do_mask": mask}
    assert metrics.score(truth) == {}
    told = metrics.score(truth | {"rows": {"identity": images, "oracle": images + 1}})
    assert told == {
        "L1": {
            "identity": {"all": 1.0, "changed": 1.0, "unchanged": 0.0},
            "oracle": {"all": 0.0, "changed": 0.0, "unchanged": 0.0},
        }
    }


def test_a_do_that_did_nothing_is_left_out_of_the_errors() -> None:
    images, mask = torch.zeros(2, 3, 4, 4), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    answer = images.clone()
    answer[1] += 1
    arrays = {"rows": {"model": answer}, "image": images, "image_cf": images, "do_mask": mask, "reversed": answer}
    told = metrics.score(arrays)
    assert told["L1"]["model"]["all"] == 0 and told["reversibility"] == 0


def test_a_graph_is_told_with_its_edges_by_name() -> None:
    graph, truth = torch.tensor([[0, 1], [0, 0]]), torch.tensor([[0, 0], [1, 0]])
    told = metrics.score({"graph": graph, "true_graph": truth, "names": ["a", "b"]})
    assert told["edges"] == [("a", "b")]
    assert told["graph"] == {"SHD": 1, "SID": 2, "parent-AID": 2, "precision": 0.0, "recall": 0.0}


def test_effects_of_model_and_truth_stand_side_by_side() -> None:
    before, after = torch.zeros(2, 2), torch.tensor([[1.0, 0.5], [0.0, 1.0]])
    arrays = {"code": CODE, "codes": before, "codes_cf": after, "factors": before, "factors_cf": 2 * after}
    told = metrics.score(arrays | {"do_mask": torch.eye(2)})
    assert set(told) == {"MCC", "correlations", "R2", "effects", "counterfactual factors"}
    assert told["effects"] == {"model": [[1.0, 0.5], [0.0, 1.0]], "truth": [[2.0, 1.0], [0.0, 2.0]]}


def test_figures_are_told_in_the_order_of_a_report() -> None:
    assert [name for name in metrics.METRICS if "/" not in name] == [
        "edges", "MCC", "correlations", "R2", "MCC under other dos", "correlations under other dos", "L1",
        "null do", "composition", "reversibility", "effectiveness", "counterfactual factors",
    ]  # fmt: skip


def test_every_metric_says_whose_it_is_and_needs_what_there_is() -> None:
    for name, metric in metrics.METRICS.items():
        assert metric.name == name and metric.source and metric.better in ("lower", "higher", None)
        assert metric.needs and set(metric.needs) <= set(metrics.ARRAYS)


def test_what_cannot_be_registered(more: None) -> None:
    with pytest.raises(CdmError, match=r"^metric 'x' needs 'images'; did you mean 'image'\? there are code, names, "):
        metrics.metric("x", needs=("images",), better=None, source="nobody")
    with pytest.raises(CdmError, match=r"^metric 'MCC': there is one of that name$"):
        metrics.metric("MCC", needs=("codes",), better="higher", source="nobody")


def test_a_metric_is_a_function_of_arrays_alone() -> None:
    """Nothing of a metric's module knows models: it can be imported without them."""
    assert all(
        "model" not in vars(module) for module in (metrics.graphs, metrics.latents, metrics.pixels, metrics.quality)
    )
    assert isinstance(CODE, Code)
