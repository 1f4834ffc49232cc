"""Physics of a stage: what a scene says of it, and who lets the bodies move."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import Each, ScmgenError
from scmgen.render.renderer import Locate
from scmgen.render.stage import entries
from scmgen.render.stage.bodies import Body, Frame
from scmgen.render.stage.entries import Array, Entry, Path
from scmgen.render.stage.scenery import refuse
from scmgen.render.stage.words import PHYSICS, STEP, STEPS

_PART = "physics"
Values: TypeAlias = Mapping[str, Array]
"""Of each key of an entry its numbers in all rows."""


@dataclass(frozen=True)
class Physics:
    """How long, and by what, the bodies of a stage are moved before an image is made.

    Attributes:
        entry: what is said of it in numbers.
        step: seconds of a step.
        mover: who steps; it says where every body is afterwards.
    """

    entry: Entry
    step: float
    mover: Mover

    def frames(
        self, bodies: Sequence[Body], valued: Sequence[Values], things: Sequence[tuple[Entry, Values]], start: int
    ) -> Mapping[str, Frame]:
        """Where every body is afterwards, of the numbers of their entries in order and, last, of :attr:`entry`.

        Args:
            things: the objects, and the numbers of each on the body that it belongs to.
            start: the first row in its batch.

        Raises:
            ScmgenError: if a row has too many steps, or cannot be stepped.
        """
        return self.mover(self, bodies, valued, things, start)

    def steps(self, values: Values, start: int) -> NDArray[np.int64]:
        """How many steps each row has ``(n,)``.

        Raises:
            ScmgenError: if there are too many, or fewer than none.
        """
        counts = np.rint(values["seconds"] / self.step)
        for bad, wanted in (
            (values["seconds"] < 0, "0 or more is needed"),
            (counts > STEPS, f"at most {STEPS:,} steps of {self.step:g} s a row, {STEPS * self.step:g} s, can be made"),
        ):
            found = values["seconds"][bad.argmax()]
            refuse(bad, self.entry, "seconds", f"{wanted}, found {found:g}", start)
        return counts.astype(np.int64)

    def placed(self, locate: Locate) -> Physics:
        """The same, whose errors name the places of another text."""
        return replace(self, entry=self.entry.placed(locate))


Mover: TypeAlias = Callable[
    [Physics, Sequence[Body], Sequence[Values], Sequence[tuple[Entry, Values]], int], Mapping[str, Frame]
]
"""What :meth:`Physics.frames` asks."""


def compiled(
    document: Mapping[str, Any], section: Path, locate: Locate, each: Each, mover: Mover | None
) -> Physics | None:
    """The physics of a stage, if it has any that could be read; what does not fit is told within ``each``."""
    if _PART not in document:
        return None
    path, given = (*section, _PART), document[_PART]
    with each():
        if mover is None:
            raise ScmgenError(f"{locate(path)}: physics needs renderer: mujoco")
        if not isinstance(given, Mapping):
            raise ScmgenError(f"{locate(path)}: a mapping (key: value) is needed, found {given!r:.80}")
        entry = entries.compiled(given, "physics", PHYSICS, locate, path, each, ("step",))
        return Physics(entry, _step(str(given.get("step", STEP)), locate((*path, "step"))), mover)
    return None


def _step(given: str, where: str) -> float:
    try:
        step = float(given)
    except ValueError:
        step = math.nan
    if not 0 < step < math.inf:
        raise ScmgenError(f"{where}: a number of seconds above 0 is needed, no expression, found {given!r:.80}")
    return step
