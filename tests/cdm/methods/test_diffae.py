"""A diffusion autoencoder reads factors linearly off latents that no label taught, and edits along those directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm import diffusion
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import diffae
from cdm.methods.diffae import DiffAE, Options
from cdm.methods.diffae.fit import read
from cdm.methods.diffae.networks import exchanged
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job
from cdm.scm import codes

_NUMBER = {"kind": "continuous", "low": 0.0, "high": 1.0, "levels": [], "unit": "1"}
_KINDS = [
    {**_NUMBER, "name": "number"},
    {**_NUMBER, "name": "turn", "kind": "circular"},
    {**_NUMBER, "name": "kind", "kind": "categorical", "levels": ["red", "green", "blue"]},
]


def _bar(images: torch.Tensor, lower: bool) -> torch.Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module")
def learned(taught_pairs: Pairs) -> DiffAE:
    """Give one that has learned the toy."""
    return diffae.fit(Job(taught_pairs), Options(steps=240, latents=24, examples=600, ddim=8, width=16))


def test_latents_that_no_label_taught_tell_the_factors(learned: DiffAE, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(2000, 2200))
    seen, true = learned.encode(batch["image"]), taught_pairs.code.decode(batch["factors"])
    assert torch.corrcoef(torch.stack([seen[:, 0], true[:, 0]]))[0, 1] > 0.9
    assert torch.corrcoef(torch.stack([seen[:, 1], true[:, 1]]))[0, 1] > 0.9
    assert (seen[:, 2] == true[:, 2]).float().mean() > 0.95


def test_what_an_image_means_is_in_its_latents_and_not_in_its_noise(learned: DiffAE, taught_pairs: Pairs) -> None:
    images = taught_pairs.batch(torch.arange(24))["image"]
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        drawn = diffusion.sample(learned.denoiser.clean(learned.abduct(images).z), noise, 8)
    assert (_bar(drawn, lower=False) - _bar(images, lower=False)).abs().median() < 0.1
    assert (drawn.mean(dim=(2, 3)) - images.mean(dim=(2, 3))).abs().mean() < 0.1


def test_a_do_of_nothing_gives_the_image_back(learned: DiffAE, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(8))
    none = DoTable(torch.zeros(8, 3), batch["factors"])
    assert (learned.predict(learned.abduct(batch["image"]), none) - batch["image"]).abs().mean() < 1e-3


def test_an_edit_is_drawn_and_takes_along_what_goes_with_it_be_it_a_cause(learned: DiffAE, taught_pairs: Pairs) -> None:
    chosen = torch.nonzero(torch.tensor(taught_pairs.arrays["factors"][:, 0]) < 0.4)[:12, 0]
    summed = learned.abduct(taught_pairs.batch(chosen)["image"])
    before = learned.encode(summed.images)
    of_cause, of_effect = learned.table({"a": 0.8}, len(chosen)), learned.table({"b": 0.8}, len(chosen))
    assert (_bar(learned.predict(summed, of_cause), lower=False) - 0.8).abs().median() < 0.2
    after = learned.code.decode(learned.act(summed, of_effect))
    assert (after[:, 1] - 0.8).abs().max() < 1e-5 and (after[:, 0] - before[:, 0]).median() > 0.2


def test_labels_teach_readings_and_nothing_else(taught_pairs: Pairs) -> None:
    other = {**taught_pairs.arrays, "factors": np.ascontiguousarray(taught_pairs.arrays["factors"][::-1])}
    options = Options(steps=2, batch=4, examples=50, width=8)
    one, two = (diffae.fit(Job(Pairs(taught_pairs.code, arrays)), options) for arrays in (taught_pairs.arrays, other))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.readings.weight, two.readings.weight)


@pytest.fixture(scope="module")
def linear() -> tuple[DiffAE, torch.Tensor, torch.Tensor]:
    """Give a model whose latents, eight uneven mixtures, hold a number, an angle and a level; and both, and codes."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(600, 3, generator=generator)
    values[:, 2] = (3 * values[:, 2]).floor()
    code = codes.from_data(_KINDS)
    true = code.encode(values)
    mixed = torch.cat([true, torch.randn(600, 2, generator=generator)], dim=1)
    z = mixed @ torch.randn(8, 8, generator=generator) * torch.logspace(-1, 1, 8) + 3
    model = DiffAE(code, 16, Options(latents=8, ridge=1e-8, along="reading", width=8))
    read(model, z, true, model.config)
    return model, z, true


def test_readings_are_exact_where_factors_are_linear(linear: tuple[DiffAE, torch.Tensor, torch.Tensor]) -> None:
    model, z, true = linear
    seen = model.readings.valid(z)
    torch.testing.assert_close(seen[:, :3], true[:, :3], atol=2e-3, rtol=0)
    assert torch.equal(seen[:, 3:].argmax(dim=1), true[:, 3:].argmax(dim=1))


@pytest.mark.parametrize("along", ["reading", "data"])
def test_a_latent_moves_until_it_is_read_as_its_value(linear: Any, along: Any) -> None:
    model, z, true = linear
    read(model, z, true, replace(model.config, along=along))
    mask, value = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]), true[100:105]
    moved = model.readings.moved(z[:5], mask, value)
    wide = model.code.spread(mask) > 0
    seen = model.readings.valid(moved)
    numbers = wide & (torch.arange(6) < 3)
    torch.testing.assert_close(seen[numbers], value[numbers], atol=1e-3, rtol=0)
    assert torch.equal(seen[2:4, 3:].argmax(dim=1), value[2:4, 3:].argmax(dim=1))
    assert torch.equal(moved[4], z[4]) and not torch.equal(moved[0], z[0])
    read(model, z, true, model.config)


def test_the_way_is_the_direction_of_the_reading_or_of_the_data(linear: Any) -> None:
    model, z, true = linear
    mask, std = torch.tensor([[1.0, 0, 0]]), z.std(dim=0)
    way = (model.readings.moved(z[:1], mask, true[7:8]) - z[:1])[0] / std
    assert abs(float(torch.cosine_similarity(way, model.readings.weight[0] * std, dim=0))) > 0.9999
    read(model, z, true, replace(model.config, along="data"))
    way = (model.readings.moved(z[:1], mask, true[7:8]) - z[:1])[0] / std
    together = ((z - z.mean(dim=0)) * (true[:, :1] - true[:, :1].mean())).mean(dim=0) / std
    assert abs(float(torch.cosine_similarity(way, together, dim=0))) > 0.9999
    read(model, z, true, model.config)


def test_a_new_level_is_as_sure_as_the_old_one_was() -> None:
    logits, wanted = torch.tensor([[2.0, -1, 0], [2, -1, 0]]), torch.tensor([[0.0, 1, 0], [1, 0, 0]])
    assert exchanged(logits, wanted).tolist() == [[-1, 2, 0], [2, -1, 0]]


def test_options_have_bounds() -> None:
    for wrong in ({"batch": 0}, {"latents": 0}, {"late": 0}, {"examples": 0}, {"ddim": 0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
