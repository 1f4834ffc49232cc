"""Evaluations: what is scored of which model, and what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import numpy as np
import torch
import toy
from trainings import TINY

from cdm import config
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.evaluation import evaluate, reader
from cdm.models import protocol
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.scm import codes
from cdm.training import run, train


@pytest.fixture
def few_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "CYCLES", (1, 2))


def test_counterfactuals_are_nearer_the_truth_than_the_factual_image(
    taught: CausalDiffusionModel, taught_data: Path, toy_cache: Path, taught_pairs: Pairs, few_cycles: None
) -> None:
    test = open_data(str(taught_data), "test", toy_cache)
    graph = json.loads((taught_data / "manifest.json").read_text())["graph"]
    stages: dict[str, list[int]] = {}

    @contextmanager
    def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
        stages[title] = []
        yield stages[title].append
        assert sum(stages[title]) == total

    told = evaluate.evaluate(taught, test, reader.fit(taught_pairs, steps=300), graph, samples=120, bar=bar)
    assert list(stages) == ["counterfactuals", "null cycles", "reading images", "fresh samples"]
    assert told["graph"] == {"SHD": 0, "SID": 0, "parent-AID": 0, "precision": 1.0, "recall": 1.0}
    assert told["MCC"] > 0.99
    assert told["L1"]["model"]["changed"] < told["L1"]["identity"]["changed"] / 1.6  # after 20 seconds
    assert told["L1"]["identity"]["unchanged"] == told["L1"]["oracle"]["all"] == 0
    assert np.allclose(told["effects"]["model"], told["effects"]["truth"], atol=0.06)
    assert np.allclose(told["effects"]["shown"], told["effects"]["shown in truth"], atol=0.15)
    assert list(told["L1"]) == [
        "identity", "re-encoded", "draft only", "draft inside the mask", "true factors", "oracle", "model"
    ]  # fmt: skip
    read = told["effectiveness"]
    assert list(read["diagonal"]) == [*("reader" if row == "oracle" else row for row in told["L1"])]
    assert max(read["diagonal"]["model"]) < min(read["diagonal"]["identity"]) / 2
    assert told["MCC under other dos"] > 0.98 and list(told["composition"]) == ["1", "2"]
    assert 0 < told["null do"] < 0.1 and told["composition"]["2"] > told["composition"]["1"]
    assert told["fresh samples"]["FD (random convolutions)"]["ratio"] < 3
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, allow_nan=False))


def test_an_evaluation_needs_labels_of_the_model_s_kind(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    bare = Pairs(
        taught_pairs.code,
        {name: array for name, array in taught_pairs.arrays.items() if not name.startswith("factors")},
    )
    with pytest.raises(CdmError, match=r"^an evaluation needs factors, which the shards do not hold$"):
        evaluate.check(taught, bare)
    other = Pairs(codes.Code(taught_pairs.code.factors[:2]), taught_pairs.arrays)
    with pytest.raises(CdmError, match=r"^the model was trained on other factors than these shards have$"):
        evaluate.check(taught, other)


def test_an_evaluation_scores_a_mirrored_code_as_right(toy_pairs: Pairs, few_cycles: None) -> None:
    model = train.fit(run.start(toy_pairs, config.make("quick", supervision="targets", **TINY)))
    told = evaluate.evaluate(model, toy_pairs, reader.fit(toy_pairs, 5), {"adjacency": {"directed": toy.ADJACENCY}}, 12)
    assert set(told["matching"]) == {"a", "b", "k"}
    assert all(r >= 0 for r in told["correlations"][:2])
    assert told["factors"] == ["a", "b", "k"]


def test_an_evaluation_at_unknown_names_the_factors_that_fit(tmp_path: Path, few_cycles: None) -> None:
    out, plain = toy.write(tmp_path / "toy", 240), {"type": "continuous", "range": [0.0, 2.0], "levels": []}
    toy.change(out, lambda manifest: [factor.update(plain) for factor in manifest["factors"].values()])
    pairs = open_data(str(out), "train", tmp_path / "cache")
    model = train.fit(run.start(pairs, config.make("quick", supervision="unknown", **TINY)))
    told = evaluate.evaluate(model, pairs, reader.fit(pairs, 5), {"adjacency": {"directed": toy.ADJACENCY}}, 12)
    assert list(told["matching"]) == ["z1", "z2", "z3"]
    assert sorted(name.removesuffix(" mirrored") for name in told["matching"].values()) == ["a", "b", "k"]
    assert sorted(told["factors"]) == ["a", "b", "k"] and all(r >= 0 for r in told["correlations"])
    assert {"graph", "L1", "effectiveness"} <= set(told)


def test_an_evaluation_at_unknown_says_what_cannot_be_matched(toy_pairs: Pairs) -> None:
    model = run.start(toy_pairs, config.make("quick", supervision="unknown")).model
    message_ = "a model without names codes every factor as a number, and k is categorical: they cannot be matched"
    with pytest.raises(CdmError, match=f"^{message_}$"):
        evaluate.check(model, toy_pairs)


def test_a_model_that_reads_no_factors_is_told_the_true_ones(toy_pairs: Pairs) -> None:
    fitted = linear.fit(protocol.Job(toy_pairs), linear.Options())
    told = linear.Told(fitted.code, fitted.size, fitted.config, dict(fitted.named_buffers()))
    scores = evaluate.evaluate(told, toy_pairs, reader.fit(toy_pairs, 5), None, 40)
    assert "MCC" not in scores and set(scores["L1"]) >= {"model", "true factors"}
    assert scores["L1"]["model"]["changed"] < scores["L1"]["identity"]["changed"]
    batch = toy_pairs.batch(torch.arange(2))
    del batch["factors"]
    with pytest.raises(CdmError, match=r"^model 'told' reads no factors: it needs labels, which the shards do not"):
        protocol.abducted(told, batch)


def test_an_evaluation_without_pairs_scores_what_is_read(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 80, pairs=False)), "train", tmp_path / "cache")
    model = linear.fit(protocol.Job(plain), linear.Options())
    told = evaluate.evaluate(model, plain, reader.fit(plain, 5), None, 40)
    assert {"MCC", "R2"} <= set(told) and not {"L1", "effectiveness", "composition", "effects"} & set(told)


def test_other_models_stand_beside_on_the_same_rows(toy_pairs: Pairs) -> None:
    fitted, other = (linear.fit(protocol.Job(toy_pairs), linear.Options(ridge=ridge)) for ridge in (1e-2, 1.0))
    regressor = reader.fit(toy_pairs, 5)
    told = evaluate.evaluate(fitted, toy_pairs, regressor, None, 40, {"linear (stiff)": other, "itself": fitted})
    assert list(told["L1"]) == ["identity", "re-encoded", "linear (stiff)", "itself", "oracle", "model"]
    assert told["L1"]["itself"] == told["L1"]["model"] != told["L1"]["linear (stiff)"]
    assert told["effectiveness"]["diagonal"]["itself"] == told["effectiveness"]["diagonal"]["model"]
    with pytest.raises(CdmError, match=r"^images of 16 pixels a side; the model was trained on 32$"):
        evaluate.evaluate(fitted, toy_pairs, None, None, 4, {"larger": _of_size(fitted, 32)})


def _of_size(model: linear.Linear, size: int) -> linear.Linear:
    larger = linear.Linear(model.code, model.size, model.config, dict(model.named_buffers()))
    larger.size = size
    return larger


def test_samples_are_compared_with_as_many_real_images_and_these_with_others(toy_pairs: Pairs) -> None:
    class Recalls(linear.Linear):
        """Samples are images of the split, from the last on: neither the first ones nor those after them."""

        answers = frozenset({"encode", "sample"})

        def sample(self, do: object, n: int, seed: int = 0) -> torch.Tensor:
            return toy_pairs.batch(torch.arange(len(toy_pairs) - n, len(toy_pairs)))["image"]

    fitted = linear.fit(protocol.Job(toy_pairs), linear.Options())
    model = Recalls(fitted.code, fitted.size, fitted.config, dict(fitted.named_buffers()))
    told = evaluate.evaluate(model, toy_pairs, None, None, 100)["fresh samples"]
    assert 0.6 < told["FD (random convolutions)"]["ratio"] < 1.6
    assert told["precision"]["model"] > 0.7 and told["recall"]["model"] > 0.7
    assert told["high-pass energy"]["model"] == pytest.approx(1, abs=0.1)
    few = replace(toy_pairs, arrays={name: array[:14] for name, array in toy_pairs.arrays.items()})
    assert "fresh samples" not in evaluate.evaluate(model, few, None, None, 100)
