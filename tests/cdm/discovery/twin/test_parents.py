"""The parents of one factor, where there are many, one that moves it little, or a steep ancestor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery import interventional
from cdm.discovery.conclusion import Discovery
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Circular, Continuous


def last_of(parents: Callable[[torch.Tensor], torch.Tensor], d: int, n: int = 12_000) -> Discovery:
    """What is found where d - 1 independent factors may cause the last one."""
    generator = torch.Generator().manual_seed(0)
    code = Code(tuple(Factor(f"x{k}", Continuous(-1.0, 1.0)) for k in range(d)))
    before, value = (torch.rand(n, d, generator=generator) * 2 - 1 for _ in range(2))
    noise = (torch.rand(n, generator=generator) - 0.5) / 10
    mask = torch.nn.functional.one_hot(torch.randint(d, (n,), generator=generator), d).float()
    after = torch.where(mask > 0, value, before)
    before[:, -1] = parents(before) + noise
    after[:, -1] = torch.where(mask[:, -1] > 0, value[:, -1], parents(after) + noise)
    return interventional.discover(code, before, after, mask, torch.full((d,), 1e-5))


def test_a_parent_that_moves_its_child_by_little_is_found() -> None:
    learned = last_of(lambda x: 0.5 * x[:, 0] + 0.35 * x[:, 1] * x[:, 2] + 0.06 * x[:, 3], 5)
    assert learned.effects is not None and 0.01 < learned.effects[3, 4] < 0.015  # of the variance
    assert learned.adjacency[:, 4].tolist() == [1, 1, 1, 1, 0] and learned.adjacency.sum() == 4
    assert learned.probability[3, 4] > 0.9


def test_seven_parents_are_found() -> None:
    weights = torch.tensor([0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1])
    learned = last_of(lambda x: x[:, :7] @ weights, 9)
    assert learned.adjacency[:, 8].tolist() == [1] * 7 + [0] * 2 and learned.adjacency.sum() == 7


def test_an_ancestor_behind_a_mechanism_too_steep_to_fit_is_no_certain_parent() -> None:
    generator, n = torch.Generator().manual_seed(0), 12_000
    code = Code((*(Factor(name, Continuous(-1.0, 1.0)) for name in "am"), Factor("c", Circular(0.0, 6.283))))
    a, m, angle, value = (torch.rand(n, generator=generator) * 2 - 1 for _ in range(4))
    target = torch.randint(2, (n,), generator=generator)
    a2 = torch.where(target == 0, value, a)
    middle = 0.3 * m + (3 * a).tanh()
    middle2 = torch.where(target == 1, value, 0.3 * m + (3 * a2).tanh())
    turn, turn2 = (angle / 3 + 3.5 * (2 * each).sin() for each in (middle, middle2))
    tables = (
        torch.stack(row, 1) for row in ((a, middle, turn.cos(), turn.sin()), (a2, middle2, turn2.cos(), turn2.sin()))
    )
    mask = torch.nn.functional.one_hot(target, 3).float()
    learned = interventional.discover(code, *tables, mask, torch.full((3,), 1e-5))
    assert learned.probability[0, 1] > 0.9 and learned.probability[1, 2] > 0.9
    assert learned.probability[0, 2] < 0.75 and learned.undecided[0, 2] == 1
