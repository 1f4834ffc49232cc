"""How much of each factor's range the recorded interventions reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from scmgen.checks.audit.findings import Finding, fault, note
from scmgen.dataset.batch import Batch
from scmgen.scene.domain import Categorical, Domain, Valued
from scmgen.scm.vocabulary import Array

COVERED = 0.95  # least share of a factor's range
CHANCE = 1e-4  # with which uniform values would seem to leave a hole

Reached = Mapping[str, Array]
"""Factor -> the values that interventions gave it, in the samples in which it is a target."""


def reached(batch: Batch, factors: Iterable[str]) -> dict[str, Array]:
    """Collect the values of targets over all steps of a batch."""
    hits = [(twin.values, twin.table.mask == 1) for twin in batch.twins]
    return {
        name: np.concatenate([np.empty(0), *(values[name][_given(values[name], hit[..., k])] for values, hit in hits)])
        for k, name in enumerate(factors)
    }


def _given(values: Array, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where an intervention gives a value: of a clip the first of the frames that have one value."""
    if hit.ndim == 1:
        return hit
    kept = hit[:, 1:] & hit[:, :-1] & (values[:, 1:] == values[:, :-1])
    return np.asarray(hit & ~np.pad(kept, ((0, 0), (1, 0))))


def covered(domain: Domain, values: Array) -> float:
    """Share of a domain that values cover, holes that few values would leave by chance not counted."""
    if not len(values):
        return 0.0
    if isinstance(domain, Categorical):
        count = len(domain.levels)
        sure = count * (1 - 1 / count) ** len(values) < CHANCE
        return len(np.unique(values)) / count if sure else 1.0
    low, high = domain.bounds
    places = np.clip((values - low) / (high - low), 0, 1)
    gaps = np.diff(np.sort(np.concatenate([[0.0], places, [1.0]])))
    return float(1 - gaps[gaps > math.log(len(values) / CHANCE) / len(values)].sum())


def unsupported(factors: Mapping[str, Valued], support: Mapping[str, Reached]) -> Iterator[Finding]:
    """Factors that no split's interventions reach over the whole range; where only some splits do not, a note."""
    for name, factor in factors.items():
        together = np.concatenate([values[name] for values in support.values()])
        share = covered(factor.domain, together)
        if not len(together):
            yield fault("support", name, 0.0, "never intervened on")
        elif share < COVERED:
            yield fault("support", name, share, f"interventions reach {share:.1%} of its {_extent(factor.domain)}")
        else:
            shares = {split: covered(factor.domain, values[name]) for split, values in support.items()}
            short = {split: share for split, share in shares.items() if share < COVERED}
            if short:
                least = min(short.values())
                sentence = f"interventions reach {least:.1%} of its {_extent(factor.domain)}"
                yield note("support", name, least, f"{sentence}, and all of it in other splits", tuple(short))


def _extent(domain: Domain) -> str:
    return "levels" if isinstance(domain, Categorical) else "range"
