"""Sorting pairs by what changed, where nobody tells which factor was intervened on.

The difference of the two images of a pair points in a direction that depends on the target, whatever its length and
sign. Directions under one target are taken for a sample of an angular central Gaussian law (Tyler 1987, Biometrika 74),
those of all pairs for a mixture of d such laws.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor
from torch.nn import functional

from cdm.networks.compass import coarse, directions

_NUMBERS, _RESTARTS, _LLOYD, _ROUNDS, _BALANCING = 12, 15, 20, 60, 5
_MOST = 6000  # differences that a mixture is fitted to
_RIDGE, _ENOUGH = 3e-3, 10.0  # a gain beyond the second is as good as any
_HOT, _COOLING, _STILL = 4.0, 0.85, 1e-3  # assignments are soft at first


def sort(before: Tensor, after: Tensor, kinds: int, seed: int = 0) -> Tensor:
    """Which of ``kinds`` each pair of images ``(n, 3, size, size)`` is of, ``(n,)``; -1 where the two do not differ.

    The numbering means nothing. Of several mixtures, on images of 4 x 4 and of 8 x 8 places, with and without equal
    shares, the one is taken after which the compass finds the steadiest codes.
    """
    assigned = torch.full((len(before),), -1)
    moved = changed(before, after)
    if len(moved) < 2 * kinds:
        return assigned
    generator = torch.Generator().manual_seed(seed)
    x, y = before[moved], after[moved]
    best = -math.inf
    for places, even in itertools.product((4, 8), (True, False)):
        points = _unit((coarse(y, places) - coarse(x, places)).double())
        for _ in range(_RESTARTS):
            shapes = _mixture(points[:_MOST], kinds, even, generator)
            kind = _shares(points, shapes, even, 1.0).argmax(dim=1)
            gain = _gain(coarse(x, 4), coarse(y, 4), functional.one_hot(kind, kinds).float())
            if gain > best:
                best, assigned[moved] = gain, kind
    return assigned


def changed(before: Tensor, after: Tensor) -> Tensor:
    """The numbers of the pairs whose images differ, seen coarsely."""
    return torch.nonzero((coarse(after, 4) - coarse(before, 4)).abs().amax(dim=1) > 0)[:, 0]


def _gain(before: Tensor, after: Tensor, mask: Tensor) -> float:
    """How steady the codes are that a compass finds, given targets: the sum of the logarithms of its gains."""
    _, gains = directions(before - before.mean(dim=0), after - before.mean(dim=0), mask)
    return float((gains / (1 + gains / _ENOUGH)).clamp_min(1e-9).log().sum())


def _unit(rows: Tensor) -> Tensor:
    """Directions of rows, in the coordinates in which they differ most."""
    _, vectors = torch.linalg.eigh(rows.T @ rows)
    return functional.normalize(rows @ vectors[:, -_NUMBERS:], dim=1)


def _start(points: Tensor, kinds: int, generator: torch.Generator) -> Tensor:
    """Shares ``(n, kinds)`` after k-means on the outer products of the points, in which a sign makes no difference."""
    outer = (points[:, :, None] * points[:, None]).flatten(1)
    centres = outer[torch.randint(len(points), (1,), generator=generator)]
    while len(centres) < kinds:
        far = torch.cdist(outer, centres).amin(dim=1).square()
        centres = torch.cat([centres, outer[torch.multinomial(far + 1e-12, 1, generator=generator)]])
    for _ in range(_LLOYD):
        near = functional.one_hot(torch.cdist(outer, centres).argmin(dim=1), kinds).to(points.dtype)
        centres = (near.T @ outer) / near.sum(dim=0)[:, None].clamp_min(1)
    return 0.8 * near + 0.2 / kinds


def _mixture(points: Tensor, kinds: int, even: bool, generator: torch.Generator) -> list[Tensor]:
    """The shapes of the laws after expectation and maximisation."""
    shares = _start(points, kinds, generator)
    shapes = [torch.eye(points.shape[1], dtype=points.dtype)] * kinds
    for step in range(_ROUNDS):
        shapes = [_shape(points, shares[:, k], shape) for k, shape in enumerate(shapes)]
        heat, before = max(1.0, _HOT * _COOLING**step), shares
        shares = _shares(points, shapes, even, heat)
        if heat == 1 and float((shares - before).abs().max()) < _STILL:
            break
    return shapes


def _shares(points: Tensor, shapes: list[Tensor], even: bool, heat: float) -> Tensor:
    """How much each point is of each law, ``(n, kinds)``."""
    scores = torch.stack([_score(points, shape) for shape in shapes], dim=1) / heat
    return _balanced(scores) if even else scores.softmax(dim=1)


def _shape(points: Tensor, share: Tensor, before: Tensor) -> Tensor:
    """One step of Tyler's fixed point, with trace q."""
    weight = (share + 1e-9) / _squares(points, before)
    shape = (points.T @ (weight[:, None] * points)) / weight.sum()
    q = len(shape)
    shape = shape * (q / shape.trace()) + _RIDGE * torch.eye(q, dtype=shape.dtype)
    return shape * (q / shape.trace())


def _score(points: Tensor, shape: Tensor) -> Tensor:
    """Log density ``(n,)`` up to a constant: -(log det S + q log(u' S^-1 u)) / 2."""
    score: Tensor = -(torch.linalg.slogdet(shape).logabsdet + len(shape) * _squares(points, shape).log()) / 2
    return score


def _squares(points: Tensor, shape: Tensor) -> Tensor:
    root = torch.linalg.cholesky(shape)
    solved: Tensor = torch.linalg.solve_triangular(root, points.T, upper=False)
    return solved.square().sum(dim=0).clamp_min(1e-9)


def _balanced(scores: Tensor) -> Tensor:
    """Shares from scores, such that every kind has as much in all (Cuturi 2013, arXiv 1306.0895)."""
    for _ in range(_BALANCING):
        scores = scores - torch.logsumexp(scores, dim=0)
        scores = scores - torch.logsumexp(scores, dim=1, keepdim=True)
    return scores.exp()
