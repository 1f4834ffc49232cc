"""A causal graph as somebody drew or learned it, before it is known to be one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from scmgen.errors import ScmgenError

Edge: TypeAlias = tuple[str, str, str]
"""Cause, effect, and one of :data:`KINDS`."""
KINDS = ("directed", "bidirected")
MOST_NODES = 2_000
"""Nodes that a graph from a file may have."""
MOST_EDGES = 100_000
"""Edges that it may have."""


@dataclass
class DrawnGraph:
    """What stands in a file.

    Attributes:
        edges: cause, effect and kind of each.
        nodes: those that are named without an edge.
        hidden: nodes that are marked as hidden.
        probability: of an edge, where whoever learned it says how sure it is.
        undecided: pairs without an edge of which nobody could tell whether there is one.
    """

    edges: list[Edge] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    probability: dict[tuple[str, str], float] = field(default_factory=dict)
    undecided: list[tuple[str, str]] = field(default_factory=list)


def check(drawn: DrawnGraph, path: Path) -> DrawnGraph:
    """See that a graph can be worked with and its names written anywhere.

    Raises:
        ScmgenError: if it is too large, or a name holds what no text may.
    """
    names = {*drawn.nodes, *(end for edge in drawn.edges for end in edge[:2])}
    for found, most, what in ((names, MOST_NODES, "nodes"), (drawn.edges, MOST_EDGES, "edges")):
        if len(found) > most:
            raise ScmgenError(f"{path}: has {len(found):,} {what}; at most {most:,} are read")
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ScmgenError(f"{path}: {name!a} cannot name a node: it is no text") from None
    return drawn
