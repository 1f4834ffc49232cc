"""An iVAE finds sources that a plain variational autoencoder cannot: the paper's own test, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor, nn
from torch.nn import functional

from cdm import metrics
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.methods import ivae
from cdm.methods.ivae import IVAE, Options
from cdm.methods.ivae.fit import environments
from cdm.methods.ivae.networks import Identified
from cdm.methods.parts import descent
from cdm.metrics import Factor
from cdm.models.protocol import Job

SOURCES, SEGMENTS = 3, 30


def _sources() -> tuple[Tensor, Tensor, Tensor]:
    """Sources whose variances depend on the segment, what an invertible network makes of them, and the segments."""
    generator = torch.Generator().manual_seed(0)
    scale = torch.exp(torch.rand(SEGMENTS, SOURCES, generator=generator) * 3 - 2.5)
    segment = torch.arange(SEGMENTS).repeat_interleave(200)
    sources = torch.randn(len(segment), SOURCES, generator=generator) * scale[segment]
    sources = sources / sources.std(dim=0)
    mirror = torch.eye(SOURCES) - 2 / SOURCES  # orthogonal, and it leaves no source alone
    mixed = functional.leaky_relu(sources @ mirror, 0.3) @ mirror.flip(0)
    return sources, mixed, functional.one_hot(segment, SEGMENTS).float()


def _perceptron(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(before, 64), nn.LeakyReLU(0.1), nn.Linear(64, 64), nn.LeakyReLU(0.1), nn.Linear(64, after)
    )


def _found(job: Job, told: int) -> float:
    """The MCC of latents and sources, where so many numbers of the segment are told."""
    sources, mixed, segments = _sources()

    def made() -> Identified:
        return Identified(_perceptron(SOURCES, 2 * SOURCES), _perceptron(SOURCES, SOURCES), SOURCES, told, 0.1)

    network = descent.begun(made, Options(), "cpu")

    def loss(generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(mixed), (256,), generator=generator)
        return network.missed(mixed[rows], segments[rows], generator).mean()

    descent.descend([network], job, "sources", 1000, 3e-3, loss)
    factors = [Factor(f"s{i}", "continuous", -9, 9) for i in range(SOURCES)]
    return float(metrics.mcc(network.read(mixed).mean.detach().numpy(), sources.numpy(), factors)["MCC"])


def test_told_of_segments_it_finds_the_sources_and_untold_it_does_not(toy_pairs: Pairs) -> None:
    assert _found(Job(toy_pairs), SEGMENTS) > 0.95
    assert _found(Job(toy_pairs), 0) < 0.85


def test_a_factual_image_has_nothing_set_and_the_other_what_was(toy_pairs: Pairs) -> None:
    batch = toy_pairs.batch(torch.arange(20))
    images, told = environments(toy_pairs.code, batch)
    assert images.shape == (40, 3, 16, 16) and told.shape == (40, 3 + 5) and not told[:20].any()
    assert torch.equal(images[20:], batch["image_cf"]) and torch.equal(told[20:, :3], batch["do_mask"].float())
    elsewhere = told[20:, 3:][toy_pairs.code.spread(batch["do_mask"]) == 0]
    assert not elsewhere.any()


def test_of_images_it_reads_the_factors_in_some_order(taught_pairs: Pairs) -> None:
    model = ivae.fit(Job(taught_pairs), Options(steps=250, width=16, spare=2, rate=2e-3))
    batch = taught_pairs.batch(torch.arange(300))
    latents = model.latents(batch["image"])
    assert latents.shape == (300, 5) and not latents.requires_grad
    bars = taught_pairs.arrays["factors"][:300, :2]
    found = metrics.mcc(latents.numpy(), bars, [Factor(name, "continuous", 0, 1) for name in toy.FACTORS[:2]])
    assert found["MCC"] > 0.6
    drawn = model.network.painter(latents)
    assert (drawn - batch["image"]).abs().mean() < 0.2


def test_without_interventions_it_cannot_be_trained(tmp_path: Path, toy_cache: Path) -> None:
    bare = open_data(str(toy.write(tmp_path / "toy", 12, without="do_value")), "train", toy_cache)
    with pytest.raises(CdmError, match=r"^model 'ivae' needs do_value, which the shards do not hold$"):
        ivae.fit(Job(bare), Options(steps=1))
    assert IVAE.answers == {"latents"}
    for wrong in ({"batch": 0}, {"noise": 0.0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
