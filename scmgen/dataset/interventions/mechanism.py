"""The kind ``mechanism``: a target follows another equation, with the noise that it had."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.kinds import Policy, Step, intervention
from scmgen.dataset.interventions.targets import Sets, check_names, possible
from scmgen.errors import ScmgenError
from scmgen.scene.factor import Text
from scmgen.scene.scene import Scene
from scmgen.scm.vocabulary import Array


@intervention
class MechanismChange(Step):
    """A mechanism change: targets follow other equations, with the same noise as before."""

    own: ClassVar[str] = "replace"
    severs: ClassVar[bool] = False

    kind: Literal["mechanism"] = "mechanism"
    replace: Annotated[dict[str, Text], Field(min_length=1)]

    def named(self) -> tuple[str, ...] | None:
        """The factors that have another equation."""
        return tuple(self.replace) if self.among is None else self.among

    def compiled(self, scene: Scene, where: str) -> Policy:
        """The step with the scene of each replaced equation; those of several are made when they are met."""
        sets = possible(self, self.eligible(scene, where), scene, where)
        self._check(sets, scene, f"{where}: replace")
        known: dict[tuple[int, frozenset[str]], Scene] = {}

        def changed(number: int, one: Scene, targets: frozenset[str]) -> Scene:
            if (number, targets) not in known:
                known[number, targets] = one.changed(self._texts(targets), None, f"{where}: replace")
            return known[number, targets]

        scenes = tuple(changed(0, scene, frozenset({name})) for name in self.replace)
        fill = self.filling(sets, lambda before, mask: (np.zeros(mask.shape), _followed(before, mask, changed)))
        return Policy(self, scene, where, sets, fill, scenes)

    def graph(self, scene: Scene, targets: Collection[str]) -> Any:
        """The factor graph of the scene with the other equations."""
        return scene.changed(self._texts(targets)).factor_graph

    def _texts(self, targets: Collection[str]) -> dict[str, str]:
        return {name: self.replace[name] for name in sorted(targets)}

    def _check(self, sets: Sets, scene: Scene, where: str) -> None:
        check_names(self.replace, scene, where)
        missing = sorted({name for targets in sets for name in targets} - {*self.replace})
        if missing:
            raise ScmgenError(f"{where}: {missing[0]} is a target but has no other equation")


def _followed(
    before: Before, mask: NDArray[np.int64], changed: Callable[[int, Scene, frozenset[str]], Scene]
) -> Array:
    """Values of all factors where targets follow their other equations, all of a row's targets replaced at once."""
    names = list(before.scene.factors)
    patterns, pattern = np.unique(mask, axis=0, return_inverse=True)
    sets = [frozenset(name for name, hit in zip(names, one, strict=True) if hit) for one in patterns]
    scenes = tuple(
        changed(number, scene, targets) for number, scene in enumerate(before.scenes) for targets in sets
    )
    mine = mask.reshape(before.held.mask.shape)  # of clips the rows are frames
    own = np.int64(0) if before.which is None else before.which
    values = before.solve(scenes, pattern.reshape(mine.shape[:-1]) + len(sets) * own, before.held.without(mine))
    return np.stack([values[name].ravel() for name in names], axis=1)
