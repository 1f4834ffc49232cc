"""A C2VAE finds the sides of a square that is turned, where a plain variational autoencoder finds other directions."""

from __future__ import annotations

import itertools
import math

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor, nn

from cdm import metrics
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import c2vae
from cdm.methods.c2vae import C2VAE, Options, networks
from cdm.methods.c2vae.fit import rising
from cdm.methods.c2vae.networks import Contrastive, Copula, Weights
from cdm.methods.parts import descent
from cdm.methods.parts.autoencoding import Gaussian
from cdm.metrics import Factor
from cdm.models.protocol import Job
from cdm.scm.codes import Code

STEPS = 600


def _perceptron(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(before, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, after))


def _small(reader: nn.Module, painter: nn.Module, noise: float = 0.1) -> Contrastive:
    return descent.begun(lambda: Contrastive(reader, painter, 2, noise), Options(), "cpu")


def _found(job: Job, seed: int, weights: Weights) -> float:
    """The MCC of latents and the two sides of a square, of which turned and bent data are shown."""
    sides = torch.rand(4000, 2, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    x, y = (sides @ torch.tensor([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5 / 1.5).T
    data, counted = torch.stack([x, y, x * y, x**2 / 2], dim=1), rising(weights, STEPS)
    network = descent.begun(
        lambda: Contrastive(_perceptron(4, 4), _perceptron(2, 4), 2, 0.1), Options(seed=seed), job.device
    )

    def loss(generator: torch.Generator) -> Tensor:
        return network.missed(data[torch.randint(4000, (128,), generator=generator)], next(counted), generator).mean()

    descent.descend([network], job, "square", STEPS, 3e-3, loss, seed, momentum=None)
    with torch.no_grad():
        read = network.read(data).mean.numpy()
    return float(metrics.mcc(read, sides.numpy(), [Factor(name, "continuous", -1, 1) for name in "ab"])["MCC"])


def test_penalties_find_the_sides_of_a_square_and_a_plain_autoencoder_does_not(toy_pairs: Pairs) -> None:
    job = Job(toy_pairs)
    assert min(_found(job, seed, Weights(5, 5)) for seed in (0, 2)) > 0.97
    assert max(_found(job, seed, Weights(0, 0)) for seed in (0, 2)) < 0.9


def test_the_copula_learns_how_latents_hang_together_where_one_number_is_drawn_of_two() -> None:
    """Of margins of deviation s and noise s the best correlation solves ``1 - r^2 = -r``."""
    network = _small(nn.Identity(), nn.Linear(2, 1, bias=False), noise=0.3)
    nn.init.ones_(network.painter.weight)
    generator, optimiser = torch.Generator().manual_seed(0), torch.optim.Adam(network.copula.parameters(), 3e-3)
    mean = torch.randn(512, 2, generator=generator)
    margins = Gaussian(mean, torch.full((512, 2), 2 * math.log(0.3)))
    assert torch.equal(network.copula(margins)[0], torch.eye(2))
    for _ in range(150):
        factor = network.copula(margins)
        noise = torch.randn(512, 2, 1, generator=generator)
        coupled = networks.placed(margins, (factor @ noise)[..., 0])
        optimiser.zero_grad()
        network.hung(network.painter(mean).detach(), coupled, factor).mean().backward()
        optimiser.step()
    learned = network.copula(margins).detach()
    assert float((learned @ learned.mT)[:, 0, 1].mean()) == pytest.approx((1 - 5**0.5) / 2, abs=0.05)
    assert network.painter.weight.grad is None


def test_a_copula_has_correlations_and_their_information() -> None:
    factor = Copula(3)(Gaussian(torch.zeros(2, 3), torch.zeros(2, 3)))
    assert networks.dependence(factor).tolist() == [0, 0]
    correlated = torch.linalg.cholesky(torch.tensor([[[1.0, 0.6], [0.6, 1.0]]]))
    assert float(networks.dependence(correlated)) == pytest.approx(-math.log(1 - 0.36) / 2)


def test_classifier_and_autoencoder_have_gradients_of_their_own() -> None:
    network, generator = _small(nn.Identity(), nn.Identity()), torch.Generator().manual_seed(0)
    latents = torch.randn(64, 2, generator=generator, requires_grad=True)
    network.penalty(latents, Weights(1, 1)).sum().backward()
    learned = [*network.classifier.parameters()]
    assert latents.grad is not None and latents.grad.any() and all(weight.grad is None for weight in learned)
    network.confused(latents.detach(), latents.detach(), generator).sum().backward()
    assert all(weight.grad is not None for weight in learned)


def test_a_classifier_tells_the_total_correlation() -> None:
    """Of a normal law of correlation .8 it is ``-log(1 - .64) / 2``."""
    network, generator = _small(nn.Identity(), nn.Identity()), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(network.classifier.parameters(), 3e-3)

    def drawn(count: int) -> tuple[Tensor, Tensor]:
        noise = torch.randn(count, 2, generator=generator)
        return torch.stack([noise[:, 0], 0.8 * noise[:, 0] + 0.6 * noise[:, 1]], dim=1), noise

    for _ in range(250):
        optimiser.zero_grad()
        network.confused(*drawn(256), generator).mean().backward()
        optimiser.step()
    told = network.penalty(drawn(4000)[0], Weights(1, 0)).mean()
    assert float(told.detach()) == pytest.approx(-math.log(1 - 0.64) / 2, abs=0.15)


def test_shuffled_latents_are_the_same_numbers_and_hang_together_no_more() -> None:
    latents = torch.arange(400.0)[:, None].repeat(1, 2)
    apart = networks.shuffled(latents, torch.Generator().manual_seed(0))
    assert torch.equal(apart.sort(dim=0).values, latents)
    assert abs(float(torch.corrcoef(apart.T)[0, 1])) < 0.2


def test_penalties_rise_over_the_first_half_of_the_steps() -> None:
    steps = [*itertools.islice(rising(Weights(4, 2), 4), 4)]
    assert steps == [Weights(2, 1), Weights(4, 2), Weights(4, 2), Weights(4, 2)]


def test_of_images_alone_it_reads_the_bars_in_some_order(taught_pairs: Pairs) -> None:
    images = Pairs(taught_pairs.code, {"image": taught_pairs.arrays["image"]})
    model = c2vae.fit(Job(images), Options(steps=160, width=16, rate=2e-3))
    shown = images.batch(torch.arange(300))["image"]
    latents = model.latents(shown)
    assert latents.shape == (300, 5) and not latents.requires_grad
    bars = taught_pairs.arrays["factors"][:300, :2]
    found = metrics.mcc(latents.numpy(), bars, [Factor(name, "continuous", 0, 1) for name in toy.FACTORS[:2]])
    assert found["MCC"] > 0.6
    assert (model.network.painter(latents) - shown).abs().mean() < 0.2


def test_what_cannot_be_is_refused(toy_pairs: Pairs) -> None:
    for wrong in ({"batch": 0}, {"noise": 0.0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
    with pytest.raises(CdmError, match=r"^spare: at least 1 is needed where there is one factor, found 0$"):
        C2VAE(Code(toy_pairs.code.factors[:1]), 16, Options(spare=0))
