"""DiffusionCounterfactuals draws what is set, what follows along the graph, and holds what does not follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor

from cdm import diffusion
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import diffusion_counterfactuals
from cdm.methods.diffusion_counterfactuals import DiffusionCounterfactuals, Options
from cdm.methods.diffusion_counterfactuals.answer import Abducted, balanced
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job

MANIFEST = {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}


def _bar(images: Tensor, lower: bool) -> Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module")
def model(taught_pairs: Pairs) -> DiffusionCounterfactuals:
    """Give one that knows the toy and its graph."""
    steps = {"denoiser_steps": 250, "predictor_steps": 250, "mechanism_steps": 200}
    options = Options(**steps, scale=6.0, share=0.3, ddim=12, width=16, reader_width=16, rate=2e-3)
    return diffusion_counterfactuals.fit(Job(taught_pairs, MANIFEST), options)


@dataclass(frozen=True)
class _Asked:
    """Images in which a is small, their labels, and what a model abducts from the images."""

    images: Tensor
    codes: Tensor
    values: Tensor
    abduction: Abducted


@pytest.fixture(scope="module")
def asked(model: DiffusionCounterfactuals, taught_pairs: Pairs) -> _Asked:
    """Give them: an inversion takes a while."""
    batch = taught_pairs.batch(torch.nonzero(torch.tensor(taught_pairs.arrays["factors"][:, 0]) < 0.4)[:8, 0])
    values = taught_pairs.code.decode(batch["factors"])
    return _Asked(batch["image"], batch["factors"], values, model.abduct(batch["image"]))


def _under(model: DiffusionCounterfactuals, asked: _Asked, **do: float) -> Tensor:
    return model.predict(asked.abduction, model.table(do, 8))


def test_a_do_of_nothing_gives_the_image_back(model: DiffusionCounterfactuals, asked: _Asked) -> None:
    same = model.predict(asked.abduction, DoTable(torch.zeros(8, 3), asked.codes))
    assert (same - asked.images).abs().mean() < 1e-3


def test_what_is_set_is_drawn_and_what_follows_along_the_graph(model: DiffusionCounterfactuals, asked: _Asked) -> None:
    drawn = _under(model, asked, a=0.8)
    assert (_bar(drawn, lower=False) - 0.8).abs().median() < 0.1
    wanted = asked.values[:, 1] + 0.6 * (0.8**2 - asked.values[:, 0] ** 2)
    assert (_bar(drawn, lower=True) - wanted).abs().median() < 0.1
    assert (wanted - asked.values[:, 1]).median() > 0.25


def test_what_does_not_follow_is_held(model: DiffusionCounterfactuals, asked: _Asked) -> None:
    drawn, (upper, lower) = _under(model, asked, b=0.6), (_bar(asked.images, lower=one) for one in (False, True))
    assert (_bar(drawn, lower=True) - lower).median() > 0.2
    assert (_bar(drawn, lower=False) - upper).abs().median() < 0.05
    alone = DiffusionCounterfactuals(model.code, model.size, replace(model.config, graph="none"))
    alone.denoiser, alone.projector = model.denoiser, model.projector
    assert (_bar(_under(alone, asked, a=0.8), lower=True) - lower).abs().median() < 0.1


def test_it_reads_factors_or_is_told_them_and_says_what_they_become(
    model: DiffusionCounterfactuals, asked: _Asked
) -> None:
    told = model.abduct(asked.images[:2], asked.codes[:2])
    assert torch.equal(told.codes, asked.codes[:2]) and (told.noise - asked.abduction.noise[:2]).abs().max() < 1e-2
    read, before = asked.abduction, model.code.decode(asked.abduction.codes)
    assert (before - asked.values)[:, :2].abs().median() < 0.1
    assert bool(((read.codes[:, 2:] == 0) | (read.codes[:, 2:] == 1)).all())
    after = model.code.decode(model.act(read, model.table({"a": 0.8}, 8)))
    assert (after[:, 1] - before[:, 1] - 0.6 * (0.8**2 - before[:, 0] ** 2)).abs().median() < 0.05
    assert torch.equal(after[:, 2], before[:, 2])


def test_dos_one_after_the_other_are_a_do_of_both(model: DiffusionCounterfactuals, asked: _Asked) -> None:
    both = _under(model, asked, a=0.8, k=2.0)
    one = model.counterfactual(_under(model, asked, k=2.0), {"a": 0.8})
    for drawn in (both, one):
        assert (_bar(drawn, lower=False) - 0.8).abs().median() < 0.1
        assert (drawn[:, :, :, 0].mean(dim=2).argmax(dim=1) == 2).float().mean() > 0.7


def test_guidance_is_a_share_of_the_noise_unless_the_likelihood_asks_for_less() -> None:
    way, t = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(0)), torch.full((3,), 0.5)
    way = way * torch.tensor([0.0, 1e-3, 1e3]).view(3, 1, 1, 1)
    none, weak, strong = balanced(way, t, share=0.1, scale=2.0)
    assert torch.equal(none, way[0]) and torch.equal(weak, 2 * way[1])
    _, sigma = diffusion.scales(t)
    for push in (strong, balanced(way, t, share=0.1, scale=1e9)[1]):  # as in the paper, without a bound
        moved = sigma[0].square() * push
        assert float(moved.square().mean().sqrt() / sigma[0]) == pytest.approx(0.1)


def test_a_graph_that_is_given_must_be_there(taught_pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"needs a graph, which the manifest does not tell; --set graph=none$"):
        diffusion_counterfactuals.fit(Job(taught_pairs), Options(denoiser_steps=1, predictor_steps=1))
    with pytest.raises(CdmError, match=r"^ddim: at least 1 is needed, found 0$"):
        Options(ddim=0)
