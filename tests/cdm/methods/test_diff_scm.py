"""Diff-SCM draws what is set; what follows from it, it does not know of."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.methods import diff_scm
from cdm.methods.diff_scm import DiffSCM, Options
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job


def _bar(images: Tensor, lower: bool) -> Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module")
def model(taught_pairs: Pairs) -> DiffSCM:
    """Give one that knows the toy; no graph is told."""
    steps = {"denoiser_steps": 250, "predictor_steps": 250}
    options = Options(**steps, ddim=12, width=16, reader_width=16, rate=2e-3, scale=8.0)
    return diff_scm.fit(Job(taught_pairs), options)


@pytest.fixture(scope="module")
def images(taught_pairs: Pairs) -> Tensor:
    """Give twelve in which a is small."""
    chosen = torch.nonzero(torch.tensor(taught_pairs.arrays["factors"][:, 0]) < 0.4)[:12, 0]
    return taught_pairs.batch(chosen)["image"]


@pytest.fixture(scope="module")
def noise(model: DiffSCM, images: Tensor) -> Tensor:
    """Give what a model abducts from them: it takes a while."""
    found: Tensor = model.abduct(images)
    return found


def test_a_do_of_nothing_and_a_guidance_of_none_give_the_image_back(
    model: DiffSCM, images: Tensor, noise: Tensor
) -> None:
    same = model.predict(noise, DoTable(torch.zeros(12, 3), torch.full((12, model.code.width), torch.nan)))
    assert (same - images).abs().mean() < 1e-3
    given = model.config
    model.config = replace(given, scale=0.0)
    still = model.predict(noise, model.table({"a": 0.9}, 12))
    model.config = given
    assert torch.equal(still, same)


def test_what_is_set_is_drawn_and_read(model: DiffSCM, images: Tensor, noise: Tensor) -> None:
    drawn, blue = (model.predict(noise, model.table(do, 12)) for do in ({"a": 0.7}, {"k": 2.0}))
    assert (_bar(drawn, lower=False) - 0.7).abs().median() < 0.1
    assert (model.encode(drawn)[:, 0] - 0.7).abs().median() < 0.1
    had, has = ((one[:, :, :, 0].mean(dim=2).argmax(dim=1) == 2).float().mean() for one in (images, blue))
    assert had < 0.5 and has > 0.65  # blue at the left edge: a level pulls less than a number, at so few steps


def test_only_the_set_factor_pulls_and_no_other_is_held(model: DiffSCM, images: Tensor, noise: Tensor) -> None:
    mask = torch.tensor([[0.0, 1, 0]]).expand(12, 3)
    values = [model.code.encode(torch.tensor([[a, 0.8, 1.0]]).expand(12, 3)) for a in (0.1, 0.9)]
    one, other = (model.predict(noise, DoTable(mask, value)) for value in values)
    assert torch.equal(one, other)
    assert (_bar(one, lower=True) - 0.8).abs().median() < 0.15
    assert (_bar(one, lower=False) - _bar(images, lower=False)).median() > 0.3  # a, which b usually comes of
