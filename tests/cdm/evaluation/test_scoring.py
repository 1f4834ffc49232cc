"""Answers in arrays: a model's own, and how any are measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data import pairs, shards
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import protocol, scoring
from cdm.evaluation.answered import Answers
from cdm.models.causal_diffusion import CausalDiffusionModel

ASKED = protocol.told(
    {
        "name": "toy", "version": 1, "build": "scmgen build toy", "split": "test", "rows": 60, "seeds": [0],
        "cpu_seconds": 60, "data": {"name": "toy", "version": 1, "size": toy.SIZE, "spec_hash": "abc"},
    },
    "toy",
)  # fmt: skip


@pytest.fixture(scope="module")
def asked_about(taught_data: Path, toy_cache: Path) -> Pairs:
    return pairs.load(shards.read(str(taught_data)), "test", toy_cache)


def measured(split: Pairs, answers: Answers) -> dict:
    """Scores by a reader that reads nothing, whose figures are not looked at here."""
    width = split.code.encode(torch.zeros(1, len(split.code.names))).shape[1]
    return scoring.score(answers, split, ASKED, lambda images: torch.zeros(len(images), width), None)


def test_the_truth_scores_nothing_and_the_image_itself_the_floor(asked_about: Pairs) -> None:
    truth = Answers("truth", asked_about.arrays["image_cf"][:60], None, None, {"seed": 1})
    scores = measured(asked_about, truth)
    assert scores["L1"]["model"]["all"] == 0.0 and scores["said"] == {"seed": 1} and scores["samples"] == 60
    nothing = measured(asked_about, Answers("nothing", asked_about.arrays["image"][:60], None, None, {}))
    assert nothing["L1"]["model"] == nothing["L1"]["identity"]


def test_a_row_that_is_there_already_is_not_taken_over(asked_about: Pairs) -> None:
    truth = Answers("truth", asked_about.arrays["image_cf"][:60], None, None, {})
    with pytest.raises(CdmError, match=r"^answers called 'identity' cannot stand beside: identity, oracle, model are"):
        scoring.score(truth, asked_about, ASKED, lambda images: images, None, {"identity": truth})


def test_true_codes_have_an_mcc_of_one(asked_about: Pairs) -> None:
    images, factors = asked_about.arrays["image"][:60], asked_about.arrays["factors"][:60].astype(np.float64)
    assert measured(asked_about, Answers("codes", images, factors, None, {}))["MCC"] == pytest.approx(1.0)


def test_whoever_draws_nothing_is_scored_on_what_it_reads(asked_about: Pairs) -> None:
    factors = asked_about.arrays["factors"][:60].astype(np.float64)
    scores = measured(asked_about, Answers("unnamed", latents=np.stack([-factors[:, 1], factors[:, 0]], axis=1)))
    assert "L1" not in scores and "MCC" not in scores and scores["latents"]["MCC"] > 0.6
    assert scores["latents"]["DCI"]["disentanglement"] > scores["latents"]["DCI"]["informativeness"] / 2
    named = measured(asked_about, Answers("named", codes=factors))
    assert named["MCC"] == pytest.approx(1.0) and named["latents"]["DCI"]["disentanglement"] > 0.9


def test_a_model_answers_in_bytes_units_and_a_graph(asked_about: Pairs, taught: CausalDiffusionModel) -> None:
    found = scoring.answer(taught, asked_about, ASKED, {})
    assert found.images.shape == (60, toy.SIZE, toy.SIZE, 3) and found.images.dtype == np.uint8
    assert found.codes is not None and found.codes.shape == (60, len(asked_about.code.names))
    assert found.graph is not None and set(np.unique(found.graph)) <= {0, 1}
    errors = measured(asked_about, found)["L1"]
    assert errors["model"]["changed"] < errors["identity"]["changed"]


class _Alone(CausalDiffusionModel):
    """What it says of factors, and nothing else."""

    answers = frozenset({"factors"})


def test_factors_under_the_dos_are_told_and_scored_and_what_else_is_scored_stays(
    asked_about: Pairs, taught: CausalDiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scoring.answer(taught, asked_about, ASKED, {})
    assert found.factors_cf is not None and found.factors_cf.shape == (60, 3)
    scores, before = measured(asked_about, found), measured(asked_about, replace(found, factors_cf=None))
    told = scores.pop("counterfactual factors")
    assert told["off diagonal"]["model"] < told["off diagonal"]["identity"] and max(told["diagonal"]["model"]) < 1e-6
    scores["effects"].pop("model")
    assert scores == before
    monkeypatch.setattr(taught, "__class__", _Alone)
    alone = scoring.answer(taught, asked_about, ASKED, {})
    scoring.require(taught)
    np.testing.assert_array_equal(alone.factors_cf, found.factors_cf)
    assert alone.images is None and alone.codes is None
    assert measured(asked_about, alone)["counterfactual factors"] == told


def test_the_true_factors_miss_nothing_and_the_factual_ones_what_identity_does(asked_about: Pairs) -> None:
    true, factual = (asked_about.arrays[name][:60].astype(np.float64) for name in ("factors_cf", "factors"))
    told = measured(asked_about, Answers("truth", factors_cf=true))["counterfactual factors"]
    assert told["off diagonal"]["model"] == 0 < told["off diagonal"]["identity"]
    told = measured(asked_about, Answers("nothing", factors_cf=factual))["counterfactual factors"]
    assert told["model"] == told["identity"] and told["diagonal"]["model"] == told["diagonal"]["identity"]


@pytest.mark.parametrize("name", ["codes", "factors_cf"])
def test_what_is_no_level_is_one_message(name: str, asked_about: Pairs) -> None:
    values = asked_about.arrays["factors"][:60].astype(np.float64)
    values[7, 2] = 3
    with pytest.raises(CdmError) as caught:
        measured(asked_about, Answers("odd", **{name: values}))
    assert str(caught.value) == f"test-000000007: {name}: k = 3 is no level; 0 to 2 are: red, green, blue"


def test_labels_that_do_not_tell_the_truth_are_refused(tmp_path: Path, toy_cache: Path) -> None:
    told = pairs.load(shards.read(str(toy.write(tmp_path / "d", 300, without="factors_cf"))), "test", toy_cache)
    with pytest.raises(CdmError, match=r"^the labels of test do not tell factors_cf, against which answers"):
        measured(told, Answers("x", told.arrays["image"][:60], None, None, {}))
