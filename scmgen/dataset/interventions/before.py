"""What a step starts from: some rows, their random streams, and the world before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.table import DoTable
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene
from scmgen.scm.expression import NOISE, Expression, parse
from scmgen.scm.vocabulary import Array

OWN = ("self", "low", "high")  # what the value of a do may read besides the variables

Draw = Callable[[str], Array]
"""Uniforms of a stream for the rows at hand; the stream's name is prefixed by the step's."""

Solve = Callable[[Sequence[Scene], "NDArray[np.int64] | None", DoTable], dict[str, Array]]
"""Values of the rows at hand under a table, each by the scene of its number: ``(n,)``, ``(n, frames)``, None if one."""


@dataclass(frozen=True)
class Rows:
    """Where some rows of a split stand, and the streams of one step at these places."""

    draw: Draw
    arms: Callable[[str, int], NDArray[np.int64]]
    count: int
    prefix: str = ""

    def balanced(self, arms: int) -> NDArray[np.int64]:
        """An arm for each row: every arm once in each block of the split."""
        return self.arms(f"{self.prefix}/arm", arms)

    def under(self, prefix: str) -> Rows:
        """The same rows with streams of their own."""
        whole = self.prefix + prefix
        return Rows(lambda name: self.draw(prefix + name), self.arms, self.count, whole)


@dataclass(frozen=True)
class Before:
    """The world that a step starts from, for some rows.

    Attributes:
        scene: the equations, factors and parameters of these rows.
        rows: where the rows stand, and their random streams.
        values: values of every variable before the step, ``(n,)`` each.
        held: the do that is in force in that world.
        solve: the world under another do, or with other equations.
        scenes: the scenes whose equations the rows follow, ``scene`` first.
        which: by number the one that each follows, ``(n, frames)``; None if there is one.
    """

    scene: Scene
    rows: Rows
    values: Mapping[str, Array]
    held: DoTable
    solve: Solve
    scenes: tuple[Scene, ...]
    which: NDArray[np.int64] | None

    def under(self, prefix: str) -> Before:
        """The same with streams of its own."""
        return replace(self, rows=self.rows.under(prefix))

    def world(self, table: DoTable) -> dict[str, Array]:
        """Values of every variable under another do."""
        return self.solve(self.scenes, self.which, table)

    def evaluate(self, expression: Expression, name: str, u: Array) -> Array:
        """The value ``(n,)`` of an expression for the target ``name``, its noise carried by the uniforms ``u``.

        Raises:
            ScmgenError: if it is not finite somewhere.
        """
        low, high = self.scene.factors[name].bounds
        constants = {**self.scene.scm.parameters, **self.scene.scm.constants}
        fixed = {word: np.float64(value) for word, value in constants.items()}
        own = {"self": self.values[name], "low": np.float64(low), "high": np.float64(high)}
        with np.errstate(all="ignore"):
            value = expression.evaluate({**fixed, **self.values, **own, NOISE: u})
        whole = np.array(np.broadcast_to(value, u.shape))
        if not np.isfinite(whole).all():
            raise ScmgenError(f"{expression.where}: {expression.text!r} is not finite in some samples")
        return whole


def expression(text: str, scene: Scene, where: str) -> Expression:
    """Compile an expression over the world before a step, which may also read :data:`OWN`.

    Raises:
        ScmgenError: if it is none, gives several values, or reads something that is not there.
    """
    parsed = parse(text, where)
    if parsed.outputs != 1:
        raise ScmgenError(f"{where}: one value is needed, {text!r} gives {parsed.outputs}")
    readable = {*scene.scm.variables, *scene.scm.parameters, *scene.scm.constants, *OWN}
    for name in parsed.names:
        if name not in readable:
            raise parsed.reject(name, readable)
    return parsed
