"""Graphs beside the true one, and what one factor is to another in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from scmgen.errors import ScmgenError
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.storage.manifest import Manifest

Edge = tuple[str, str]
Edges = frozenset[Edge]
HARD = ("reverse", "indirect", "confounded", "apart")  # what a pair without an edge may be, the hardest first
_MIXES = (("reverse", "remove"), ("reverse", "add"), ("remove", "add"))
_POOR = (("reverse", "reverse"), ("add", "add"), ("remove", "remove"))  # where nothing else is possible


@dataclass(frozen=True)
class Graph:
    """The edges between factors."""

    factors: tuple[str, ...]
    directed: Edges
    bidirected: Edges

    def descendants(self, factor: str) -> set[str]:
        """All that a factor causes, however indirectly."""
        return set(nx.descendants(self._plain, factor))

    def relation(self, cause: str, effect: str) -> str:
        """What a pair is: ``edge``, or one of :data:`HARD`."""
        if (cause, effect) in self.directed:
            return "edge"
        if (effect, cause) in self.directed:
            return "reverse"
        if effect in self.descendants(cause):
            return "indirect"
        common = nx.ancestors(self._plain, cause) & nx.ancestors(self._plain, effect)
        bound = {(cause, effect), (effect, cause)} & self.bidirected
        return "confounded" if common or bound else "apart"

    def pairs(self) -> list[Edge]:
        """All ordered pairs of factors."""
        return list(itertools.permutations(self.factors, 2))

    def beside(self, number: int, lots: Lots) -> list[Edges] | None:
        """The true graph and three more: one change, another one, and both; None if there are no two changes.

        Each of the four is as near to the others as the true one is, so that nobody finds it as the one in the middle.
        A change reverses, removes or adds an edge, in turn; all four are acyclic and distinct. Of two factors there are
        three graphs.
        """
        if len(self.factors) == 2:
            every = [Edges(), *(Edges({pair}) for pair in self.pairs())]
            return [self.directed, *(other for other in every if other != self.directed)]
        turned = _MIXES[number % 3 :] + _MIXES[: number % 3]
        for first, second in (*turned, *_POOR):
            ones, twos = (lots.shuffled(self._changes(kind), number, kind, k) for k, kind in enumerate((first, second)))
            for one, two in itertools.product(ones, twos):
                both = (self.directed ^ one) ^ two
                if not {frozenset(e) for e in one} & {frozenset(e) for e in two} and _acyclic(self.factors, both):
                    return [self.directed, self.directed ^ one, self.directed ^ two, both]
        return None

    @property
    def _plain(self) -> nx.DiGraph:
        plain = nx.DiGraph()
        plain.add_nodes_from(self.factors)
        plain.add_edges_from(sorted(self.directed))
        return plain

    def _changes(self, kind: str) -> Iterator[Edges]:
        """The edges whose presence a change of a kind turns over."""
        for cause, effect in sorted(self.pairs()):
            there = (cause, effect) in self.directed
            change = frozenset({(cause, effect), (effect, cause)} if kind == "reverse" else {(cause, effect)})
            free = kind == "add" and (effect, cause) not in self.directed and not there
            if (free or (kind != "add" and there)) and _acyclic(self.factors, self.directed ^ change):
                yield change


def true(manifest: Manifest, split: str, where: str) -> Graph:
    """The graph of a split.

    Raises:
        ScmgenError: if none is known, or environments have graphs of their own.
    """
    if manifest.graph is None:
        raise ScmgenError(f"{where}: --to vlm asks for the graph, and this set was imported without one: --graph")
    known = manifest.graph
    names = known.adjacency.names
    base = (_edges(names, known.adjacency.directed), _edges(names, known.adjacency.bidirected))
    told = {name: (frozenset(part.directed), frozenset(part.bidirected)) for name, part in known.variants.items()}
    directed, bidirected = told.get(f"split {split}", base)
    for name, (other, _) in told.items():
        if name.startswith("environment ") and other != directed:
            raise ScmgenError(f"{where}: --to vlm: {name} has a graph of its own, and a question is about one graph")
    return Graph(tuple(names), directed, bidirected)


def _edges(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> Edges:
    return frozenset(
        (a, b) for a, row in zip(names, matrix, strict=True) for b, mark in zip(names, row, strict=True) if mark
    )


def _acyclic(factors: Sequence[str], edges: Edges) -> bool:
    plain = nx.DiGraph()
    plain.add_nodes_from(factors)
    plain.add_edges_from(sorted(edges))
    return bool(nx.is_directed_acyclic_graph(plain))
