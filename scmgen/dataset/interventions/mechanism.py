"""The kind ``mechanism``: a target follows another equation, with the noise that it had."""

from __future__ import annotations

import functools
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
    moves: ClassVar[bool] = False

    kind: Literal["mechanism"] = "mechanism"
    replace: Annotated[dict[str, Text], Field(min_length=1)]

    def named(self) -> tuple[str, ...] | None:
        """The factors that have another equation."""
        return tuple(self.replace) if self.among is None else self.among

    def compiled(self, scene: Scene, where: str) -> Policy:
        """The step with the scene of each replaced equation; those of several are made when they are met."""
        sets = possible(self, self.eligible(scene, where), scene, where)
        self._check(sets, scene, f"{where}: replace")
        changed = functools.cache(lambda targets: scene.changed(self._texts(targets), None, f"{where}: replace"))
        scenes = tuple(changed(frozenset({name})) for name in self.replace)
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


def _followed(before: Before, mask: NDArray[np.int64], changed: Callable[[frozenset[str]], Scene]) -> Array:
    """Values of the targets under their other equations, all of a row's targets replaced at once."""
    names, shift = list(before.scene.factors), np.zeros(mask.shape)
    for pattern in np.unique(mask, axis=0):
        targets = frozenset(name for name, hit in zip(names, pattern, strict=True) if hit)
        if targets:
            values = before.solve(changed(targets), before.held.without(mask))
            matching = (mask == pattern).all(axis=1)
            for k, name in enumerate(names):
                if name in targets:
                    shift[matching, k] = values[name][matching]
    return shift
