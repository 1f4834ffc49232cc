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


def present(adjacency: Tensor, frames: int) -> Tensor:
    """Edges ``(d, d)`` without those among the factors of the frame before, of which each is one of this frame, too."""
    past = len(adjacency) - len(adjacency) // frames
    kept = adjacency.clone()
    kept[:past, :past] = 0
    return kept


def stationary(matrix: Tensor, frames: int) -> Tensor:
    """``(d, d)`` whose entries among the factors of the frame before are those of this frame."""
    past = len(matrix) - len(matrix) // frames
    same = matrix.clone()
    same[:past, :past] = matrix[past:, past:][:past, :past]
    return same


def from_edges(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> Tensor:
    """An adjacency matrix ``(d, d)`` from edges by name, from cause to effect."""
    adjacency = torch.zeros(len(names), len(names))
    for cause, effect in edges:
        adjacency[list(names).index(cause), list(names).index(effect)] = 1
    return adjacency
