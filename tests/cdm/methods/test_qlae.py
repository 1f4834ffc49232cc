"""A QLAE finds the sides of a square that is turned; an autoencoder of numbers finds some other pair of directions."""

from __future__ import annotations

import itertools

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor, nn

from cdm import metrics
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import qlae
from cdm.methods.parts import descent
from cdm.methods.qlae import Options
from cdm.methods.qlae.fit import shrinking
from cdm.methods.qlae.networks import Quantised, Values
from cdm.metrics import Factor
from cdm.models.protocol import Job


def _perceptron(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(before, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, after))


def _found(job: Job, seed: int, quantised: bool) -> float:
    """The MCC of latents and the two sides of a square, of which turned and bent data are shown."""
    sides = torch.rand(4000, 2, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    x, y = (sides @ torch.tensor([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5 / 1.5).T
    data = torch.stack([x, y, x * y, x**2 / 2], dim=1)
    network = descent.begun(
        lambda: Quantised(_perceptron(4, 2), _perceptron(2, 4), 2, 8), Options(seed=seed), job.device
    )
    if not quantised:
        network.values = nn.Identity()  # type: ignore[assignment]
    shrink = shrinking((network.reader, network.painter), 3e-4, 700)

    def loss(generator: torch.Generator) -> Tensor:
        shrink()
        return network.missed(data[torch.randint(4000, (128,), generator=generator)], 0.01, 0.01).mean()

    descent.descend([network], job, "square", 700, 3e-3, loss, seed, momentum=None)
    with torch.no_grad():
        read = network.read(data).numpy()
    return float(metrics.mcc(read, sides.numpy(), [Factor(name, "continuous", -1, 1) for name in "ab"])["MCC"])


def test_values_find_the_sides_of_a_square_and_numbers_do_not(toy_pairs: Pairs) -> None:
    job = Job(toy_pairs)
    assert min(_found(job, seed, quantised=True) for seed in (0, 2)) > 0.95
    assert min(_found(job, seed, quantised=False) for seed in (0, 2)) < 0.9


def test_a_latent_takes_the_nearest_of_its_values_and_gradients_go_straight_through() -> None:
    values = Values(2, 3)
    with torch.no_grad():
        values.table.copy_(torch.tensor([[-1.0, 0.0, 1.0], [0.0, 5.0, 9.0]]))
    numbers = torch.tensor([[0.6, 0.6], [-9.0, 8.0]], requires_grad=True)
    assert torch.equal(values(numbers), torch.tensor([[1.0, 0.0], [-1.0, 9.0]]))
    network = Quantised(nn.Identity(), nn.Identity(), 2, 3)
    network.missed(numbers, 0.0, 0.0).sum().backward()
    assert numbers.grad is not None and bool((numbers.grad != 0).all())
    assert network.values.table.grad is not None and not network.values.table.grad.any()
    network.missed(numbers.detach(), 1.0, 0.0).sum().backward()
    assert network.values.table.grad.any()  # only the loss of quantisation moves values


def test_weights_shrink_by_a_share_that_falls_in_the_second_half() -> None:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    shrink, sizes = shrinking([layer], 0.1, 4), [1.0]
    for _ in range(4):
        shrink()
        sizes.append(float(layer.weight.detach()))
    assert [b / a for a, b in itertools.pairwise(sizes)] == pytest.approx([0.9, 0.9, 0.9, 0.95])


def test_images_alone_teach_it_a_few_values_a_latent(taught_pairs: Pairs) -> None:
    images = Pairs(taught_pairs.code, {"image": taught_pairs.arrays["image"]})
    model = qlae.fit(Job(images), Options(steps=250, width=16, values=6, spare=1, rate=2e-3))
    shown = images.batch(torch.arange(300))["image"]
    latents = model.latents(shown)
    assert latents.shape == (300, 4) and all(2 <= len(column.unique()) <= 6 for column in latents.T[:3])
    drawn = model.network.painter(latents).sigmoid() * 2 - 1
    still = shown.mean(dim=0)
    assert (drawn - shown).detach().square().mean() < 0.85 * (still - shown).square().mean()


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"batch": 0}, {"values": 1}, {"decay": 2000.0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
