"""The causal model of a scene in the hands of networkx, pgmpy and ``dowhy.gcm``.

Text notations of the graph stand in :mod:`scmgen.graphs`. pgmpy and dowhy come with the extra ``interop``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen import graphs, streams
from scmgen.errors import ScmgenError
from scmgen.expr import NOISE, Expression, parse
from scmgen.scene import Scene
from scmgen.scm import SCM
from scmgen.vocabulary import Array

if TYPE_CHECKING:
    import pandas

_EDGE = 2.0**-53  # the smallest uniform of a stream; the largest is 1 - _EDGE
_HALVINGS = 54  # of (0, 1), until its halves are neighbours
_PROBE = np.array([_EDGE, 1e-6, 1e-3, *np.linspace(0.01, 0.99, 29), 1 - 1e-3, 1 - 1e-6, 1 - _EDGE])
_ROWS = 500  # samples at which an equation is probed
_TOLERANCE = 1e-9


# Graphs


def to_networkx(scene: Scene, latents: bool = False) -> nx.DiGraph:
    """Give the graph over the factors as a plain directed graph.

    Args:
        scene: the scene.
        latents: write each bidirected edge ``a <-> b`` as a node ``u_a_b`` with the attribute
            ``hidden=True`` and an edge to each of the two.

    Raises:
        ScmgenError: if factors have hidden common causes and ``latents`` is not set.
    """
    known = scene.factor_graph
    pairs = graphs.edges(known, "bidirected")
    if pairs and not latents:
        found = ", ".join(f"{a} <-> {b}" for a, b in pairs)
        raise ScmgenError(
            f"{scene.name}: hidden common causes ({found}) have no place in a DAG over the factors alone; "
            "write to_networkx(scene, latents=True), or take scene.graph, the graph over all variables"
        )
    graph = nx.DiGraph()
    graph.add_nodes_from(known)
    graph.add_edges_from(graphs.edges(known, "directed"))
    for a, b in pairs:
        name = f"u_{a}_{b}"
        while name in graph or name in scene.scm.variables:
            name += "_"
        graph.add_node(name, hidden=True)
        graph.add_edges_from([(name, a), (name, b)])
    return graph


def to_pgmpy(scene: Scene) -> Any:
    """Give the graph over the factors as a ``pgmpy.base.DAG``, its ``latents`` the hidden common causes.

    Raises:
        ScmgenError: if pgmpy is not installed.
    """
    try:
        from pgmpy.base import DAG
    except ImportError:
        raise ScmgenError("to_pgmpy needs pgmpy: pip install 'scmgen[interop]'") from None
    graph = to_networkx(scene, latents=True)
    return DAG(graph, latents={node for node, hidden in graph.nodes(data="hidden") if hidden})


# One equation, as dowhy calls it


@dataclass(frozen=True)
class _Line:
    """One variable as a function of its parents (columns in dowhy's order, the alphabetical one) and of u."""

    name: str
    expression: Expression
    output: int
    parents: tuple[str, ...]
    constants: Mapping[str, np.float64]

    def __call__(self, parents: Array, u: Array) -> Array:
        """Evaluate ``(n, k)`` parents and ``(n,)`` uniforms: ``(n,)`` finite values."""
        if self.expression.noise and not ((u > 0.0) & (u < 1.0)).all():
            raise ScmgenError(f"the noise of {self.name} must lie inside (0, 1)")
        value = self.evaluate(self.expression, parents, u)
        bad = np.flatnonzero(~np.isfinite(value))
        if bad.size:
            raise ScmgenError(f"{self.expression.where}: {self.name} is {value[bad[0]]} in row {bad[0]}")
        return value

    def evaluate(self, expression: Expression, parents: Array, u: Array) -> Array:
        """Evaluate this equation or a part of it; rows that fail are not finite."""
        columns = (np.ascontiguousarray(column) for column in parents.T)
        scope = {**self.constants, **dict(zip(self.parents, columns, strict=True)), NOISE: u}
        with np.errstate(all="ignore"):
            result = expression.evaluate(scope)
        value = result[self.output] if expression.outputs > 1 else result
        return np.array(np.broadcast_to(value, len(u)), dtype=np.float64)


def _lines(scm: SCM) -> dict[str, _Line]:
    constants = {name: np.float64(value) for name, value in (*scm.parameters.items(), *scm.constants.items())}
    lines = {}
    for equation in scm.equations:
        if len(equation.targets) > 1 and equation.expression.noise:
            names = ", ".join(equation.targets)
            raise ScmgenError(
                f"{equation.expression.where}: {names} share one noise, and in dowhy every variable has its own; "
                "give the noise a line of its own"
            )
        for output, name in enumerate(equation.targets):
            parents = tuple(sorted(scm.graph.predecessors(name)))
            lines[name] = _Line(name, equation.expression, output, parents, constants)
    return lines


def _branch(line: _Line, target: Array, parents: Array) -> tuple[Expression, Array, NDArray[np.bool_]]:
    """Undo an outermost ``... % period``: what stands before it, what that must give, and where that is unique."""
    tree = ast.parse(re.sub(r"\s", " ", line.expression.text).strip(), mode="eval").body
    if not (isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mod)):
        return line.expression, target, np.ones(len(target), dtype=bool)
    inner, period = (parse(ast.unparse(side), line.expression.where) for side in (tree.left, tree.right))
    if period.noise:
        return line.expression, target, np.ones(len(target), dtype=bool)
    width = line.evaluate(period, parents, np.full(len(target), 0.5))
    ends = [line.evaluate(inner, parents, np.full(len(target), u)) for u in (_EDGE, 1 - _EDGE)]
    low, high = np.minimum(*ends), np.maximum(*ends)
    lifted = target + width * np.ceil((low - target) / width - _TOLERANCE)
    return inner, lifted, high - low <= width * (1 + _TOLERANCE)


def _one_to_one(line: _Line, expression: Expression, parents: Array) -> NDArray[np.bool_]:
    """Rows in which the expression rises, or falls, with u from one end to the other."""
    grid = [line.evaluate(expression, parents, np.full(len(parents), u)) for u in _PROBE]
    steps = np.diff(np.stack(grid), axis=0)
    return np.asarray((steps > 0).all(axis=0) | (steps < 0).all(axis=0))


def _invert(line: _Line, target: Array, parents: Array) -> Array:
    """The uniform that gives ``target`` with these parents, by halving (0, 1)."""
    expression, wanted, unique = _branch(line, target, parents)
    several = np.flatnonzero(~(unique & _one_to_one(line, expression, parents)))
    if several.size:
        raise ScmgenError(f"{line.name} in row {several[0]}: several noises give the same value; none can be recovered")
    low, high = np.zeros(len(target)), np.ones(len(target))
    ends = [line.evaluate(expression, parents, np.full(len(target), u)) for u in (_EDGE, 1 - _EDGE)]
    rises = ends[1] > ends[0]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (line.evaluate(expression, parents, middle) < wanted) == rises
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    both = [np.clip(u, _EDGE, 1 - _EDGE) for u in (low, high)]
    misses = [np.abs(line.evaluate(expression, parents, u) - wanted) for u in both]
    _check(line, target, np.minimum(*misses) <= _TOLERANCE * (np.abs(wanted) + np.abs(ends[1] - ends[0])))
    return np.where(misses[0] < misses[1], both[0], both[1])


def _check(line: _Line, target: Array, met: NDArray[np.bool_]) -> None:
    bad = np.flatnonzero(~met)
    if bad.size:
        problem = "no noise gives it" if line.expression.noise else "its equation gives another value"
        raise ScmgenError(
            f"{line.name} = {target[bad[0]]:.6g} in row {bad[0]} ({bad.size} of {len(target)} rows): {problem} with "
            "these parents; was it intervened on, or rounded?"
        )


def without_inverse(scene: Scene) -> dict[str, str]:
    """Variables whose noise cannot be recovered from them and their parents, and why.

    A level says only between which bounds u lies; and an equation may give the same value for
    several u (probed at 500 samples). Roots are not named: dowhy takes a root's value for its noise.
    """
    lines = {name: line for name, line in _lines(scene.scm).items() if line.parents and line.expression.noise}
    values = scene.scm.solve(scene.noise(_ROWS)) if lines else {}
    found = {}
    for name, line in lines.items():
        parents = np.stack([values[parent] for parent in line.parents], axis=1)
        expression, _, unique = _branch(line, values[name], parents)
        if line.expression.noise in ("bernoulli", "category"):
            found[name] = f"{line.expression.noise}: a level leaves its noise open between two bounds"
        elif not (unique & _one_to_one(line, expression, parents)).all():
            found[name] = "its equation is not one-to-one in its noise"
    return found


# Mechanisms: dowhy's abstract classes are joined by registration, so that importing this module needs no dowhy


@dataclass
class _Draws:
    """Uniforms of one variable, one after the other; no number comes twice, clones included."""

    seed: int
    split: str
    name: str
    position: int = 0

    def take(self, n: int) -> Array:
        start, self.position = self.position, self.position + n
        return streams.uniforms(self.seed, self.split, self.name, start, self.position)


@dataclass(frozen=True)
class Root:
    """A ``StochasticModel``: a variable without parents. There is nothing to fit."""

    line: _Line
    draws: _Draws = field(repr=False)

    def fit(self, X: Array) -> None:
        """Leave the mechanism as it is: it is the true one."""

    def draw_samples(self, num_samples: int) -> Array:
        """Draw ``(n, 1)`` values."""
        return self.line(np.empty((num_samples, 0)), self.draws.take(num_samples))[:, None]

    def clone(self) -> Root:
        """Give the mechanism itself."""
        return self


@dataclass(frozen=True)
class Mechanism:
    """A ``FunctionalCausalModel``: value = equation(parents, u), where u is uniform on (0, 1)."""

    line: _Line
    draws: _Draws = field(repr=False)

    def fit(self, X: Array, Y: Array) -> None:
        """Leave the mechanism as it is: it is the true one."""

    def draw_noise_samples(self, num_samples: int) -> Array:
        """Draw ``(n, 1)`` uniforms; zeros, which are never read, for a helper."""
        noisy = self.line.expression.noise
        return (self.draws.take(num_samples) if noisy else np.zeros(num_samples))[:, None]

    def evaluate(self, parent_samples: Array, noise_samples: Array) -> Array:
        """Compute ``(n, 1)`` values from ``(n, k)`` parents, in alphabetical order, and ``n`` uniforms."""
        u = np.asarray(noise_samples, np.float64).reshape(-1)
        return self.line(np.asarray(parent_samples, np.float64).reshape(len(u), -1), u)[:, None]

    def draw_samples(self, parent_samples: Array) -> Array:
        """Draw ``(n, 1)`` values given ``(n, k)`` parents."""
        return self.evaluate(parent_samples, self.draw_noise_samples(len(parent_samples)))

    def clone(self) -> Mechanism:
        """Give the mechanism itself."""
        return self


@dataclass(frozen=True)
class InvertibleMechanism(Mechanism):
    """An ``InvertibleFunctionalCausalModel``: u comes back from value and parents."""

    def estimate_noise(self, target_samples: Array, parent_samples: Array) -> Array:
        """Recover ``(n, 1)`` uniforms.

        Raises:
            ScmgenError: if in some row no noise gives the value, or several do.
        """
        target = np.asarray(target_samples, np.float64).reshape(-1)
        parents = np.asarray(parent_samples, np.float64).reshape(len(target), -1)
        if self.line.expression.noise:
            return _invert(self.line, target, parents)[:, None]
        value = self.line(parents, np.zeros(len(target)))
        _check(self.line, target, np.abs(value - target) <= _TOLERANCE * (1 + np.abs(value)))
        return np.zeros((len(target), 1))


def to_dowhy(scene: Scene, seed: int = 0, split: str = "dowhy") -> Any:
    """Give the scene's causal model, over all its variables, as one of ``dowhy.gcm``.

    Its mechanisms are the scene's equations. They need no ``gcm.fit`` (which leaves them as they are),
    and draw from the scene's own streams: the n samples that ``gcm.draw_samples`` gives first
    are ``scene.sample(n, seed, split)``, bit for bit, the next ones those after them.

    Returns:
        An ``InvertibleStructuralCausalModel`` if every noise can be recovered; if
        :func:`without_inverse` names a variable a ``StructuralCausalModel``, whose
        counterfactuals need ``noise_data`` (see :func:`noise_data`) in place of ``observed_data``.

    Raises:
        ScmgenError: if dowhy is not installed, or variables share one noise.
    """
    try:
        from dowhy import gcm
        from dowhy.gcm import causal_mechanisms, causal_models
    except ImportError:
        raise ScmgenError("to_dowhy needs dowhy: pip install 'scmgen[interop]'") from None
    causal_mechanisms.StochasticModel.register(Root)
    causal_mechanisms.FunctionalCausalModel.register(Mechanism)
    causal_mechanisms.InvertibleFunctionalCausalModel.register(InvertibleMechanism)
    lost = without_inverse(scene)
    graph = nx.DiGraph(scene.graph)
    model = (gcm.StructuralCausalModel if lost else gcm.InvertibleStructuralCausalModel)(graph)
    for name, line in _lines(scene.scm).items():
        kind: Callable[..., Any] = Mechanism if name in lost else InvertibleMechanism
        model.set_causal_mechanism(name, (kind if line.parents else Root)(line, _Draws(seed, split, name)))
        graph.nodes[name][causal_models.PARENTS_DURING_FIT] = list(line.parents)
    return model


def noise_data(scene: Scene, noise: Mapping[str, ArrayLike]) -> pandas.DataFrame:
    """Write noise as ``gcm.counterfactual_samples(model, ..., noise_data=...)`` reads it.

    Args:
        scene: the scene.
        noise: for each exogenous variable its ``(n,)`` uniforms, as :meth:`Scene.noise` gives them.

    Returns:
        A column for every variable: a root's *value* (which dowhy takes for its noise), the uniform
        of any other, and zeros for a helper.
    """
    import pandas

    values = scene.scm.solve(noise)
    n = len(next(iter(values.values())))
    rootless = {name for name in scene.scm.variables if scene.graph.in_degree(name)}
    return pandas.DataFrame(
        {name: (noise.get(name, np.zeros(n)) if name in rootless else values[name]) for name in scene.scm.variables}
    )
