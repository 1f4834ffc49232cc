"""The structural causal model: equations in, values and graph out.

Observation, intervention and counterfactual are one call, :meth:`SCM.solve`, with one noise
(Pearl 2009, chapter 7: abduction is free here because the noise is known).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from scmgen.errors import ScmgenError, gathered, suggestion
from scmgen.scm import noise as streams
from scmgen.scm import vocabulary
from scmgen.scm.expression import NOISE, Expression, parse
from scmgen.scm.vocabulary import Array
from scmgen.terminal import listed

if TYPE_CHECKING:
    import networkx as nx


class Affine(NamedTuple):
    """An intervention on one variable, row by row: x := scale * f(parents, u) + shift.

    A hard do is (0, value), a shift (1, s), a scaling (c, 0); (1, 0) leaves a row alone.
    """

    scale: ArrayLike
    shift: ArrayLike


Do: TypeAlias = Mapping[str, "ArrayLike | Affine"]
"""Variable -> value (a hard do; a scalar or ``(n,)``), or an :class:`Affine`."""


@dataclass(frozen=True)
class Equation:
    """``targets`` are computed by one expression; nearly always there is one."""

    targets: tuple[str, ...]
    expression: Expression


@dataclass(frozen=True)
class SCM:
    """Equations, in their declared order, and the constants that they read.

    Build one with :func:`from_text`. ``parameters`` can be overridden; ``constants`` cannot.
    """

    equations: tuple[Equation, ...]
    parameters: Mapping[str, float]
    constants: Mapping[str, float]

    def __repr__(self) -> str:
        return f"<SCM of {len(self.variables)} variables, {len(self.exogenous)} with noise: {listed(self.variables)}>"

    @functools.cached_property
    def variables(self) -> tuple[str, ...]:
        """Every variable, in declared order."""
        return tuple(target for equation in self.equations for target in equation.targets)

    @functools.cached_property
    def exogenous(self) -> tuple[str, ...]:
        """The variables that have a noise of their own, in declared order."""
        return tuple(equation.targets[0] for equation in self.equations if equation.expression.noise)

    @functools.cached_property
    def graph(self) -> nx.DiGraph:
        """The full causal graph: an edge for each name that an equation reads."""
        import networkx as nx  # a tenth of a second, which commands without a graph need not wait

        graph = nx.DiGraph()
        graph.add_nodes_from(self.variables)
        known = set(self.variables)
        for equation in self.equations:
            parents = [name for name in equation.expression.names if name in known]
            graph.add_edges_from((parent, target) for target in equation.targets for parent in parents)
        return graph

    def descendants(self, variable: str) -> frozenset[str]:
        """Every variable that ``variable`` is an ancestor of (itself excluded)."""
        import networkx as nx

        return frozenset(nx.descendants(self.graph, variable))

    @functools.cached_property
    def _order(self) -> tuple[Equation, ...]:
        import networkx as nx

        rank = {name: i for i, name in enumerate(nx.topological_sort(self.graph))}
        return tuple(sorted(self.equations, key=lambda equation: max(rank[target] for target in equation.targets)))

    def noise(self, n: int, seed: int, split: str = "train", start: int = 0, attempt: int = 0) -> dict[str, Array]:
        """Draw the noise of samples ``start`` to ``start + n``: variable -> ``(n,)`` uniforms."""
        stop = start + n
        return {name: streams.uniforms(seed, split, name, start, stop, attempt) for name in self.exogenous}

    def solve(self, noise: Mapping[str, ArrayLike], do: Do | None = None) -> dict[str, Array]:
        """Compute every variable from the noise, under an intervention if one is given.

        Args:
            noise: for each name of :attr:`exogenous` its ``(n,)`` uniforms in (0, 1).
            do: what is intervened on; rows and variables that it does not change keep their
                equations, so one call serves rows that are all intervened on differently.

        Returns:
            Variable -> ``(n,)`` float64, in declared order.

        Raises:
            ScmgenError: if the noise does not fit, a target is unknown, or a value is not finite.
        """
        uniforms = self._check_noise(noise)
        n = len(next(iter(uniforms.values())))
        table = self._check_do(do or {}, n)
        scope: dict[str, Array | np.float64] = {
            name: np.float64(v) for name, v in (*self.parameters.items(), *self.constants.items())
        }
        values: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for equation in self._order:
                scope[NOISE] = uniforms.get(equation.targets[0], np.float64(np.nan))
                outcome = equation.expression.evaluate(scope)
                outcomes = outcome if equation.expression.outputs > 1 else (outcome,)
                for target, value in zip(equation.targets, outcomes, strict=True):
                    array = np.array(np.broadcast_to(value, n), dtype=np.float64)
                    if target in table:
                        array = _intervene(array, *table[target])
                    scope[target] = values[target] = self._check_finite(target, array, scope)
        return {name: values[name] for name in self.variables}

    def replace(
        self,
        equations: Mapping[str, str] | None = None,
        parameters: Mapping[str, float] | None = None,
        where: str = "replace",
    ) -> SCM:
        """Give a new model in which some variables have other equations, or parameters other values.

        This is a mechanism change (a soft intervention): the noise of a variable keeps its stream.

        Raises:
            ScmgenError: if a variable or parameter is unknown or the result has a cycle.
        """
        new, known = dict(equations or {}), [", ".join(e.targets) for e in self.equations]
        unknown = next((name for name in new if name not in known), None)
        if unknown is not None:
            raise ScmgenError(f"{where}: no equation {unknown!r}; {suggestion(unknown, known)}")
        changed = dict(self.parameters)
        for name, value in (parameters or {}).items():
            if name not in changed:
                raise ScmgenError(f"{where}: no parameter {name!r}; {suggestion(name, changed)}")
            changed[name] = value
        parsed = tuple(
            _equation(key, new[key], place)
            if key in new
            else Equation(e.targets, replace(e.expression, where=place))  # what is not changed is compiled once
            for e, key, place in ((e, key, f"{where}.{key}") for e, key in zip(self.equations, known, strict=True))
        )
        return _model(parsed, changed, dict(self.constants), f"{where}.{known[0]}")

    def placed(self, where: Sequence[str]) -> SCM:
        """The same model, with a graph of its own, whose errors name other places: one for each equation."""
        moved = [
            Equation(equation.targets, replace(equation.expression, where=place))
            for equation, place in zip(self.equations, where, strict=True)
        ]
        return SCM(tuple(moved), self.parameters, self.constants)

    def _check_noise(self, noise: Mapping[str, ArrayLike]) -> dict[str, Array]:
        try:
            arrays = {str(name): np.ascontiguousarray(u, dtype=np.float64) for name, u in noise.items()}
        except (TypeError, ValueError):
            raise ScmgenError("noise must be numbers: for each variable one array of shape (n,)") from None
        if set(arrays) != set(self.exogenous):
            expected, given = ", ".join(self.exogenous), ", ".join(arrays) or "nothing"
            raise ScmgenError(f"noise is needed for exactly these variables: {expected}; found {given}")
        shapes = {u.shape for u in arrays.values()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ScmgenError(f"every noise must be one array of shape (n,); found shapes {sorted(shapes)}")
        for name, u in arrays.items():
            if not ((u > 0.0) & (u < 1.0)).all():
                raise ScmgenError(f"the noise of {name} must lie inside (0, 1)")
        return arrays

    def _check_do(self, do: Do, n: int) -> dict[str, tuple[Array, Array]]:
        table = {}
        for name, action in do.items():
            if name not in self.variables:
                raise ScmgenError(f"do({name}): no such variable; {suggestion(name, self.variables)}")
            scale, shift = action if isinstance(action, Affine) else (0.0, action)
            try:
                pair = (
                    np.broadcast_to(np.asarray(scale, np.float64), n),
                    np.broadcast_to(np.asarray(shift, np.float64), n),
                )
            except (ValueError, TypeError):
                raise ScmgenError(f"do({name}): give numbers, a scalar or one for each of the {n} samples") from None
            table[name] = pair
        return table

    def _check_finite(self, target: str, array: Array, scope: Mapping[str, Array | np.float64]) -> Array:
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            row = int(bad[0])
            expression = next(e.expression for e in self.equations if target in e.targets)
            seen = [f"{name} = {np.broadcast_to(scope[name], len(array))[row]:.6g}" for name in expression.names]
            problem = f"{target} is {array[row]} in row {row} ({bad.size} of {len(array)} rows are not finite)"
            read = ", ".join(seen) or "nothing but noise"
            raise ScmgenError(f"{expression.where}: {problem}; its equation read {read}")
        return array


def _intervene(value: Array, scale: Array, shift: Array) -> Array:
    """Apply an affine do; rows with (1, 0) keep their bits, rows with scale 0 ignore ``value``."""
    moved = np.where(scale == 0.0, shift, scale * value + shift)
    return np.where((scale == 1.0) & (shift == 0.0), value, moved)


def from_text(
    equations: Mapping[str, str],
    parameters: Mapping[str, float] | None = None,
    constants: Mapping[str, float] | None = None,
    where: str | Mapping[str, str] = "equations",
) -> SCM:
    """Build a model from ``{"x": "uniform(0, 1)", "y": "2 * x + normal(0, 0.1)"}``.

    A key with commas (``"a, b"``) names the targets of a function with several outputs. ``where``
    says, for errors, where the equations stand: a prefix, or one place for each key.

    Raises:
        ScmgenError: on a bad name, a text that is no equation, an unknown parent, or a cycle.
    """
    places = {key: where.get(key, key) if isinstance(where, Mapping) else f"{where}.{key}" for key in equations}
    parsed: list[Equation] = []
    with gathered() as each:
        for key, text in equations.items():
            with each():
                parsed.append(_equation(key, text, places[key]))
        with each():
            _check_names(parsed, parameters or {}, constants or {}, targets(equations))
    first = next(iter(places.values()), "equations")
    return _model(tuple(parsed), dict(parameters or {}), dict(constants or {}), first)


def _model(
    parsed: tuple[Equation, ...], parameters: Mapping[str, float], constants: Mapping[str, float], first: str
) -> SCM:
    """A model of equations that fit together; ``first`` says where they begin."""
    _check_names(parsed, parameters, constants)
    scm = SCM(parsed, parameters, constants)
    if not scm.exogenous:
        raise ScmgenError(f"{first}: no equation has noise; give one a uniform(low, high)")
    import networkx as nx

    if not nx.is_directed_acyclic_graph(scm.graph):
        cycle = [cause for cause, _ in nx.find_cycle(scm.graph)]  # the same one in every process
        path = " -> ".join([*cycle, cycle[0]])
        where = next(one.expression.where for one in parsed if cycle[0] in one.targets)
        raise ScmgenError(f"{where}: the equations form a cycle: {path}")
    return scm


def targets(keys: Iterable[str]) -> list[str]:
    """The variables that the keys of equations name."""
    return [name.strip() for key in keys for name in key.split(",")]


def _equation(key: str, text: str, where: str) -> Equation:
    names = tuple(targets([key]))
    for target in names:
        vocabulary.check_name(target, "variable", where)
    expression = parse(text, where)
    if expression.outputs != len(names):
        raise ScmgenError(f"{where}: {len(names)} variable(s) for an expression of {expression.outputs} value(s)")
    return Equation(names, expression)


def _check_names(
    equations: Sequence[Equation], parameters: Iterable[str], constants: Iterable[str], variables: Iterable[str] = ()
) -> None:
    """Raise unless every name is one thing, and what is read is there; ``variables`` may have no equation yet."""
    owners = dict.fromkeys(constants, "a level of a factor") | dict.fromkeys(parameters, "a parameter")
    with gathered() as each:
        for where, target in [(one.expression.where, target) for one in equations for target in one.targets]:
            with each():
                if target in owners:
                    raise ScmgenError(f"{where}: {target!r} is already {owners[target]}")
            owners[target] = "a variable"
        known = {*owners, *variables}
        for expression, name in [(one.expression, name) for one in equations for name in one.expression.names]:
            with each():
                if name not in known:
                    raise expression.reject(name, known)
