"""Hidden causes: noises that depend on each other, and fits that only seem to leave such a dependence."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery.twin.confounding import correlation, dependences, reader
from cdm.discovery.twin.twins import Twins
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Continuous

CODE = Code(tuple(Factor(name, Continuous(-1.0, 1.0)) for name in "ab"))
EDGE = torch.tensor([[0.0, 1.0], [0.0, 0.0]])


def confounded(strength: float, steep: float = 1.0, n: int = 3000) -> tuple[Twins, torch.Tensor]:
    """a -> b, with a hidden cause of both or none; and the noise of b."""
    draw = torch.Generator().manual_seed(0)
    hidden, ea, eb, value = torch.rand(4, n, generator=draw) * 2 - 1
    a, noise = strength * hidden + (1 - strength) * ea, 0.3 * (strength * hidden + (1 - strength) * eb)
    mask = torch.nn.functional.one_hot(torch.randint(2, (n,), generator=draw), 2).float()
    a2 = torch.where(mask[:, 0] > 0, value, a)
    b, b2 = ((steep * each).sin() / 2 + noise for each in (a, a2))
    b2 = torch.where(mask[:, 1] > 0, value, b2)
    sides = (torch.stack(side, 1) + 0.01 * torch.randn(n, 2, generator=draw) for side in ((a, b), (a2, b2)))
    return Twins(CODE, *sides, mask, torch.full((2,), 1e-4)), noise


def test_noise_is_read_off_a_child_whatever_its_parent_was() -> None:
    twins, noise = confounded(0.6)
    read = reader(twins, 1, [0], 0).read(twins.before)[:, 0]
    assert torch.corrcoef(torch.stack([read, noise]))[0, 1] > 0.97
    assert torch.corrcoef(torch.stack([twins.before[:, 1], noise]))[0, 1] < 0.95


def test_a_hidden_cause_shows_beside_the_edge_and_its_absence_too() -> None:
    there, absent = (dependences(confounded(strength)[0], EDGE, 0)[0, 1] for strength in (0.6, 0.0))
    assert there.shared > 0.3 > 10 * there.control and there.certainty > 50
    assert absent.shared < 0.02


def test_what_a_fit_misses_shows_where_the_cause_was_set_by_chance_too() -> None:
    seen = dependences(confounded(0.0, steep=25.0)[0], EDGE, 0)[0, 1]  # no fit follows a sine so fast
    assert seen.shared < 3 * max(seen.control, seen.blind) + 0.02


def test_correlations_see_levels_and_know_chance() -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(1000, 2, generator=draw)
    assert correlation(x, x @ torch.tensor([[1.0], [1.0]]))[0] > 0.99
    nothing, certainty = correlation(x, torch.randn(1000, 3, generator=draw))
    assert nothing < 0.02 and abs(certainty) < 4
    assert correlation(x, torch.zeros(1000, 1))[0] == 0
