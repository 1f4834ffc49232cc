"""A deep SCM gives back what nothing was done to, and draws what is set and what follows from it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import deep_scm
from cdm.methods.deep_scm import DeepSCM, Options
from cdm.methods.deep_scm.fit import asked, missed, one_set, tune
from cdm.methods.deep_scm.networks import Inferred, Ladder, Normal
from cdm.methods.parts import descent
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job
from cdm.networks.encoder import Encoder

MANIFEST = {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}
FEW = Options(steps=180, mechanism_steps=200, batch=12, width=8, alone=0.6, warmup=0.2)


def _bar(images: torch.Tensor, lower: bool) -> torch.Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module", params=[1, 3])
def fitted(request: pytest.FixtureRequest, taught_pairs: Pairs) -> DeepSCM:
    """Give one of each kind: the plain conditional VAE, and the hierarchical one."""
    return deep_scm.fit(Job(taught_pairs, MANIFEST), replace(FEW, levels=request.param))


def _moved(model: DeepSCM, pairs: Pairs) -> tuple[Any, ...]:
    """Images, and what they are under do(a = 0.9), of rows in which a is small."""
    chosen = torch.nonzero(torch.tensor(pairs.arrays["factors"][:, 0]) < 0.4)[:24, 0]
    batch = pairs.batch(chosen)
    do = model.table({"a": 0.9}, len(chosen))
    return batch, model.predict(model.abduct(batch["image"], batch["factors"]), do)


def _same(model: DeepSCM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """The images of a batch after ten dos of nothing, one after the other."""
    none, again = DoTable(torch.zeros_like(batch["do_mask"]).float(), batch["factors"]), batch["image"]
    for _ in range(10):
        again = model.predict(model.abduct(again, batch["factors"]), none)
    return again


def test_a_do_of_nothing_gives_the_image_back_though_the_decoder_would_not(
    fitted: DeepSCM, taught_pairs: Pairs
) -> None:
    batch = taught_pairs.batch(torch.arange(8))
    assert (_same(fitted, batch) - batch["image"]).abs().max() < 1e-4
    expected = fitted.ladder.draw(batch["factors"], fitted.abduct(batch["image"], batch["factors"]).latents).loc
    assert (expected - batch["image"]).abs().max() > 0.01


def test_what_is_set_is_drawn_and_what_follows_along_the_graph(fitted: DeepSCM, taught_pairs: Pairs) -> None:
    batch, drawn = _moved(fitted, taught_pairs)
    assert (_bar(drawn, lower=False) - 0.9).abs().median() < 0.1
    a, b, _ = taught_pairs.code.decode(batch["factors"]).T
    assert (_bar(drawn, lower=True) - (b + 0.6 * (0.9**2 - a**2))).abs().median() < 0.1


def test_without_a_graph_nothing_follows(fitted: DeepSCM, taught_pairs: Pairs) -> None:
    alone = DeepSCM(fitted.code, fitted.size, replace(fitted.config, graph="none"))
    alone.ladder = fitted.ladder
    batch, drawn = _moved(alone, taught_pairs)
    stayed, followed = _bar(drawn, lower=True), _bar(_moved(fitted, taught_pairs)[1], lower=True)
    before = taught_pairs.code.decode(batch["factors"])[:, 1]
    assert (stayed - before).abs().median() < 0.1 < (followed - before).abs().median()


def test_one_image_has_one_answer_and_its_latents_see_no_do(fitted: DeepSCM, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(4))
    one, other = (fitted.abduct(batch["image"], batch["factors"]) for _ in range(2))
    assert all(map(torch.equal, one.latents, other.latents)) and torch.equal(one.noise, other.noise)
    sides = [latent.shape[-1] for latent in one.latents]
    assert sides == [1, 4, 8][: fitted.config.levels]
    prior = fitted.ladder.prior(one.latents)  # of latents alone: labels have no way into it
    assert [law.loc.shape for law in prior] == [latent.shape for latent in one.latents]


def test_the_divergence_is_that_of_normal_laws() -> None:
    mine, other = (torch.randn(2, 5, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    laws = [torch.distributions.Normal(loc, log.exp()) for loc, log in (mine, other)]
    assert torch.allclose(Normal(*mine).apart(Normal(*other)), torch.distributions.kl_divergence(*laws), atol=1e-5)


def test_nats_of_the_vector_are_free_and_those_of_grids_are_not() -> None:
    images, level = torch.zeros(2, 3, 4, 4), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    inferred = Inferred([], Normal(images, torch.zeros_like(images)), level)
    assert float(missed(inferred, images, 1.0, 0.0)) == pytest.approx((2 + 3) / 48)
    assert float(missed(inferred, images, 0.5, 8.0)) == pytest.approx(0.5 * (8 + 3) / 48)


def test_fine_tuning_obeys_a_reader_and_keeps_the_bound(fitted: DeepSCM, taught_pairs: Pairs) -> None:
    job, model = Job(taught_pairs, MANIFEST), copy.deepcopy(fitted)
    model.config = replace(fitted.config, finetune_steps=40, rate=5e-3)
    reader = descent.begun(lambda: Encoder(model.code, model.size), FEW, "cpu").requires_grad_(False)
    seeds = [torch.Generator().manual_seed(7) for _ in range(2)]
    with torch.no_grad():
        bound, misread = asked(model, job, reader, seeds[0])
    tune(model, job, reader)
    with torch.no_grad():
        bound2, misread2 = asked(model, job, reader, seeds[1])
    assert misread2 < misread and bound2 < bound + 0.3


def test_a_do_sets_one_factor_of_each_row_to_what_another_row_has(taught_pairs: Pairs) -> None:
    codes = taught_pairs.batch(torch.arange(30))["factors"]
    do = one_set(codes, 3, torch.Generator().manual_seed(0))
    assert do.mask.sum(dim=1).eq(1).all() and do.mask.sum(dim=0).gt(0).all()
    assert torch.equal(do.value.sort(dim=0).values, codes.sort(dim=0).values) and not torch.equal(do.value, codes)


@pytest.mark.parametrize("size", [16, 21, 64])
def test_any_size_has_a_law_of_each_pixel(size: int) -> None:
    ladder = Ladder(size, 5, replace(FEW, levels=4))
    images, labels = torch.zeros(2, 3, size, size), torch.zeros(2, 5)
    inferred = ladder.infer(images, labels, torch.zeros_like)
    assert inferred.pixels.loc.shape == images.shape and inferred.cost.shape == (2, 4)
    fixed = Ladder(size, 5, replace(FEW, scale="fixed", deviation=0.25)).draw(labels)
    assert torch.allclose(fixed.scale, torch.tensor(0.25))


def test_it_must_know_labels_and_a_graph_that_is_given(fitted: DeepSCM, taught_pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"^model 'deep_scm' reads no factors: it needs labels$"):
        fitted.abduct(torch.zeros(1, 3, 16, 16))
    with pytest.raises(CdmError, match=r"needs a graph, which the manifest does not tell; --set graph=none$"):
        deep_scm.fit(Job(taught_pairs), Options(steps=1))
    for wrong in ({"batch": 0}, {"latent": 0}, {"levels": 5}, {"levels": 0}, {"warmup": 2.0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
