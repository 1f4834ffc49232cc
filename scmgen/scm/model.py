"""The structural causal model: equations in, values and graph out.

Observation, intervention and counterfactual are one call, :meth:`SCM.solve`, with one noise
(Pearl 2009, chapter 7: abduction is free here because the noise is known).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from scmgen.errors import Each, ScmgenError, gathered, suggestion, together
from scmgen.scm import noise as streams
from scmgen.scm import solving, vocabulary
from scmgen.scm.expression import Expression, read
from scmgen.scm.solving import TIME
from scmgen.scm.solving import Affine as Affine
from scmgen.scm.solving import Do as Do
from scmgen.scm.vocabulary import Array
from scmgen.terminal import listed

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Equation:
    """``targets`` are computed by one expression; nearly always there is one."""

    targets: tuple[str, ...]
    expression: Expression


@dataclass(frozen=True)
class SCM:
    """Equations, in their declared order, and the constants that they read.

    Build one with :func:`from_text`. ``parameters`` can be overridden; ``constants`` cannot. A model that moves has
    ``frames``: the same equations hold in each, and may read earlier ones.
    """

    equations: tuple[Equation, ...]
    parameters: Mapping[str, float]
    constants: Mapping[str, float]
    frames: int | None = None

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

    @property
    def clock(self) -> Array:
        """When each frame is: its number times ``dt``."""
        return np.asarray(np.arange(self.frames or 0) * self.parameters.get("dt", 1.0), np.float64)

    @functools.cached_property
    def fresh(self) -> frozenset[str]:
        """The variables whose noise is drawn anew in each frame."""
        return frozenset(equation.targets[0] for equation in self.equations if equation.expression.each)

    @functools.cached_property
    def graph(self) -> nx.DiGraph:
        """The full causal graph: an edge for each name that an equation reads.

        Of a model that moves it is the summary graph, in which an edge says that one variable reads another in the same
        frame or in an earlier one; it may have cycles, and a variable may cause itself.
        """
        graph = self.instant.copy()
        for equation in self.equations:
            graph.add_edges_from((name, target) for name, _ in equation.expression.lags for target in equation.targets)
        return graph

    @functools.cached_property
    def instant(self) -> nx.DiGraph:
        """The graph of what is read in the same frame, which has no cycles: of a still model the whole graph."""
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
    def order(self) -> tuple[Equation, ...]:
        """The equations, each after those whose values it reads in the same frame."""
        import networkx as nx

        rank = {name: i for i, name in enumerate(nx.topological_sort(self.instant))}
        return tuple(sorted(self.equations, key=lambda equation: max(rank[target] for target in equation.targets)))

    def noise(self, n: int, seed: int, split: str = "train", start: int = 0, attempt: int = 0) -> dict[str, Array]:
        """Draw the noise of samples ``start`` to ``start + n``: variable -> ``(n,)`` or ``(n, frames)`` uniforms."""

        def draw(stream: str) -> Array:
            return streams.uniforms(seed, split, stream, start, start + n, attempt)

        return {name: self.drawn(name, draw) for name in self.exogenous}

    def drawn(self, name: str, draw: Callable[[str], Array]) -> Array:
        """The noise of a variable, from what draws the numbers ``(n,)`` of a stream."""
        return draw(name) if self.frames is None else streams.filmed(draw, name, self.frames, name in self.fresh)

    def solve(self, noise: Mapping[str, ArrayLike], do: Do | None = None) -> dict[str, Array]:
        """Compute every variable from the noise, under an intervention if one is given.

        Args:
            noise: for each name of :attr:`exogenous` its ``(n,)`` uniforms in (0, 1), ``(n, frames)`` of a model
                that moves.
            do: what is intervened on; rows and variables that it does not change keep their
                equations, so one call serves rows that are all intervened on differently. Of a model that moves
                an ``(n, frames)`` array says it frame by frame.

        Returns:
            Variable -> ``(n,)`` float64, or ``(n, frames)``, in declared order.

        Raises:
            ScmgenError: if the noise does not fit, a target is unknown, or a value is not finite.
        """
        return solving.solve(solving.Course((self,)), noise, do or {})

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
        with gathered() as each:
            parsed = tuple(
                _equation(key, new[key], place, self.frames, each)
                if key in new
                else Equation(e.targets, replace(e.expression, where=place))  # what is not changed is compiled once
                for e, key, place in ((e, key, f"{where}.{key}") for e, key in zip(self.equations, known, strict=True))
            )
            scm = _model(parsed, changed, dict(self.constants), self.frames, each)
        return _noisy(scm, f"{where}.{known[0]}")

    def placed(self, where: Sequence[str]) -> SCM:
        """The same model, with a graph of its own, whose errors name other places: one for each equation."""
        moved = [
            Equation(equation.targets, replace(equation.expression, where=place))
            for equation, place in zip(self.equations, where, strict=True)
        ]
        return SCM(tuple(moved), self.parameters, self.constants, self.frames)


def from_text(
    equations: Mapping[str, str],
    parameters: Mapping[str, float] | None = None,
    constants: Mapping[str, float] | None = None,
    where: str | Mapping[str, str] = "equations",
    frames: int | None = None,
    pictures: Collection[str] | None = None,
) -> SCM:
    """Build a model from ``{"x": "uniform(0, 1)", "y": "2 * x + normal(0, 0.1)"}``.

    A key with commas (``"a, b"``) names the targets of a function with several outputs. ``where``
    says, for errors, where the equations stand: a prefix, or one place for each key. With ``frames`` the model moves:
    equations may read earlier frames, ``time`` and ``dt``, a parameter that is 1 if none is given. ``pictures`` names
    the banks that they may read; None lets them read any.

    Raises:
        ScmgenError: of all bad names, texts that are no equation, unknown parents and cycles; if nothing has noise.
    """
    places = {key: where.get(key, key) if isinstance(where, Mapping) else f"{where}.{key}" for key in equations}
    parameters = {**({} if frames is None else {"dt": 1.0}), **(parameters or {})}
    with gathered() as each:
        parsed = tuple(_equation(key, text, places[key], frames, each) for key, text in equations.items())
        scm = _model(parsed, parameters, dict(constants or {}), frames, each, pictures)
    return _noisy(scm, next(iter(places.values()), "equations"))


def _model(
    parsed: tuple[Equation, ...],
    parameters: Mapping[str, float],
    constants: Mapping[str, float],
    frames: int | None,
    each: Each,
    pictures: Collection[str] | None = None,
) -> SCM:
    """A model of equations, as far as they could be read; where they do not fit together is told within ``each``."""
    _check_names(parsed, parameters, constants, frames, each)
    scm = SCM(parsed, parameters, constants, frames)
    for cycle in _cycles(scm.instant):
        with each():
            path = " -> ".join([*cycle, cycle[0]])
            where = next(one.expression.where for one in parsed if cycle[0] in one.targets)
            problem = f"{where}: the equations form a cycle: {path}"
            hint = f" within a frame; one of them may read an earlier frame: prev({cycle[-1]}, 0)"
            raise ScmgenError(problem if frames is None else problem + hint)
    for expression, name in [(one.expression, name) for one in parsed for name in one.expression.banks]:
        with each():
            if pictures is not None and name not in pictures:
                raise expression.reject_bank(name, pictures)
    return scm


def _cycles(graph: nx.DiGraph) -> list[list[str]]:
    """A cycle of each part of a graph in which all cause each other, the same ones in every process."""
    import networkx as nx

    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1 or graph.has_edge(*part, *part)]
    inner = [[(cause, effect) for cause, effect in graph.edges if cause in part and effect in part] for part in parts]
    return [[cause for cause, _ in nx.find_cycle(nx.DiGraph(edges))] for edges in inner]


def _noisy(scm: SCM, first: str) -> SCM:
    """The model itself, once something in it varies; ``first`` says where its equations begin."""
    if not scm.exogenous:
        raise ScmgenError(f"{first}: no equation has noise; give one a uniform(low, high)")
    return scm


def targets(keys: Iterable[str]) -> list[str]:
    """The variables that the keys of equations name."""
    return [name.strip() for key in keys for name in key.split(",")]


def _equation(key: str, text: str, where: str, frames: int | None, each: Each) -> Equation:
    """An equation, as far as it could be read; what does not fit is told within ``each``."""
    names, named = tuple(targets([key])), False
    for target in names:
        with each():
            vocabulary.check_name(target, "variable", where)
            named = True
    expression, faults = read(text, where, moving=frames is not None)
    with each():
        if faults and (
            named or text.strip()
        ):  # what YAML splits at a comma leaves pieces that are no name, and no text
            raise together(faults)
        if expression.outputs != len(names):
            raise ScmgenError(f"{where}: {len(names)} variable(s) for an expression of {expression.outputs} value(s)")
    return Equation(names, expression)


def _check_names(
    equations: Sequence[Equation],
    parameters: Iterable[str],
    constants: Iterable[str],
    frames: int | None,
    each: Each,
) -> None:
    """Tell within ``each`` of every name that is two things, and of what is read and is not there."""
    clock = {} if frames is None else {TIME: "the number of the frame"}
    owners = dict.fromkeys(constants, "a level of a factor") | dict.fromkeys(parameters, "a parameter") | clock
    fixed = {*owners}
    for where, target in [(one.expression.where, target) for one in equations for target in one.targets]:
        with each():
            if target in owners:
                raise ScmgenError(f"{where}: {target!r} is already {owners[target]}")
        owners[target] = "a variable"
    for expression, name in [(one.expression, name) for one in equations for name in one.expression.names]:
        with each():
            if name not in owners:
                raise expression.reject(name, {*owners})
    for expression, name in [(one.expression, name) for one in equations for name, _ in one.expression.lags]:
        with each():
            if name not in owners:
                raise expression.reject(name, {*owners} - fixed)
            if name in fixed:
                raise ScmgenError(f"{expression.where}: prev({name}, ...): {name!r} is {owners[name]}, no variable")
