"""Abduction: the uniform u of one equation, recovered from the variable's value and its parents.

The shards hold every u, so scmgen itself never needs this; other libraries start from values.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.scm import vocabulary
from scmgen.scm.expression import NOISE, Expression, parse
from scmgen.scm.model import SCM
from scmgen.scm.vocabulary import Array

_EDGE = 2.0**-53  # the smallest uniform of a stream; the largest is 1 - _EDGE
_HALVINGS = 54  # of (0, 1), until its halves are neighbours
_PROBE = np.array([_EDGE, 1e-6, 1e-3, *np.linspace(0.01, 0.99, 29), 1 - 1e-3, 1 - 1e-6, 1 - _EDGE])
_ROWS = 500  # samples at which an equation is probed
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Line:
    """One variable as a function of its parents, which are columns in alphabetical order, and of u."""

    name: str
    expression: Expression
    output: int
    parents: tuple[str, ...]
    constants: Mapping[str, np.float64]

    def __call__(self, parents: Array, u: Array) -> Array:
        """Evaluate ``(n, k)`` parents and ``(n,)`` uniforms: ``(n,)`` values.

        Raises:
            ScmgenError: if a uniform lies outside (0, 1) or a value is not finite.
        """
        if self.expression.noise and not ((u > 0.0) & (u < 1.0)).all():
            raise ScmgenError(f"the noise of {self.name} must lie inside (0, 1)")
        value = self.part(self.expression, parents, u)
        bad = np.flatnonzero(~np.isfinite(value))
        if bad.size:
            raise ScmgenError(f"{self.expression.where}: {self.name} is {value[bad[0]]} in row {bad[0]}")
        return value

    def part(self, expression: Expression, parents: Array, u: Array | float) -> Array:
        """Evaluate a part of the equation; rows that fail are not finite."""
        n = len(parents)
        columns = (np.ascontiguousarray(column) for column in parents.T)
        uniforms = np.array(np.broadcast_to(u, n))
        with np.errstate(all="ignore"):
            values = expression.evaluate(
                {**self.constants, **dict(zip(self.parents, columns, strict=True)), NOISE: uniforms}
            )
        value = values[self.output] if expression.outputs > 1 else values
        return np.array(np.broadcast_to(value, n), dtype=np.float64)


def lines(scm: SCM) -> dict[str, Line]:
    """The equations of a model, one for each variable.

    Raises:
        ScmgenError: if variables share one noise: then neither of them alone is a function of its own u; or if the
            model moves, since other frames are no columns beside a variable.
    """
    if scm.frames is not None:
        raise ScmgenError("abduction is for models that stand still; a clip's noise is what its label says")
    constants = {name: np.float64(value) for name, value in (*scm.parameters.items(), *scm.constants.items())}
    by_name = {}
    for equation in scm.equations:
        if len(equation.targets) > 1 and equation.expression.noise:
            problem = f"{', '.join(equation.targets)} share one noise"
            raise ScmgenError(f"{equation.expression.where}: {problem}; give the noise a line of its own")
        for output, name in enumerate(equation.targets):
            parents = tuple(sorted(scm.graph.predecessors(name)))
            by_name[name] = Line(name, equation.expression, output, parents, constants)
    return by_name


def without_inverse(scm: SCM) -> dict[str, str]:
    """Variables whose u cannot be recovered from value and parents, and why.

    A level says only between which bounds its u lies, and an equation may give the same value for
    several u (probed at 500 samples). Roots are not named: their value is all there is to know.
    """
    noisy = {name: line for name, line in lines(scm).items() if line.parents and line.expression.noise}
    values = scm.solve(scm.noise(_ROWS, seed=0)) if noisy else {}
    reasons = {}
    for name, line in noisy.items():
        parents = np.stack([values[parent] for parent in line.parents], axis=1)
        if vocabulary.NOISES[str(line.expression.noise)].discrete:
            reasons[name] = f"{line.expression.noise}: a level leaves its noise open between two bounds"
        elif not _branch(line, values[name], parents).unique.all():
            reasons[name] = "its equation is not one-to-one in its noise"
    return reasons


def recover(line: Line, target: Array, parents: Array) -> Array:
    """The uniforms ``(n,)`` that give ``target (n,)`` with ``parents (n, k)``, by halving (0, 1).

    Zeros for a variable without noise.

    Raises:
        ScmgenError: if in some row no u gives the value, or several do.
    """
    if not line.expression.noise:
        value = line(parents, np.zeros(len(target)))
        _check(line, target, np.abs(value - target) <= _TOLERANCE * (1 + np.abs(value)))
        return np.zeros(len(target))
    branch = _branch(line, target, parents)
    several = np.flatnonzero(~branch.unique)
    if several.size:
        raise ScmgenError(f"{line.name} in row {several[0]}: several noises give the same value; none can be recovered")
    low, high = np.zeros(len(target)), np.ones(len(target))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (line.part(branch.expression, parents, middle) < branch.target) == branch.rises
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    ends = [np.clip(u, _EDGE, 1 - _EDGE) for u in (low, high)]
    misses = [np.abs(line.part(branch.expression, parents, u) - branch.target) for u in ends]
    _check(line, target, np.minimum(*misses) <= _TOLERANCE * branch.scale)
    return np.where(misses[0] < misses[1], *ends)


def _check(line: Line, target: Array, met: NDArray[np.bool_]) -> None:
    bad = np.flatnonzero(~met)
    if bad.size:
        problem = "no noise gives it" if line.expression.noise else "its equation gives another value"
        raise ScmgenError(
            f"{line.name} = {target[bad[0]]:.6g} in row {bad[0]} ({bad.size} of {len(target)} rows): {problem} with "
            "these parents; was it intervened on, or rounded?"
        )


@dataclass(frozen=True)
class _Branch:
    """What is to be solved for u: ``expression`` must give ``target (n,)``.

    ``unique`` marks the rows in which one u at most does so, ``rises`` those in which more u gives
    more; ``scale`` says how large an error of rounding may be.
    """

    expression: Expression
    target: Array
    unique: NDArray[np.bool_]
    rises: NDArray[np.bool_]
    scale: Array


def _branch(line: Line, target: Array, parents: Array) -> _Branch:
    tree = ast.parse(re.sub(r"\s", " ", line.expression.text).strip(), mode="eval").body
    expression, wanted, width = _unwrapped(line, tree, target, parents) or (line.expression, target, None)
    grid = np.stack([line.part(expression, parents, u) for u in _PROBE])
    steps = np.diff(grid, axis=0)
    unique = np.logical_or((steps > 0).all(axis=0), (steps < 0).all(axis=0))
    low, high = grid.min(axis=0), grid.max(axis=0)
    if width is not None:  # a circle: of all turns, the one that u can reach
        wanted = wanted + width * np.ceil((low - wanted) / width - _TOLERANCE)
        unique &= high - low <= width * (1 + _TOLERANCE)
    return _Branch(expression, wanted, unique, grid[-1] > grid[0], np.abs(wanted) + high - low)


def _unwrapped(line: Line, tree: ast.expr, target: Array, parents: Array) -> tuple[Expression, Array, Array] | None:
    """Solve ``a + (...) % period`` for what stands before the ``%``; None if the equation is of another form."""
    if not isinstance(tree, ast.BinOp):
        return None
    left, right = (parse(ast.unparse(side), line.expression.where) for side in (tree.left, tree.right))
    if isinstance(tree.op, ast.Mod) and not right.noise:
        return left, target, np.abs(line.part(right, parents, 0.5))
    if isinstance(tree.op, ast.Add):
        noisy, other = (tree.left, right) if left.noise else (tree.right, left)
        return _unwrapped(line, noisy, target - line.part(other, parents, 0.5), parents)
    if isinstance(tree.op, ast.Sub):
        moved = target + line.part(right, parents, 0.5) if left.noise else line.part(left, parents, 0.5) - target
        return _unwrapped(line, tree.left if left.noise else tree.right, moved, parents)
    return None
