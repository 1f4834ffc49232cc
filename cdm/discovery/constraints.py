"""PC and FCI: a graph from conditional independences of factual codes, by causal-learn.

Observation alone gives a class of graphs. Where pairs are there, a do orients what it can: of two factors that are
adjacent, the one that moves the other is the cause. What then stays without a direction is undecided; the DAG that the
model needs holds one way of orienting it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cdm.discovery import equivalence
from cdm.discovery.conclusion import Discovery, conclude, share
from cdm.discovery.dependence import BlockTest
from cdm.discovery.twin.movement import movement
from cdm.discovery.twin.twins import Twins
from cdm.scm.codes import Code

_LEVEL = 0.01  # of the tests
_ROWS, _RESAMPLES = 2000, 10
_TEST = "cdm-blocks"

_ARROW, _TAIL = 1, -1  # causal-learn's marks; the others are circles

Read = Callable[[Code, Tensor, int], Tensor]  # marks (d, d): [i, j] is the one at i of the edge to j; 0: no edge


def pc(code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int) -> Discovery:
    """PC (Spirtes et al. 2000), order-independent (Colombo and Maathuis 2014): no hidden common causes are assumed.

    The arguments are those of :func:`cdm.discovery.discover`.
    """
    return _search(_pc, code, before, after, mask, floor, seed)


def fci(code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int) -> Discovery:
    """FCI (Spirtes et al. 2000; rules of Zhang 2008), which allows hidden common causes.

    ``i o-> j`` becomes an edge that stays undecided; ``i <-> j`` becomes none, and stays undecided, too.
    The arguments are those of :func:`cdm.discovery.discover`.
    """
    return _search(_fci, code, before, after, mask, floor, seed)


def _search(
    read: Read, code: Code, before: Tensor, after: Tensor | None, mask: Tensor | None, floor: Tensor, seed: int
) -> Discovery:
    possible = torch.ones(len(code.factors), len(code.factors), dtype=torch.bool)
    if after is not None and mask is not None:
        ancestors = movement(Twins(code, before, after, mask, floor)).ancestors > 0
        possible = ~((mask.sum(0) > 0)[:, None] & ~ancestors) & ~ancestors.T

    def find(rows: Tensor, seed: int) -> Tensor:
        arrows, loose, _ = _oriented(read(code, before[rows], seed), possible)
        return arrows + loose / 2

    rows = torch.randperm(len(before), generator=torch.Generator().manual_seed(seed))[:_ROWS]
    arrows, loose, hidden = _oriented(read(code, before[rows], seed), possible)
    chosen = equivalence.extend(arrows | (loose & ~loose.T), loose & loose.T)
    return conclude(chosen, share(find, len(before), _ROWS, _RESAMPLES, seed), loose | hidden)


def _oriented(marks: Tensor, possible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Arrows, directions that stay possible, and hidden common causes ``(d, d)``, after what the pairs say."""
    near, hidden = marks != 0, (marks == _ARROW) & (marks.T == _ARROW)
    sure = near & possible & ~possible.T
    both = near & possible & possible.T
    arrows = (both & (marks == _TAIL) & (marks.T == _ARROW)) | sure
    loose = both & (marks != _ARROW) & ~arrows & ~arrows.T
    arrows, lines = equivalence.close(arrows, loose & loose.T)
    return arrows, lines | (loose & ~loose.T), hidden


def _pc(code: Code, codes: Tensor, seed: int) -> Tensor:
    table, test = _table(code, codes, seed)
    return torch.from_numpy(_library()["pc"](table, _LEVEL, _TEST, show_progress=False, test=test).G.graph)


def _fci(code: Code, codes: Tensor, seed: int) -> Tensor:
    table, test = _table(code, codes, seed)
    return torch.from_numpy(_library()["fci"](table, _TEST, _LEVEL, show_progress=False, test=test)[0].graph)


def _table(code: Code, codes: Tensor, seed: int) -> tuple[NDArray[np.float64], BlockTest]:
    """One column a factor, which only counts them, and the test, which holds the blocks."""
    return code.decode(codes).double().numpy(), BlockTest(code, codes.double().numpy(), seed)


@functools.cache
def _library() -> dict[str, Any]:
    """PC and FCI of causal-learn, which is told of our test."""
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.search.ConstraintBased.PC import pc
    from causallearn.utils.cit import CIT_Base, register_ci_test

    class Test(CIT_Base):  # type: ignore[misc]
        def __init__(self, table: NDArray[np.float64], test: BlockTest) -> None:
            super().__init__(table)
            self.test, self.method = test, _TEST

        def __call__(self, x: int, y: int, known: Iterable[int] | None = None) -> float:
            return self.test(int(x), int(y), tuple(sorted(int(k) for k in (() if known is None else known))))

    register_ci_test(_TEST, Test)
    return {"pc": pc, "fci": fci}
