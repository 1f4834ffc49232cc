"""The parents of one factor, among its ancestors: the smallest set whose change explains its own.

Sets of up to four are all tried. Then two things are mended that an average over all pairs cannot show: that a factor
has more parents than four, or that one of them moves it little. Both are seen in the pairs whose target is the missing
parent, so a candidate joins if it explains a share of the change in *its* pairs; what has become superfluous leaves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from cdm.scm.codes import Code

_SCALES = ((1.5, 160),), ((0.4, 80), (0.8, 80), (1.5, 80), (3.0, 80))  # of random features, and how many: few, and many
_TRIED = 4  # parents of the sets that are all tried
_RIDGE = 1e-3
_SHARE = 0.1  # of the change in the pairs of a target, which a parent must explain to join
_FEWEST = 20  # held-out pairs of a target that can tell anything


@dataclass(frozen=True)
class Child:
    """One factor, and the pairs in which it was not set itself.

    Attributes:
        code: the factors.
        number: which factor.
        before, after: codes ``(n, width)``.
        mask: ``(n, d)``, 1 on the targets.
        candidates: the factor's ancestors.
        floor: what of its change is the encoder's error, in the units of :meth:`missed`.
        scale: what squared errors are divided by.
        seed: of the random features.
    """

    code: Code
    number: int
    before: Tensor
    after: Tensor
    mask: Tensor
    candidates: tuple[int, ...]
    floor: float
    scale: float
    seed: int

    @cached_property
    def held(self) -> Tensor:
        """Which pairs ``(n,)`` are kept from the fits: every third."""
        return torch.arange(len(self.before)) % 3 == 0

    @cached_property
    def _missed(self) -> dict[tuple[tuple[int, ...], bool], Tensor]:
        return {}

    def missed(self, parents: tuple[int, ...], closely: bool = False) -> Tensor:
        """Squared error ``(n / 3,)`` on held-out pairs of the change of the factor, predicted from these parents'.

        To look closely takes some times as long.
        """
        key = tuple(sorted(parents)), closely
        if key not in self._missed:
            self._missed[key] = self._fit(*key) / self.scale
        return self._missed[key]

    def _fit(self, parents: tuple[int, ...], closely: bool) -> Tensor:
        block, held = self.code.blocks[self.number], self.held
        y = self.after[:, block] - self.before[:, block]
        if not parents:
            return y[held].square().sum(1)
        columns = torch.cat([torch.arange(self.code.blocks[p].start, self.code.blocks[p].stop) for p in parents])
        pair, own = (self.before[:, columns], self.after[:, columns]), self.before[:, block]
        x = _features(*pair, own, self.seed, _SCALES[closely])
        kept = x[~held].double()
        gram = kept.T @ kept + _RIDGE * len(kept) * torch.eye(x.shape[1], dtype=torch.float64)
        weights = torch.linalg.solve(gram, kept.T @ y[~held].double()).float()
        left: Tensor = y[held] - x[held] @ weights
        return left.square().sum(1)

    def sets(self) -> list[tuple[int, ...]]:
        """The sets of candidates that are all tried."""
        most = min(_TRIED, len(self.candidates))
        return [s for size in range(most + 1) for s in itertools.combinations(self.candidates, size)]


def parents(child: Child, rows: Tensor) -> tuple[int, ...]:
    """The parents of a factor, as some held-out pairs ``rows`` (numbers of them, drawn with or without return) tell."""
    chosen = _needed(child, _smallest(child, rows), None, rows)
    for _ in child.candidates:  # so many joins at the most: two could take turns for ever
        gains = {k: _gain(child, chosen, k, rows) for k in child.candidates if k not in chosen}
        best = max(gains, key=lambda k: gains[k], default=None)
        if best is None or gains[best] <= 0:
            break
        chosen = _needed(child, (*chosen, best), best, rows)
    return chosen


def _smallest(child: Child, rows: Tensor) -> tuple[int, ...]:
    """Of the sets that are all tried the smallest that explains as much as the best does, but for sampling error."""
    sets = child.sets()
    losses = torch.stack([child.missed(s)[rows] for s in sets])
    means = losses.mean(1)
    gaps = losses - losses[int(means.argmin())]
    good = [k for k in range(len(sets)) if not _worse(gaps[k], means[0], child.floor)]
    fewest = min(len(sets[k]) for k in good)
    return sets[min((k for k in good if len(sets[k]) == fewest), key=lambda k: float(means[k]))]


def _worse(gaps: Tensor, whole: Tensor, floor: float) -> bool:
    """Whether errors ``(n,)`` are larger than others by more than sampling error, a hundredth, and the encoder's."""
    error = gaps.std() / len(gaps) ** 0.5
    return bool(gaps.mean() > torch.maximum(2 * error, (whole * 0.01).clamp_min(floor * 0.25)))


def _gain(child: Child, chosen: tuple[int, ...], k: int, rows: Tensor) -> float:
    """The share of the change in the pairs of target k that k explains beyond others; 0 if that may be by chance."""
    own = rows[child.mask[child.held][rows, k] > 0]
    if len(own) < _FEWEST:
        return 0.0
    left, whole = child.missed(chosen, closely=True)[own], child.missed(())[own].mean()
    least = (whole * _SHARE).clamp_min(child.floor)
    if left.mean() <= least:
        return 0.0
    gaps = left - child.missed((*chosen, k), closely=True)[own]
    sure = gaps.mean() > torch.maximum(3 * gaps.std() / len(gaps) ** 0.5, least)
    return float(gaps.mean() / whole.clamp_min(1e-12)) if sure else 0.0


def _needed(child: Child, chosen: tuple[int, ...], new: int | None, rows: Tensor) -> tuple[int, ...]:
    """Without those that explain nothing any more."""
    for k in [k for k in chosen if k != new]:
        without = tuple(other for other in chosen if other != k)
        gaps = (child.missed(without, closely=True) - child.missed(chosen, closely=True))[rows]
        whole = child.missed(())[rows].mean()
        if not _worse(gaps, whole, child.floor) and _gain(child, without, k, rows) <= 0:
            chosen = without
    return chosen


def _features(before: Tensor, after: Tensor, own: Tensor, seed: int, scales: tuple[tuple[float, int], ...]) -> Tensor:
    """Random functions of ``(pa', pa, z)`` that vanish when the parents do not change.

    Half read the parents alone (all that additive noise needs), half also the factor's own value.
    """
    generator = torch.Generator().manual_seed(seed)

    def waves(inputs: Tensor, again: Tensor, scale: float, count: int) -> Tensor:
        weights = torch.randn(inputs.shape[1], count, generator=generator) * scale
        shift = torch.rand(count, generator=generator) * 6.2832
        return (again @ weights + shift).cos() - (inputs @ weights + shift).cos()

    general = torch.cat([before, before, own], 1), torch.cat([after, before, own], 1)
    parts = [waves(*pair, *scale) for scale in scales for pair in ((before, after), general)]
    return torch.cat([after - before, *parts], dim=1)
