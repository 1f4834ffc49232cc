"""The diffusion process against a distribution whose best denoiser is known."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import seeded as seeded

from cdm import diffusion


@pytest.mark.parametrize("prediction", ["x0", "v", "eps"])
def test_the_right_prediction_gives_the_clean_image_back(prediction: diffusion.Prediction) -> None:
    x0, eps, t = torch.randn(8, 3, 4, 4), torch.randn(8, 3, 4, 4), torch.linspace(0.05, 0.95, 8)
    x_t = diffusion.mix(x0, eps, t)
    wanted = diffusion.target(x0, eps, t, prediction)
    assert torch.allclose(diffusion.clean(x_t, t, wanted, prediction), x0, atol=1e-4)
    assert diffusion.loss(lambda x, s: wanted, x0, t, eps, prediction).abs().max() == 0


def test_times_are_stratified() -> None:
    t = diffusion.times(64, torch.Generator().manual_seed(1)).sort().values
    edges = torch.linspace(diffusion.EARLIEST, diffusion.LATEST, 65)
    assert ((t >= edges[:-1]) & (t <= edges[1:])).all()


def gaussian(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The best denoiser there is for data of mean 0.3 and standard deviation 0.5."""
    alpha, sigma = diffusion.scales(t)
    gain = alpha * 0.25 / (alpha**2 * 0.25 + sigma**2)
    return 0.3 + gain * (x - alpha * 0.3)


def test_sampling_gives_the_distribution_of_the_data() -> None:
    x = diffusion.sample(gaussian, torch.randn(2000, 1, 2, 2), 40)
    assert abs(float(x.mean()) - 0.3) < 0.02
    assert abs(float(x.std()) - 0.5) < 0.03


@pytest.mark.parametrize("stop", [0.5, 0.7, diffusion.LATEST])
def test_what_is_inverted_is_restored(stop: float) -> None:
    x = 0.3 + 0.5 * torch.randn(50, 1, 4, 4)
    noise = diffusion.invert(gaussian, x, 60, stop)
    back = diffusion.restore(gaussian, noise, 60, stop)
    assert float((back - x).abs().max()) < 1e-3
    assert float((noise - x).abs().mean()) > 0.1


def test_at_once_a_network_sees_nothing_at_the_last_time() -> None:
    asked: list[tuple[torch.Tensor, torch.Tensor]] = []

    def network(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        asked.append((x, t))
        return x + 2

    assert torch.equal(diffusion.at_once(network, torch.rand(3, 3, 2, 2)), torch.full((3, 3, 2, 2), 2.0))
    ((x, t),) = asked
    assert not x.any() and t.tolist() == [1.0, 1.0, 1.0]
