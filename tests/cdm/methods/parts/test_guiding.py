"""A reader of noisy images knows how sure it is, and pulls images towards the factors that are wanted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor, nn

from cdm import diffusion
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods.diff_scm import Options
from cdm.methods.parts import descent, guiding
from cdm.methods.parts.diffusing import Denoiser
from cdm.methods.parts.guiding import Reader
from cdm.models.protocol import Job
from cdm.scm import codes

KINDS = codes.from_data(
    [
        {"name": "place", "kind": "continuous", "low": 0.0, "high": 1.0, "levels": [], "unit": "1"},
        {"name": "turn", "kind": "circular", "low": 0.0, "high": 360.0, "levels": [], "unit": "deg"},
        {"name": "kind", "kind": "categorical", "low": 0.0, "high": 2.0, "levels": ["x", "y", "z"], "unit": "1"},
    ]
)


@pytest.fixture(scope="module")
def reader(taught_pairs: Pairs) -> Reader:
    """Give one that has seen the toy in all noises."""
    options = Options(denoiser_steps=0, predictor_steps=300, reader_width=16, predictor_batch=32, rate=2e-3)
    code = taught_pairs.code
    one = descent.begun(lambda: Reader(code, toy.SIZE, options.reader_width), options, "cpu")
    guiding.learn(Denoiser(toy.SIZE, 0, 8), one, Job(taught_pairs), options)
    return one.eval()


def _at(time: float, count: int) -> Tensor:
    return torch.full((count,), time)


def test_it_reads_well_where_there_is_little_noise_and_says_how_well(reader: Reader, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(200))
    eps, missed, doubts = torch.randn(batch["image"].shape, generator=torch.Generator().manual_seed(0)), [], []
    for time in (0.05, 0.9):
        with torch.no_grad():
            raw, doubt = reader(diffusion.mix(batch["image"], eps, _at(time, 200)), _at(time, 200))
        missed.append(float((raw[:, 0] - batch["factors"][:, 0]).square().mean().sqrt()))
        doubts.append(float(doubt[:, 0].mean()))
    assert missed[0] < 0.15 and missed[1] > 3 * missed[0] and doubts[1] > 3 * doubts[0]
    assert all(0.5 < said / found < 2.5 for said, found in zip(doubts, missed, strict=True))
    read = taught_pairs.code.decode(reader.codes(batch["image"]))
    assert (read[:, 2] == taught_pairs.code.decode(batch["factors"])[:, 2]).float().mean() > 0.95


@pytest.mark.parametrize("size", [16, 17, 40])
def test_it_reads_all_kinds_of_factors_in_images_of_any_size(size: int) -> None:
    reader = descent.begun(lambda: Reader(KINDS, size, 8), SimpleNamespace(seed=0), "cpu")
    images = torch.randn(5, 3, size, size, generator=torch.Generator().manual_seed(0))
    wanted = KINDS.encode(torch.tensor([[0.2, 90.0, 1.0]]).expand(5, 3))
    surprise = reader.surprise(images, _at(0.3, 5), wanted)
    assert surprise.shape == (5, 3) and bool(surprise.isfinite().all())
    read = reader.codes(images)
    assert torch.allclose(read[:, 1:3].norm(dim=1), torch.ones(5)) and torch.allclose(
        read[:, 3:].sum(dim=1), torch.ones(5)
    )


def test_downhill_what_is_wanted_becomes_likelier(reader: Reader, taught_pairs: Pairs) -> None:
    images, t, wanted = _asked(reader, taught_pairs)

    def unlikely(x: Tensor, t: Tensor) -> Tensor:
        return reader.surprise(x, t, wanted).sum(dim=1)

    with torch.no_grad():
        way = guiding.downhill(unlikely, images, t)
        assert not way.requires_grad
        assert bool((unlikely(images + _short(way), t) < unlikely(images, t)).all())


def test_distance_moves_what_is_read_and_takes_doubt_for_constant(reader: Reader, taught_pairs: Pairs) -> None:
    images, t, wanted = _asked(reader, taught_pairs)
    way = guiding.downhill(lambda x, t: reader.distance(x, t, wanted)[:, 0], images, t)
    with torch.no_grad():
        (before, doubt), (after, _) = reader(images, t), reader(images + _short(way), t)
        near, far = ((read - wanted)[:, 0].abs() for read in (after, before))
        assert bool((near < far).all())
        said = reader.distance(images, t, wanted)
    assert torch.allclose(said[:, 0], far.square() / (2 * doubt[:, 0].square()))
    levels = torch.nn.functional.cross_entropy(before[:, 2:], wanted[:, 2:], reduction="none")
    assert torch.allclose(said[:, 2], levels)


def _asked(reader: Reader, pairs: Pairs) -> tuple[Tensor, Tensor, Tensor]:
    wanted = reader.code.encode(torch.tensor([[0.8, 0.2, 1.0]]).expand(16, 3))
    return pairs.batch(torch.arange(16))["image"], _at(0.5, 16), wanted


def _short(way: Tensor) -> Tensor:
    return 1e-3 * way / way.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def test_a_push_moves_the_estimate_as_a_score_does_and_stays_within_pixels() -> None:
    x0, t = torch.tensor([-0.5, 0.0, 1.2]).view(3, 1, 1, 1).expand(3, 3, 2, 2), _at(0.5, 3)
    still = guiding.steered(lambda x, t: x0, lambda x, t: torch.zeros_like(x))(x0, t)
    assert torch.equal(still, x0)  # also what is out of range
    alpha, sigma = diffusion.scales(t)
    moved = guiding.steered(lambda x, t: x0, lambda x, t: torch.full_like(x, 0.3))(x0, t)
    assert torch.allclose(moved[:2], x0[:2] + 0.3 * (sigma.square() / alpha)[:2])
    far = guiding.steered(lambda x, t: x0, lambda x, t: torch.full_like(x, 50.0))(x0, t)
    assert torch.allclose(far[:2], torch.ones_like(far[:2]))


def test_where_nothing_pulls_noise_gives_its_image_back() -> None:
    options = Options(ddim=6, width=8)
    denoiser = descent.begun(lambda: Denoiser(16, 0, 8), options, "cpu")
    nn.init.normal_(denoiser.network.leave.weight, std=0.02, generator=torch.Generator().manual_seed(1))
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8
    noise = guiding.noised(denoiser, images, options)
    again = guiding.pulled(denoiser, noise, lambda x, t: torch.zeros_like(x), options)
    assert (again - images).abs().max() < 1e-3 < (noise - images).abs().max()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"batch": 0}, "batch: at least 1 is needed, found 0"),
        ({"predictor_batch": 0}, "predictor_batch: at least 1 is needed, found 0"),
        ({"ddim": 0}, "ddim: at least 1 is needed, found 0"),
        ({"width": 12}, "width: a multiple of 8 is needed, found 12"),
        ({"reader_width": 0}, "reader_width: a multiple of 8 is needed, found 0"),
        ({"noise": 0.0}, "noise: a time above 0.01 and up to 0.995 is needed, found 0"),
        ({"noise": 1.0}, "noise: a time above 0.01 and up to 0.995 is needed, found 1"),
    ],
)
def test_a_number_beyond_its_bounds_is_told(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(CdmError) as caught:
        Options(**wrong)
    assert str(caught.value) == text
