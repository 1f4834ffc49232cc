"""The kinds ``direct`` and ``indirect``: a do reaches an outcome past all that lies between, or through it alone.

Behind a step that sets one factor they give the worlds of the natural effects (Pearl 2001, "Direct and indirect
effects", UAI): with A set from a to a*, mediators M and an outcome Y, the step itself shows Y(a*), ``direct`` shows
Y(a*, M(a)), and ``indirect`` Y(a, M(a*)), under the same noise. No experiment shows the last two.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.kinds import Policy, Step, intervention
from scmgen.dataset.interventions.table import DoTable, nothing, table
from scmgen.dataset.interventions.targets import Sets, check_names
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene

_CHOOSING = {
    **dict.fromkeys(("among", "sizes", "sets", "probability"), "the targets"),
    **dict.fromkeys(("at", "lasts"), "the frames"),
}


class _Along(Step):
    """What both kinds share: the factors between what the chain has set and the outcome ``on``."""

    follows: ClassVar[bool] = True
    with_cause: ClassVar[bool]  # whether the step says what the cause is, too

    on: str

    @model_validator(mode="after")
    def _behind_a_step(self) -> _Along:
        for option, what in _CHOOSING.items():
            if getattr(self, option) is not None:
                raise ValueError(f"{option}: {self.kind} has {what} of the step before it")
        if self.base != "previous":
            raise ValueError(f"base: {self.kind} starts from the step before it")
        return self

    def compiled(self, scene: Scene, where: str) -> Policy:
        """The step with the mediators of every factor that may have been set.

        Raises:
            ScmgenError: if there is no such outcome, or nothing lies between it and any other factor.
        """
        check_names((self.on,), scene, f"{where}: on")
        between = _between(scene, self.on)
        sets: Sets = tuple(
            dict.fromkeys(
                frozenset(np.array(list(scene.factors))[self._targets(between, k)].tolist())
                for k in range(len(scene.factors))
                if between[k].any()
            )
        )
        if not sets:
            raise ScmgenError(f"{where}: on: no factor lies between another one and {self.on!r}")
        return Policy(self, scene, where, (frozenset(), *sets), lambda before: self._table(before, between))

    def _targets(self, between: NDArray[np.bool_], cause: int) -> NDArray[np.bool_]:
        """Whom a do is done to, if this factor was set."""
        own: NDArray[np.bool_] = between[cause].copy()
        own[cause] = self.with_cause and bool(own.any())
        return own

    def _table(self, before: Before, between: NDArray[np.bool_]) -> DoTable:
        causes = _causes(before)
        factual = before.world(nothing(len(causes), len(between), before.scene.frames))
        total = before.world(before.held.without(before.held.mask & ~causes))
        reached = np.array([self._targets(between, cause) for cause in range(len(between))], np.int64)
        mask = (_since(causes) @ reached > 0).astype(np.int64)
        shift = np.zeros(mask.shape)
        for k, name in enumerate(before.scene.factors):  # an indirect way: what lies between moves, the cause does not
            moved = self.with_cause & (_since(causes)[..., k] == 0)
            shift[..., k] = np.where(moved, total[name], factual[name])
        return table(self.kind, mask, np.zeros(mask.shape), shift)


@intervention
class Direct(_Along):
    """What was set stays so, and what lies between it and the outcome is held where it was."""

    with_cause: ClassVar[bool] = False

    kind: Literal["direct"] = "direct"


@intervention
class Indirect(_Along):
    """What was set is again what it was, and what lies between is held where the do had moved it."""

    with_cause: ClassVar[bool] = True

    kind: Literal["indirect"] = "indirect"


def _causes(before: Before) -> NDArray[np.int64]:
    """Of what is held in each row that which no other held factor causes: ``(n, factors)``, of clips in each frame."""
    names = list(before.scene.factors)
    above = np.array([[one in _ancestors(before.scene, other) for other in names] for one in names])
    held = before.held.mask
    ever = held.max(axis=1, keepdims=True) if held.ndim == 3 else held
    return held & (ever @ above.astype(np.int64) == 0)


def _since(causes: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 where a cause is held, and in all frames behind it, in which what it moved goes on."""
    return np.maximum.accumulate(causes, axis=1) if causes.ndim == 3 else causes


def _between(scene: Scene, outcome: str) -> NDArray[np.bool_]:
    """Which factors lie on a way from one (the row) to the outcome: ``(d, d)``."""
    names, above = list(scene.factors), _ancestors(scene, outcome)
    return np.array([[other in above and one in _ancestors(scene, other) for other in names] for one in names])


def _ancestors(scene: Scene, name: str) -> frozenset[str]:
    """The factors that cause one, itself not among them, by directed edges of the graph over all variables."""
    import networkx as nx

    return frozenset(nx.ancestors(scene.graph, name)) & frozenset(scene.factors)
