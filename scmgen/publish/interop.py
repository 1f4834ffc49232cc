"""The causal model of a scene in the hands of networkx, pgmpy and ``dowhy.gcm``.

Text notations of the graph stand in :mod:`scmgen.scm.graph`. pgmpy and dowhy come with the extra ``interop``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene
from scmgen.scm import abduction
from scmgen.scm import noise as streams
from scmgen.scm.abduction import Line
from scmgen.scm.graph import edges, moves, unfolded
from scmgen.scm.vocabulary import Array

if TYPE_CHECKING:
    import pandas
    import xarray

# Graphs


def to_networkx(scene: Scene, latents: bool = False) -> nx.DiGraph:
    """Give the graph over the factors as a plain directed graph.

    Args:
        scene: the scene.
        latents: write each bidirected edge ``a <-> b`` as a node ``u_a_b`` with the attribute
            ``hidden=True`` and an edge to each of the two.

    Of a scene that moves the nodes are factors in frames, ``x[t-1]`` and ``x[t]``, and constants of the clip.

    Raises:
        ScmgenError: if factors have hidden common causes and ``latents`` is not set.
    """
    known = unfolded(scene.factor_graph) if moves(scene.factor_graph) else scene.factor_graph
    pairs = edges(known, "bidirected")
    if pairs and not latents:
        bidirected = ", ".join(f"{a} <-> {b}" for a, b in pairs)
        raise ScmgenError(
            f"{scene.name}: hidden common causes ({bidirected}) have no place in a DAG over the factors alone; "
            "write to_networkx(scene, latents=True), or take scene.graph, the graph over all variables"
        )
    graph = nx.DiGraph()
    graph.add_nodes_from(known)
    graph.add_edges_from(edges(known, "directed"))
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

    line: Line
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

    line: Line
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
        return abduction.recover(self.line, target, parents)[:, None]


def to_dowhy(scene: Scene, seed: int = 0, split: str = "dowhy") -> Any:
    """Give the scene's causal model, over all its variables, as one of ``dowhy.gcm``.

    Its mechanisms are the scene's equations. They need no ``gcm.fit`` (which leaves them as they are),
    and draw from the scene's own streams: the n samples that ``gcm.draw_samples`` gives first
    are ``scene.sample(n, seed, split)``, bit for bit, the next ones those after them.

    Returns:
        An ``InvertibleStructuralCausalModel`` if every noise can be recovered. Where
        :func:`scmgen.scm.abduction.without_inverse` names variables it is a ``StructuralCausalModel``, whose
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
    lost = abduction.without_inverse(scene.scm)
    graph = nx.DiGraph(scene.graph)
    model = (gcm.StructuralCausalModel if lost else gcm.InvertibleStructuralCausalModel)(graph)
    for name, line in abduction.lines(scene.scm).items():
        kind: Callable[..., Any] = Mechanism if name in lost else InvertibleMechanism
        model.set_causal_mechanism(name, (kind if line.parents else Root)(line, _Draws(seed, split, name)))
        graph.nodes[name][causal_models.PARENTS_DURING_FIT] = list(line.parents)
    return model


def noise_data(scene: Scene, noise: Mapping[str, ArrayLike] | xarray.Dataset) -> pandas.DataFrame:
    """Write noise as ``gcm.counterfactual_samples(model, ..., noise_data=...)`` reads it.

    Args:
        scene: the scene.
        noise: variable -> ``(n,)`` uniforms, or a data set from :meth:`scmgen.Scene.sample`.

    Returns:
        A column for every variable: the *value* of a root (which dowhy takes for its noise), the
        uniform of any other, and zeros for a helper.
    """
    import pandas

    factual = scene.counterfactual(noise)
    uniforms = {str(name): factual["noise"].sel(exogenous=name).values for name in factual["exogenous"].values}
    roots = {name: factual[name].values for name in scene.scm.variables if not scene.graph.in_degree(name)}
    return pandas.DataFrame({name: 0.0 for name in scene.scm.variables} | uniforms | roots)
