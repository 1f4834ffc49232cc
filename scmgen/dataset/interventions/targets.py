"""Who is targeted by a step: what a document says of it, the possible sets, and the set of each sample."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from scmgen.dataset.interventions.before import Rows
from scmgen.dataset.interventions.timing import Timing
from scmgen.errors import ScmgenError, suggestion
from scmgen.scene.scene import Scene

MOST_SETS = 1_000  # of targets, in one step

Sets = tuple[frozenset[str], ...]
"""The target sets of a large data set, the empty one first if it occurs."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, (str, int)) else value


class Targeting(Timing):
    """Who is targeted, from which world the step starts, and whether nuisance is shared with it.

    By default each factor alone, and nothing, come equally often: in every block of d + 1 samples
    each of these d + 1 arms comes exactly once, in an order drawn from the block's own stream.
    """

    kind: str
    base: Literal["previous", "factual"] = "previous"
    among: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = None
    sizes: Annotated[tuple[Annotated[int, Field(ge=0, le=1_000)], ...] | None, BeforeValidator(_listed)] = None
    sets: tuple[tuple[str, ...], ...] | None = None
    probability: Annotated[float, Field(gt=0, lt=1)] | None = None
    nuisance: Literal["fresh"] | None = None  # of the world that the step leads to: drawn anew, or shared

    @model_validator(mode="after")
    def _one_way(self) -> Targeting:
        given = [name for name in ("sizes", "sets", "probability") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both choose targets; give one of them")
        if self.sets is not None and self.among is not None:
            raise ValueError("sets and among both choose targets; give one of them")
        for name in ("among", "sizes", "sets"):
            chosen = getattr(self, name)
            if chosen is not None and (not chosen or len(set(chosen)) < len(chosen)):
                raise ValueError(f"{name}: {'empty' if not chosen else 'the same entry twice'}")
        return self

    def named(self) -> tuple[str, ...] | None:
        """The factors that the step itself restricts its targets to."""
        return self.among

    def masks(self, scene: Scene, sets: Sets, rows: Rows) -> NDArray[np.int64]:
        """The targets of each row: ``(n, factors)``, 1 where the factor is one."""
        names = list(scene.factors)
        if self.probability is None:
            table = np.array([[name in targets for name in names] for targets in sets], np.int64)
            return np.asarray(table[rows.balanced(len(sets))])
        eligible = np.array([frozenset({name}) in sets for name in names])
        mask = np.zeros((rows.count, len(names)), np.int64)
        again = np.arange(rows.count)
        for attempt in itertools.count():  # a do on every factor at once leaves nothing to be caused
            draws = np.stack([rows.draw(f"/target:{name}:{attempt}")[again] for name in names], axis=1)
            mask[again] = (draws < self.probability) & eligible
            again = again[mask[again].all(axis=1)]
            if not again.size:
                break
        return mask


def possible(step: Targeting, eligible: Sequence[str], scene: Scene, where: str) -> Sets:
    """The sets of targets that a step may have, if only ``eligible`` factors can be targets.

    Raises:
        ScmgenError: if a target is unknown, hidden or unsuitable, or a set holds every factor.
    """
    every = len(scene.factors)
    sets = _chosen(step.sets, eligible, scene, where) if step.sets is not None else _dealt(step, eligible, where)
    if not any(sets):
        raise ScmgenError(f"{where}: no set of targets holds a factor, so nothing is ever done")
    if every > 1 and any(len(targets) == every for targets in sets):
        raise ScmgenError(f"{where}: a do on all {every} factors at once leaves nothing to be caused; take fewer")
    return sets


def _chosen(sets: Sequence[Sequence[str]], eligible: Sequence[str], scene: Scene, where: str) -> Sets:
    for chosen in sets:
        check_names(chosen, scene, f"{where}: sets")
        beside = [name for name in chosen if name not in eligible]
        if beside:
            raise ScmgenError(f"{where}: sets: {beside[0]} is no possible target of this step")
    return tuple(dict.fromkeys(frozenset(chosen) for chosen in sets))


def _dealt(step: Targeting, eligible: Sequence[str], where: str) -> Sets:
    """Every set of the sizes that a step names; where targets are independent, each factor alone stands for all."""
    if step.probability is not None:
        return (frozenset(), *(frozenset({name}) for name in eligible))
    sizes = step.sizes or (0, 1)
    if max(sizes) > len(eligible):
        raise ScmgenError(f"{where}: sizes: {max(sizes)} targets of {len(eligible)} possible ones")
    if sum(math.comb(len(eligible), size) for size in sizes) > MOST_SETS:
        raise ScmgenError(f"{where}: sizes: more than {MOST_SETS} sets of targets; use probability, or sets")
    return tuple(frozenset(c) for size in sorted(sizes) for c in itertools.combinations(eligible, size))


def check_names(names: Collection[str], scene: Scene, where: str) -> None:
    """Raise :class:`ScmgenError` unless all ``names`` are factors of the scene."""
    for name in names:
        if name in scene.hidden:
            allowed = ", ".join(scene.factors)
            raise ScmgenError(f"{where}: {name!r} is hidden; only factors can be intervened on: {allowed}")
        if name not in scene.factors:
            raise ScmgenError(f"{where}: no factor {name!r}; {suggestion(name, scene.factors)}")
