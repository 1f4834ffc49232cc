"""Directed graphs as matrices ``(d, d)``, 1 from cause to effect."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def reachability(adjacency: Tensor) -> Tensor:
    """``(d, d)``: 1 where the column is the row or a descendant of it."""
    power = torch.eye(len(adjacency), device=adjacency.device)
    step = power + (adjacency > 0).float()
    for _ in range(len(adjacency)):
        power = ((power @ step) > 0).float()
    return power


def topological(adjacency: Tensor) -> list[int]:
    """Numbers of the factors, causes before effects.

    Raises:
        ValueError: if there is a cycle.
    """
    left, order = set(range(len(adjacency))), list[int]()
    while left:
        free = [j for j in sorted(left) if not any(adjacency[i, j] > 0 for i in left)]
        if not free:
            raise ValueError(f"a cycle among factors {sorted(left)}")
        order += free
        left -= set(free)
    return order


def from_edges(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> Tensor:
    """An adjacency matrix ``(d, d)`` from edges by name, from cause to effect."""
    adjacency = torch.zeros(len(names), len(names))
    for cause, effect in edges:
        adjacency[list(names).index(cause), list(names).index(effect)] = 1
    return adjacency
