"""The regions that masked guidance leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy
from denoising import KINDS, sketch, told, trained
from torch import Tensor

from cdm import diffusion
from cdm.data.pairs import Pairs
from cdm.models import masks
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks import pictures

PARTS = ("difference", "attention", "both")


def test_the_image_stays_outside_a_region_and_only_there() -> None:
    learned, (images, codes) = trained("unet"), sketch(4, 4)
    half = torch.zeros(4, 1, 16, 16, dtype=torch.bool)
    half[:, :, 8:] = True
    with torch.no_grad():
        taken = list(diffusion.path(learned.clean(codes), images, 10, 0.6))
        after = learned.clean(codes.roll(1, 0))
        nothing, lower, everything = (
            diffusion.restore_within(after, taken, region, 0.6) for region in (half & False, half, half | True)
        )
        plain = diffusion.restore(after, diffusion.invert(learned.clean(codes), images, 10, 0.6), 10, 0.6)
    assert torch.equal(nothing, images)
    assert torch.equal(lower[:, :, :8], images[:, :, :8])
    assert (lower - images)[:, :, 8:].abs().mean() > 0.1
    assert torch.allclose(everything, plain, atol=1e-5)


def test_a_difference_is_where_answers_differ_by_more_than_the_least() -> None:
    change = torch.tensor([[0.0, 0.9 * masks.LEAST], [-1.1 * masks.LEAST, 1.0]])
    region = masks.difference(torch.zeros(1, 3, 2, 2), change.expand(1, 3, 2, 2))
    assert region.tolist() == [[[[False, False], [True, True]]]]


def test_pixels_belong_to_the_factors_that_they_look_at() -> None:
    maps = torch.tensor([[[[0.7, 0.2]], [[0.2, 0.2]], [[0.1, 0.6]]]])  # (1, 3, 1, 2)

    def region(*touched: int) -> list[bool]:
        row = torch.tensor([[i in touched for i in range(3)]])
        return masks.attention(maps, row).flatten().tolist()

    assert region(0) == [True, False]
    assert region(2) == [False, True]
    assert region(0, 1) == [True, False]
    assert region() == [False, False]
    assert region(0, 1, 2) == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_tells_which_tokens_its_pixels_look_at(kind: str) -> None:
    learned, (images, codes) = trained(kind), sketch(2, 5)
    tokens, t = told(learned.tokens, codes), torch.full((2,), 0.5)
    seen = pictures.alone(torch.zeros_like(images)).seen
    with torch.no_grad():
        maps = masks.looked_at(learned.network, images, t, tokens, seen)
        blind = masks.looked_at(learned.network, images, t, 0 * tokens, seen)
    assert maps.shape == (2, 3, 16, 16)
    assert torch.allclose(maps.sum(1), torch.ones(2, 16, 16), atol=1e-4)
    assert torch.allclose(blind, torch.full_like(blind, 1 / 3), atol=1e-5)  # equal tokens, equal looks
    assert (maps - 1 / 3).abs().max() > 0.01


def test_a_masked_answer_is_the_image_but_for_what_the_do_changes() -> None:
    """A denoiser that draws the right picture, but badly: a tenth too bright everywhere."""
    factors = toy.values(np.random.default_rng(6), 8)["factors"]
    done = np.where(np.arange(3) == 1, 0.9, factors)  # do(b = 0.9)
    images, truth = (torch.tensor(toy.draw(f)).permute(0, 3, 1, 2).float() / 127.5 - 1 for f in (factors, done))

    def before(x: Tensor, t: Tensor) -> Tensor:
        return images + 0.1

    def after(x: Tensor, t: Tensor) -> Tensor:
        return truth + 0.1

    taken = list(diffusion.path(before, images, 10, 0.6))
    region = masks.difference(*(diffusion.restore(drawn, taken[-1], 10, 0.6) for drawn in (after, before)))
    masked = diffusion.restore_within(after, taken, region, 0.6)
    assert torch.equal(region, (truth - images).abs().mean(1, keepdim=True) > masks.LEAST)
    assert torch.equal(masked.where(~region, images), images)
    assert ((masked - truth) * region).abs().max() < 0.02  # what it drew badly the path of the inversion has kept
    assert not region[:, :, :8].any()
    assert region[:, :, 8:].float().mean() > 0.2


@pytest.mark.parametrize("masking", PARTS)
def test_a_do_that_touches_nothing_returns_the_image_bit_for_bit(
    taught: CausalDiffusionModel, taught_pairs: Pairs, masking: Any
) -> None:
    model, images = taught, taught_pairs.batch(torch.arange(4))["image"]
    believed = model.abduct(images)
    do = model.table({}, 4)
    assert torch.equal(model.predict(believed, do, 6, masking=masking), images)
    assert not torch.equal(model.predict(believed, do, 6, route="reference"), images)


def test_masked_guidance_leaves_alone_what_no_touched_factor_draws(
    taught: CausalDiffusionModel, taught_pairs: Pairs
) -> None:
    """``b`` has no descendants and is drawn in the lower half."""
    model, images = taught, taught_pairs.batch(torch.arange(16))["image"]
    free, masked = (
        model.counterfactual(images, {"b": 0.9}, steps=8, route="inversion", masking=m) for m in ("none", "difference")
    )
    kept, drawn = ((answer == images).all(dim=1)[:, :8].float().mean() for answer in (masked, free))
    assert kept > 0.15  # after so few steps a draft lets every factor say a little everywhere
    assert drawn < 0.01


def test_the_command_line_takes_a_mask_and_refuses_what_is_none(
    taught_run: Path, taught_data: Path, tmp_path: Path
) -> None:
    message = "mask 'diference': did you mean 'difference'? there are none, difference, attention, both"
    asked = ["counterfactual", str(taught_run), "--data", str(taught_data), "--do", "a=0.5", "--n", "2"]
    picture = tmp_path / "x.png"
    done = toy.call(*asked, "--mask", "diference", "-o", str(picture), home=tmp_path)
    assert (done.returncode, done.stderr, picture.exists()) == (2, f"cdm: {message}\n", False)
    done = toy.call(*asked, "--mask", "both", "-o", str(picture), home=tmp_path)
    assert (done.returncode, done.stderr, picture.exists()) == (0, "", True)
