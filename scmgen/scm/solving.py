"""Values from noise: the equations of a model, one after the other, frame by frame where it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.errors import ScmgenError, suggestion
from scmgen.scm.expression import NOISE
from scmgen.scm.vocabulary import Array

if TYPE_CHECKING:
    from scmgen.scm.model import SCM

TIME = "time"
"""What equations, and drawings, of a model that moves call the number of the frame, from 0."""


class Affine(NamedTuple):
    """An intervention on one variable, row by row: x := scale * f(parents, u) + shift.

    A hard do is (0, value), a shift (1, s), a scaling (c, 0); (1, 0) leaves a row alone.
    """

    scale: ArrayLike
    shift: ArrayLike


Do: TypeAlias = Mapping[str, "ArrayLike | Affine"]
"""Variable -> value (a hard do; a scalar or ``(n,)``), or an :class:`Affine`."""

Table: TypeAlias = dict[str, tuple[Array, Array]]
"""Of each variable that is intervened on scale and shift, in the shape of the noise."""

Scope: TypeAlias = dict[Any, Any]


class Course(NamedTuple):
    """Models of the same variables, and by number which of them each row follows: ``(n,)``, or ``(n, frames)``."""

    models: Sequence[SCM]
    which: NDArray[np.int64] | None = None  # all rows follow the one model that there is

    def at(self, frame: int | None) -> Course:
        """What holds in one frame."""
        which = self.which
        return self if which is None or frame is None or which.ndim == 1 else Course(self.models, which[:, frame])


def solve(course: Course, noise: Mapping[str, ArrayLike], do: Do) -> dict[str, Array]:
    """Every variable; :meth:`scmgen.scm.model.SCM.solve` tells the rest.

    Args:
        course: what each row follows. The models have the same variables and as many frames.
        noise: of every variable that has some in one of the models.
        do: as there.
    """
    scm = course.models[0]
    uniforms = _uniforms(course, noise)
    table = _table(scm, do, next(iter(uniforms.values())).shape)
    with np.errstate(all="ignore"):
        values = _values(course, uniforms, table, {}) if scm.frames is None else _film(course, uniforms, table)
    return {name: values[name] for name in scm.variables}


def _values(course: Course, uniforms: Mapping[str, Array], table: Table, read: Scope) -> dict[str, Array]:
    """The values ``(n,)`` of one frame; ``read`` is what equations may read of others."""
    if course.which is None:
        return _followed(course.models[0], uniforms, table, read, None)
    values = {name: np.empty(len(course.which)) for name in course.models[0].variables}
    for number, scm in enumerate(course.models):
        rows = np.flatnonzero(course.which == number)
        if rows.size:
            some = {name: (scale[rows], shift[rows]) for name, (scale, shift) in table.items()}
            before = {name: array[rows] if isinstance(array, np.ndarray) else array for name, array in read.items()}
            found = _followed(scm, {name: u[rows] for name, u in uniforms.items()}, some, before, rows)
            for name, array in found.items():
                values[name][rows] = array
    return values


def _followed(
    scm: SCM, uniforms: Mapping[str, Array], table: Table, read: Scope, rows: NDArray[np.int64] | None
) -> dict[str, Array]:
    """The values ``(n,)`` of one frame by one model; ``rows`` are the numbers of its rows, if these are some of many."""
    scope: Scope = {name: np.float64(v) for name, v in (*scm.parameters.items(), *scm.constants.items())} | read
    n = len(next(iter(uniforms.values())))
    values: dict[str, Array] = {}
    for equation in scm.order:
        scope[NOISE] = uniforms.get(equation.targets[0], np.float64(np.nan))
        outcome = equation.expression.evaluate(scope)
        outcomes = outcome if equation.expression.outputs > 1 else (outcome,)
        for target, value in zip(equation.targets, outcomes, strict=True):
            array = np.array(np.broadcast_to(value, n), dtype=np.float64)
            if target in table:
                array = _intervene(array, *table[target])
            scope[target] = values[target] = _finite(scm, target, array, scope, rows)
    return values


def _film(course: Course, uniforms: Mapping[str, Array], table: Table) -> dict[str, Array]:
    """The values ``(n, frames)`` of every frame, each from the frames before it."""
    drawn = {name: np.ascontiguousarray(u.T) for name, u in uniforms.items()}
    lags = {place for scm in course.models for equation in scm.equations for place in equation.expression.lags}
    past: list[dict[str, Array]] = []
    for frame in range(course.models[0].frames or 0):
        read: Scope = {TIME: np.float64(frame)}
        read |= {(name, lag): past[frame - lag][name] if lag <= frame else None for name, lag in lags}
        done = {name: (scale[:, frame], shift[:, frame]) for name, (scale, shift) in table.items()}
        past.append(_values(course.at(frame), {name: u[frame] for name, u in drawn.items()}, done, read))
    return {name: np.stack([values[name] for values in past], axis=1) for name in course.models[0].variables}


def _uniforms(course: Course, noise: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """The noise, once it is found to fit the models."""
    scm = course.models[0]
    needed = tuple(dict.fromkeys(name for model in course.models for name in model.exogenous))
    form = "(n,)" if scm.frames is None else f"(n, {scm.frames})"
    try:
        arrays = {str(name): np.ascontiguousarray(u, dtype=np.float64) for name, u in noise.items()}
    except (TypeError, ValueError):
        raise ScmgenError(f"noise must be numbers: for each variable one array of shape {form}") from None
    if set(arrays) != set(needed):
        expected, given = ", ".join(needed), ", ".join(arrays) or "nothing"
        raise ScmgenError(f"noise is needed for exactly these variables: {expected}; found {given}")
    shapes = {u.shape for u in arrays.values()}
    if len(shapes) != 1 or next(iter(shapes))[1:] != (() if scm.frames is None else (scm.frames,)) or () in shapes:
        raise ScmgenError(f"every noise must be one array of shape {form}; found shapes {sorted(shapes)}")
    for name, u in arrays.items():
        if not ((u > 0.0) & (u < 1.0)).all():
            raise ScmgenError(f"the noise of {name} must lie inside (0, 1)")
    return arrays


def _table(scm: SCM, do: Do, shape: tuple[int, ...]) -> Table:
    table = {}
    for name, action in do.items():
        if name not in scm.variables:
            raise ScmgenError(f"do({name}): no such variable; {suggestion(name, scm.variables)}")
        scale, shift = action if isinstance(action, Affine) else (0.0, action)
        try:
            table[name] = _spread(scale, shape), _spread(shift, shape)
        except (ValueError, TypeError):
            frames = "" if scm.frames is None else f", or one for each of their {scm.frames} frames"
            needed = f"give numbers, a scalar or one for each of the {shape[0]} samples{frames}"
            raise ScmgenError(f"do({name}): {needed}") from None
    return table


def _spread(value: ArrayLike, shape: tuple[int, ...]) -> Array:
    """A number, or one a sample, or one a sample and frame, for all of them."""
    given = np.asarray(value, np.float64)
    return np.broadcast_to(given[:, None] if given.ndim < len(shape) and given.ndim else given, shape)


def _intervene(value: Array, scale: Array, shift: Array) -> Array:
    """Apply an affine do; rows with (1, 0) keep their bits, rows with scale 0 ignore ``value``."""
    moved = np.where(scale == 0.0, shift, scale * value + shift)
    return np.where((scale == 1.0) & (shift == 0.0), value, moved)


def _finite(scm: SCM, target: str, array: Array, scope: Scope, rows: NDArray[np.int64] | None) -> Array:
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        row = int(bad[0])
        number = row if rows is None else int(rows[row])
        expression = next(e.expression for e in scm.equations if target in e.targets)
        seen = [f"{name} = {np.broadcast_to(scope[name], len(array))[row]:.6g}" for name in expression.names]
        seen += [
            f"prev({name}, {lag} before) = {scope[name, lag][row]:.6g}"
            for name, lag in expression.lags
            if scope[name, lag] is not None
        ]
        at = "" if scm.frames is None else f" in frame {int(scope[TIME])}"
        problem = f"{target} is {array[row]} in row {number}{at} ({bad.size} of {len(array)} rows are not finite)"
        read = ", ".join(seen) or "nothing but noise"
        raise ScmgenError(f"{expression.where}: {problem}; its equation read {read}")
    return array
