"""The painter: one change is drawn by the part of its target, whatever the size of the image."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")


import torch
from bars import moved, uniform
from factors import CODE
from factors import seeded as seeded

from cdm.networks.painter import Painter, message, unexplained
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Continuous


@pytest.mark.parametrize("size", [16, 20, 28, 32, 33, 64])
def test_a_change_of_every_factor_is_drawn_at_every_size(size: int) -> None:
    painter, images = Painter(CODE, size), torch.randn(4, 3, size, size)
    for target, factor in enumerate(CODE.factors):
        old, new = torch.randn(2, 4, factor.width)
        assert painter(images, target, message(old, new)).shape == images.shape


def test_only_the_part_of_the_target_learns_from_its_pairs() -> None:
    painter, images = Painter(CODE, 16), torch.randn(4, 3, 16, 16)
    painter(images, 1, message(*torch.randn(2, 4, 2))).square().sum().backward()
    parts = [all(p.grad is not None and p.grad.any() for p in part.parameters()) for part in painter.draw]
    assert parts == [False, True, False]


def test_another_value_is_another_picture_of_the_same_image() -> None:
    painter, images = Painter(CODE, 16), torch.zeros(1, 3, 16, 16)
    with torch.no_grad():
        low, high, again = (painter(images, 0, torch.tensor([[new, 0.1]])) for new in (-0.5, 0.5, -0.5))
    assert torch.equal(low, again)
    assert (low - high).abs().max() > 1e-4


def test_a_message_holds_the_new_code_as_it_is() -> None:
    old, new = torch.randn(2, 50, 3)
    said = message(old, new)
    assert torch.equal(said[:, :3], new)
    change = (new - old).flatten()
    assert torch.corrcoef(torch.stack([said[:, 3:].flatten(), change]))[0, 1] == pytest.approx(1, abs=1e-5)


def test_a_painter_that_does_harm_leaves_more_unexplained_than_there_was() -> None:
    before, after = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    assert float(unexplained(-after, before, after)) == pytest.approx(4)
    assert torch.isfinite(unexplained(after, before, before))  # nothing changed, and something was painted


def test_a_painter_is_told_the_change_alone_however_faint() -> None:
    old = uniform(50, 0)
    faint = message(old, old + 1e-3 * uniform(50, 1))
    assert faint[:, 1].std() == pytest.approx(0.4, abs=1e-3)
    assert torch.isfinite(message(old, old)).all()


def test_what_a_painter_leaves_unexplained_runs_from_none_to_all() -> None:
    before, after = torch.zeros(2, 3, 16, 16), torch.zeros(2, 3, 16, 16)
    after[:, :, 4:8, 4:8] = 1
    assert float(unexplained(after, before, after)) == 0
    assert float(unexplained(before, before, after)) == 1
    near, far = torch.roll(after, 2, -1), torch.roll(after, 8, -1)
    assert float(unexplained(near, before, after)) < float(unexplained(far, before, after))


def test_a_painter_learns_only_from_codes_that_tell_the_value() -> None:
    images, images2, after, mask = moved(200, 0)
    rows = mask[:, 0] > 0
    before, value = images[rows], 2 * after[rows, :1] - 1
    two = Code(tuple(Factor(name, Continuous(0.0, 1.0)) for name in ("one", "other")))
    missed = []
    for told in (value, value.abs()):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            painter = Painter(two, 16)
        optimiser = torch.optim.Adam(painter.parameters(), 3e-3)
        for _ in range(60):
            error = unexplained(painter(before, 0, message(0 * told, told)), before, images2[rows])
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
        missed.append(float(error.detach()))
    assert missed[0] < 0.5 * missed[1]


def test_the_last_rows_of_an_image_of_any_side_count() -> None:
    before, after = torch.zeros(1, 3, 33, 33), torch.zeros(1, 3, 33, 33)
    after[..., 32, :] = 1
    assert float(unexplained(before, before, after)) == 1  # coarsely, too
