"""Classes of graphs that the same data fit: which edges observation orients, and a DAG for one that stays open."""

from __future__ import annotations

import torch
from torch import Tensor


def close(arrows: Tensor, lines: Tensor) -> tuple[Tensor, Tensor]:
    """Orient what must be, by the four rules of Meek (1995, UAI): no new collider, no cycle.

    Args:
        arrows: ``(d, d)`` booleans, 1 from cause to effect.
        lines: ``(d, d)`` booleans, symmetric, edges without a direction.

    Returns:
        Both, after the rules.
    """
    arrows, lines = arrows.bool().clone(), lines.bool().clone()
    while True:
        forced = _forced(arrows, lines).nonzero()
        if not len(forced):
            return arrows, lines
        _orient(arrows, lines, *forced[0].tolist())


def extend(arrows: Tensor, lines: Tensor) -> Tensor:
    """Orient every line, one after the other, by the rules: a DAG of the class, if there is one (Meek 1995)."""
    arrows, lines = close(arrows, lines)
    while lines.any():
        _orient(arrows, lines, *lines.nonzero()[0].tolist())
        arrows, lines = close(arrows, lines)
    return arrows.float()


def essential(adjacency: Tensor) -> tuple[Tensor, Tensor]:
    """The arrows and lines of the CPDAG of a DAG: what observation alone can tell of it (Andersson et al. 1997)."""
    edges = adjacency > 0
    colliders = edges & (_far(edges) @ edges.float() > 0)
    return close(colliders, (edges | edges.T) & ~(colliders | colliders.T))


def _orient(arrows: Tensor, lines: Tensor, a: int, b: int) -> None:
    arrows[a, b], lines[a, b], lines[b, a] = True, False, False


def _far(near: Tensor) -> Tensor:
    """1 where two different nodes are not joined, ``(d, d)``."""
    return (~(near | near.T)).float().fill_diagonal_(0)


def _forced(arrows: Tensor, lines: Tensor) -> Tensor:
    """Lines that must become arrows, ``(d, d)`` booleans: Meek's four rules as products of matrices."""
    a, line, far = arrows.float(), lines.float(), _far(arrows | lines)
    fork = torch.einsum("ac,cb,ad,db,cd->ab", line, a, line, a, far)
    kite = torch.einsum("ad,dc,cb,db,ac->ab", line, a, a, far, 1 - far)
    return lines & (a.T @ far + a @ a + fork + kite > 0)
