"""Samples of a data set, sorted by the distribution that they follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, part, take
from scmgen.dataset.regime import Regime
from scmgen.dataset.sampling import Dataset
from scmgen.scene.scene import Scene
from scmgen.scm.vocabulary import Array


@dataclass(frozen=True)
class Population:
    """Samples of one distribution: a scene, its noise and its values ``(n,)``.

    ``splits`` are those that follow it, and ``origin`` ``(n,)`` says by number from which one a sample is.
    """

    splits: tuple[str, ...]
    origin: NDArray[np.int64]
    scene: Scene
    noise: Mapping[str, Array]
    values: Mapping[str, Array]

    @property
    def size(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.values.values())))

    def rows(self, index: NDArray[np.int64]) -> Population:
        """Some of the samples."""
        return Population(
            self.splits, self.origin[index], self.scene, part(self.noise, index), part(self.values, index)
        )

    def few(self, n: int) -> Population:
        """At most ``n`` samples, spread evenly."""
        return self if n >= self.size else self.rows(np.arange(n) * self.size // n)


def populations(dataset: Dataset, batches: Mapping[str, Batch]) -> list[Population]:
    """Join the samples (split -> batch) of all splits and environments whose distribution is the same."""
    parts: dict[Any, list[tuple[str, Scene, Batch]]] = {}
    for split, batch in batches.items():
        for number, regime in enumerate(dataset.regimes[split]):
            rows = np.flatnonzero(batch.began == number)
            if rows.size:
                parts.setdefault(_distribution(regime), []).append((split, regime.scene, take(batch, rows)))
    return [_join(group) for group in parts.values()]


def _join(parts: list[tuple[str, Scene, Batch]]) -> Population:
    splits, scene = tuple(dict.fromkeys(split for split, _, _ in parts)), parts[0][1]
    origin = np.concatenate([np.full(len(batch.domain), splits.index(split)) for split, _, batch in parts])
    noise = {name: np.concatenate([batch.noise[name] for _, _, batch in parts]) for name in scene.scm.exogenous}
    values = {name: np.concatenate([batch.values[name] for _, _, batch in parts]) for name in scene.scm.variables}
    return Population(splits, origin, scene, noise, values)


def _distribution(regime: Regime) -> Any:
    """What fixes the distribution of a regime; under ``hold_out`` also the interventions, which it judges too."""
    scm = regime.scene.scm
    equations = tuple((equation.targets, equation.expression.text) for equation in scm.equations)
    predicates = tuple(None if e is None else e.text for e in (regime.where, regime.hold_out))
    steps = tuple(policy.step.model_dump_json() for policy in regime.steps) if regime.hold_out else ()
    return equations, tuple(scm.parameters.items()), predicates, steps
