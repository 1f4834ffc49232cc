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
        forced = next(((a, b) for a, b in lines.nonzero().tolist() if _must(a, b, arrows, lines)), None)
        if forced is None:
            return arrows, lines
        _orient(arrows, lines, *forced)


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
    near = edges | edges.T
    colliders = [
        (a, b) for a, b in edges.nonzero().tolist() if any(c != a and not near[a, c] for c in _where(edges[:, b]))
    ]
    arrows, lines = torch.zeros_like(edges), near.clone()
    for a, b in colliders:
        _orient(arrows, lines, a, b)
    return close(arrows, lines)


def _orient(arrows: Tensor, lines: Tensor, a: int, b: int) -> None:
    arrows[a, b], lines[a, b], lines[b, a] = True, False, False


def _where(row: Tensor) -> list[int]:
    return [int(k) for k in row.nonzero()[:, 0]]


def _must(a: int, b: int, arrows: Tensor, lines: Tensor) -> bool:
    """Whether the line between a and b must point to b."""
    near = arrows | arrows.T | lines
    into, beside = _where(arrows[:, b]), _where(lines[a])
    return (
        any(not near[c, b] for c in _where(arrows[:, a]) if c != b)
        or any(arrows[a, c] for c in into)
        or any(c in beside and e in beside and not near[c, e] for c in into for e in into if c < e)
        or any(arrows[e, c] and not near[e, b] for c in into for e in beside if e != b and near[a, c])
    )
