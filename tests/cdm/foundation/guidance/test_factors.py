"""Guidance on a causal diffusion model: what it comes to where that can be said beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from denoising import GRAPH, sketch
from factors import TOY
from torch import Tensor

from cdm import config, diffusion
from cdm.errors import CdmError
from cdm.foundation.guidance import factors
from cdm.foundation.guidance.factors import Reading, answer
from cdm.foundation.guidance.settings import Inversion
from cdm.models.abduction import Abduction
from cdm.models.causal_diffusion import DEPTH, CausalDiffusionModel
from cdm.models.interventions import DoTable

FEW = replace(factors.USUAL, steps=4, warmup=1)
INVERSIONS: tuple[Inversion, ...] = ("dpm", "ddpm", "ddim")


@pytest.fixture(scope="module")
def model() -> CausalDiffusionModel:
    """A model that was never trained, and says something all the same."""
    torch.manual_seed(0)
    made = CausalDiffusionModel(TOY, 16, config.make("tiny"), GRAPH).eval()
    with torch.no_grad():
        for weights in (*made.denoiser.leave.parameters(), *made.draft.leave.parameters()):
            weights.normal_(0, 0.05)
    return made


@pytest.fixture(scope="module")
def asked(model: CausalDiffusionModel) -> tuple[Abduction, Tensor]:
    """What is believed of three pictures, and other codes for them."""
    images, _ = sketch(3, 1)
    return model.abduct(images), sketch(3, 2)[1]


def touch(*rows: str) -> Tensor:
    """Which factors of ``abk`` are touched in each row."""
    return torch.tensor([[name in row for name in "abk"] for row in rows])


@pytest.mark.parametrize("named", INVERSIONS)
def test_what_nothing_is_done_to_stays(model: Any, asked: Any, named: Inversion) -> None:
    abduction, wanted = asked
    same, maps = answer(model, abduction, wanted, touch("", "", ""), replace(FEW, inversion=named))
    assert torch.equal(same, abduction.image) and not maps.any()
    again, maps = answer(model, abduction, abduction.codes, touch("ab", "k", ""), replace(FEW, inversion=named))
    assert (again - abduction.image).abs().mean() < 1e-3 and not maps[2].any()


def test_guided_jointly_by_the_deterministic_way_it_is_the_models_own_inversion(model: Any, asked: Any) -> None:
    abduction, wanted = asked
    touched = touch("ab", "k", "")
    told = replace(FEW, guidance="joint", inversion="ddim", skip=diffusion.LATEST / DEPTH - 1)
    drawn, maps = answer(model, abduction, wanted, touched, told)
    own = model.predict(abduction, DoTable(touched.float(), wanted), steps=4, route="inversion")
    assert torch.allclose(drawn, own, atol=1e-4)
    assert (drawn - abduction.image)[:2].abs().amax() > 0.01
    assert torch.equal(maps.amax(dim=(2, 3)), touched.float())


def test_edits_one_after_the_other_without_masks_are_the_joint_edit(model: Any, asked: Any) -> None:
    abduction, wanted = asked
    touched, open_ = touch("abk", "ab", "b"), replace(FEW, threshold=0.0, warmup=0)
    joint, _ = answer(model, abduction, wanted, touched, replace(open_, guidance="joint"))
    onward, _ = answer(model, abduction, wanted, touched, open_)
    apart, _ = answer(model, abduction, wanted, touched, open_, Reading(sums="apart"))
    assert torch.allclose(onward, joint, atol=1e-4)
    assert (apart - joint)[:2].abs().amax() > 1e-3 and torch.allclose(apart[2], joint[2], atol=1e-4)


@pytest.mark.parametrize("maps", ["draft", "attention"])
def test_a_factor_acts_within_its_mask_alone(model: Any, asked: Any, maps: Any) -> None:
    abduction, wanted = asked
    touched = touch("ab", "k", "b")
    drawn, where = answer(model, abduction, wanted, touched, FEW, Reading(maps=maps))
    assert drawn.shape == abduction.image.shape and where.shape == (3, 3, 16, 16)
    assert torch.equal(where.amax(dim=(2, 3)) > 0, touched)
    assert where.max() <= 1 and where[0, 0].mean() < 0.7
    wider, more = answer(model, abduction, wanted, touched, replace(FEW, threshold=0.2), Reading(maps=maps))
    assert more.sum() > where.sum() and not torch.equal(wider, drawn)


def test_the_last_step_may_be_the_only_one_that_is_guided(model: Any, asked: Any) -> None:
    abduction, wanted = asked
    late, where = answer(model, abduction, wanted, touch("a", "a", "a"), replace(FEW, warmup=3))
    assert set(where.unique().tolist()) == {0.0, 1.0}
    outside = ~where[:, :1].bool().expand_as(late)
    assert torch.allclose(late[outside], abduction.image[outside], atol=1e-3)
    assert (late - abduction.image).abs().amax() > 1e-3


def test_a_source_that_is_exaggerated_needs_a_model_that_was_trained_so(model: Any, asked: Any) -> None:
    with pytest.raises(CdmError, match=r"guidance 3\.5: it needs a model that was trained with --set drop=0\.1"):
        answer(model, *asked, touch("a", "a", "a"), replace(FEW, source=3.5))
