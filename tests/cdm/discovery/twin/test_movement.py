"""Who moves with whom, and how large an effect is possible where nothing was seen to move."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery.twin.movement import excluded, movement
from cdm.discovery.twin.twins import Twins
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Continuous

CODE = Code((*(Factor(name, Continuous(-1.0, 1.0)) for name in "abc"), Factor("k", Categorical(("x", "y")))))
NOISE = 0.02


def chain(n: int, unset: tuple[int, ...] = (), several: bool = False) -> Twins:
    """Codes of a -> b -> c, and of k, which nothing moves."""
    draw = torch.Generator().manual_seed(0)
    own, value = (torch.rand(n, 4, generator=draw) * 2 - 1 for _ in range(2))
    able = torch.tensor([k for k in range(4) if k not in unset])
    mask = torch.nn.functional.one_hot(able[torch.randint(len(able), (n,), generator=draw)], 4).float()
    if several:
        mask = (torch.rand(n, 4, generator=draw) < 0.5).float()
    sides = []
    for told in (mask * 0, mask):
        z = torch.zeros(n, 4)
        for j, (cause, weight) in enumerate(((0, 0.0), (0, 0.8), (1, 0.8), (0, 0.0))):
            z[:, j] = torch.where(told[:, j] > 0, value[:, j], weight * z[:, cause] + 0.4 * own[:, j])
        codes = torch.cat([z[:, :3], (z[:, 3:] > 0).float(), (z[:, 3:] <= 0).float()], 1)
        sides.append(codes + NOISE * torch.randn(codes.shape, generator=draw))
    return Twins(CODE, *sides, mask, torch.tensor([1.0, 1, 1, 2]) * NOISE**2)


ANCESTORS = [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("several", [False, True])
def test_a_factor_moves_only_with_its_ancestors(several: bool) -> None:
    found = movement(chain(2000, several=several))
    assert found.ancestors.tolist() == ANCESTORS
    assert found.certainty[0, 2] > 5 and found.effects[0, 1] > 0.1 and abs(float(found.excess[2, 0])) < 0.005
    assert excluded(found)[[1, 2, 2], [0, 0, 1]].tolist() == [1, 1, 1] and excluded(found).sum() == 3


def test_few_pairs_leave_larger_effects_possible_most_of_all_on_levels() -> None:
    few, many = movement(chain(60)), movement(chain(6000))
    assert few.bound[2, 0] > many.bound[2, 0] and few.bound[0, 3] > 0.05 > many.bound[0, 3]
    assert few.bound[0, 3] > 5 * few.bound[2, 0]


def test_what_was_never_set_is_told_of_by_dos_that_moved_it_and_left_the_other() -> None:
    found = movement(chain(2000, unset=(1,)))
    assert found.bound[1, 3] < 0.05 and found.seen[1, 3] > 100  # do(a) moves b, and k stands still
    assert found.bound[1, 2] == 2 and found.seen[1, 2] == 0  # do(a) moves both


def test_a_movement_that_is_known_to_be_an_error_makes_no_ancestor() -> None:
    still = torch.zeros(4, 4)
    still[0, 2] = 1
    assert movement(chain(2000), still).ancestors[0].tolist() == [0, 1, 0, 0]
