"""A causal graph that somebody drew or learned, from a file: node-link or plain JSON, DOT, dagitty."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx

from scmgen.errors import ScmgenError, suggestion

Edge = tuple[str, str, str]  # cause, effect, kind


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


_ARROWS = ("->", "<-", "<->")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|(?P<arrow><->|->|<-|--)|\[(?P<options>[^\]]*)\]|(?P<mark>[{};,=])'
    r'|(?P<word>(?:[^\s"\[\]{};,=<>-]|-(?![->]))+)'
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
_HIDDEN = re.compile(r"\b(latent|unobserved)\b|style\s*=\s*\"?dashed")


def read(path: Path, names: Mapping[str, str]) -> nx.MultiDiGraph:
    """The graph of a file over known factors; a node that is marked as hidden is projected out (Verma 1993).

    Args:
        path: our ``graph.json`` or ``manifest.json``, node-link JSON, ``{"edges": [["a", "b"], ...]}``, DOT or dagitty.
        names: the factor that each column of the table became; the file may use either.

    Raises:
        ScmgenError: if it cannot be read, names what is no factor, has an edge without direction, or a cycle.
    """
    drawn = _parsed(path, content(path))
    if drawn.undecided:
        a, b = drawn.undecided[0]
        raise ScmgenError(f"{path}: {a} and {b} are undecided; add the edge, or leave the pair out")
    graph = _graph(path, drawn, {**{name: name for name in names.values()}, **names})
    return _projected(graph, list(names.values()))


def parse(text: str, path: Path) -> nx.MultiDiGraph:
    """The graph of a file over the nodes that it names itself, in their order; ``path`` is named in errors.

    Edges have a ``kind``: ``directed``, ``bidirected``, or ``undecided`` for a pair of which a learner could not tell;
    a directed one may have its ``probability``. Hidden nodes are marked ``hidden``.

    Raises:
        ScmgenError: if it cannot be understood, has an edge without direction, or a cycle.
    """
    drawn = _parsed(path, text)
    names = dict.fromkeys((*drawn.nodes, *(end for edge in drawn.edges for end in edge[:2])))
    if not names:
        raise ScmgenError(f"{path}: a graph of no nodes")
    edges = _graph(path, drawn, {name: name for name in names})
    graph = nx.MultiDiGraph()
    graph.add_nodes_from((name, {"hidden": True} if name in drawn.hidden else {}) for name in names)
    for a, b, kind in edges.edges(data="kind"):
        sure = {"probability": drawn.probability[a, b]} if (a, b) in drawn.probability and kind == "directed" else {}
        graph.add_edge(a, b, key=kind, kind=kind, **sure)
    graph.add_edges_from((a, b, "undecided", {"kind": "undecided"}) for a, b in drawn.undecided)
    return graph


def content(path: Path) -> str:
    """The text of a file.

    Raises:
        ScmgenError: if it cannot be read.
    """
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScmgenError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _parsed(path: Path, text: str) -> DrawnGraph:
    return _json(path, text) if text.lstrip().startswith(("{", "[")) else _text(path, text)


def _graph(path: Path, drawn: DrawnGraph, known: Mapping[str, str]) -> nx.MultiDiGraph:
    """The graph of a drawing, its nodes called as the factors are."""
    graph = nx.MultiDiGraph()
    for name in (*drawn.nodes, *(end for edge in drawn.edges for end in edge[:2])):
        if name not in known and name not in drawn.hidden:
            raise ScmgenError(f"{path}: {name!r} is no factor; {suggestion(name, known)}")
    for a, b, kind in drawn.edges:
        if kind == "bidirected" and a == b:
            raise ScmgenError(f"{path}: {a} <-> {b}: an edge joins two factors")
        graph.add_edge(known.get(a, a), known.get(b, b), key=kind, kind=kind)
    arrows = nx.DiGraph((a, b) for a, b, kind in graph.edges(data="kind") if kind == "directed")
    try:
        cycle = [a for a, _ in nx.find_cycle(arrows)]
    except nx.NetworkXNoCycle:
        return graph
    raise ScmgenError(f"{path}: a cycle: {' -> '.join([*cycle, cycle[0]])}; a causal graph has none")


def _projected(graph: nx.MultiDiGraph, factors: list[str]) -> nx.MultiDiGraph:
    """Remove hidden nodes one by one: their parents become parents of their children, which they confound."""
    arrows = {(a, b) for a, b, kind in graph.edges(data="kind") if kind == "directed"}
    pairs = {frozenset((a, b)) for a, b, kind in graph.edges(data="kind") if kind == "bidirected"}
    for node in sorted(set(graph) - set(factors)):
        children = {b for a, b in arrows if a == node}
        parents = {a for a, b in arrows if b == node}
        shaken = {other for pair in pairs if node in pair for other in pair - {node}}
        arrows = {(a, b) for a, b in arrows if node not in (a, b)} | set(itertools.product(parents, children))
        pairs = {pair for pair in pairs if node not in pair}
        pairs |= {frozenset(pair) for pair in itertools.combinations(sorted(children), 2)}
        pairs |= {frozenset((a, b)) for a in shaken for b in children if a != b}
    projection = nx.MultiDiGraph()
    projection.add_nodes_from(factors)
    order = {name: place for place, name in enumerate(factors)}
    projection.add_edges_from(
        (a, b, {"kind": "directed"}) for a, b in sorted(arrows, key=lambda p: (order[p[0]], order[p[1]]))
    )
    doubles = sorted(sorted(map(order.__getitem__, pair)) for pair in pairs)
    projection.add_edges_from((factors[i], factors[j], {"kind": "bidirected"}) for i, j in doubles)
    return projection


def _json(path: Path, text: str) -> DrawnGraph:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ScmgenError(f"{path}: is not valid JSON: {error}") from None
    data = {"edges": data} if isinstance(data, list) else data
    if isinstance(data.get("names"), list) and "edges" not in data:
        return _learned(path, data)
    for part in ("graph", "factors"):  # of a manifest, and of our graph.json
        if isinstance(data.get(part), dict) and {"factors", "edges"} & {*data[part]}:
            data = data[part]
    links, nodes, more = data.get("edges", data.get("links")), data.get("nodes", []), data.get("bidirected", [])
    if not all(isinstance(part, list) for part in (links, nodes, more)):
        raise ScmgenError(f'{path}: no edges found; write {{"edges": [["cause", "effect"], ...]}}, or node-link JSON')
    if data.get("directed") is False:
        raise ScmgenError(f"{path}: the graph is undirected; edges from cause to effect are needed")
    edges = [_link(path, link, kind) for part, kind in ((links, "directed"), (more, "bidirected")) for link in part]
    named = [node if isinstance(node, dict) else {"id": node} for node in nodes]
    hidden = {str(node.get("id")) for node in named if node.get("hidden")}
    return DrawnGraph(edges, [str(node.get("id")) for node in named], hidden)


def _learned(path: Path, data: Mapping[str, Any]) -> DrawnGraph:
    """Read matrices over ``names``, row causes column: ``adjacency``, and perhaps ``probability`` and ``undecided``."""
    names = data["names"]
    if not names or not all(isinstance(name, str) for name in names) or len({*names}) < len(names):
        raise ScmgenError(f"{path}: names: a list of different names is needed")
    there = _matrix(path, data, "adjacency", len(names))
    sure, open_ = (
        _matrix(path, data, part, len(names)) if part in data else None for part in ("probability", "undecided")
    )
    pairs = list(itertools.product(range(len(names)), repeat=2))
    edges = [(names[i], names[j], "directed") for i, j in pairs if there[i][j]]
    probability = {(names[i], names[j]): float(sure[i][j]) for i, j in pairs if sure and there[i][j]}
    loose = [(i, j) for i, j in pairs if i < j and open_ and (open_[i][j] or open_[j][i])]
    undecided = [(names[i], names[j]) for i, j in loose if not there[i][j] and not there[j][i]]
    return DrawnGraph(edges, names, set(), probability, undecided)


def _matrix(path: Path, data: Mapping[str, Any], part: str, count: int) -> list[list[float]]:
    rows = data.get(part)
    if isinstance(rows, list) and len(rows) == count:
        numbers = [x for row in rows if isinstance(row, list) and len(row) == count for x in row]
        if len(numbers) == count**2 and all(isinstance(x, (int, float)) and 0 <= x <= 1 for x in numbers):
            return rows
    raise ScmgenError(f"{path}: {part}: {count} rows of {count} numbers from 0 to 1 are needed, one for each name")


def _link(path: Path, link: Any, kind: str) -> Edge:
    """An edge of a JSON file: ``[a, b]``, or an object with source, target and perhaps kind."""
    ends = [link.get("source"), link.get("target")] if isinstance(link, dict) else link
    kind = link.get("kind", kind) if isinstance(link, dict) else kind
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, str) for end in ends):
        raise ScmgenError(f'{path}: {json.dumps(link)} is no edge; write ["cause", "effect"]')
    if kind not in ("directed", "bidirected"):
        raise ScmgenError(f"{path}: an edge is of kind {kind!r}; {suggestion(str(kind), ['directed', 'bidirected'])}")
    return ends[0], ends[1], kind


def _text(path: Path, text: str) -> DrawnGraph:
    """Read DOT and dagitty: statements of nodes and arrows, with options in brackets."""
    plain = _COMMENT.sub("", text)
    opening = re.match(r"\s*(?:strict\s+)?(\w+)[^{]*\{", plain)
    if not opening or opening[1].lower() not in ("digraph", "dag"):
        kinds = "a graph is JSON, 'digraph { a -> b }' (DOT) or 'dag { a -> b }' (dagitty)"
        raise ScmgenError(f"{path}: {'undirected' if opening and opening[1] == 'graph' else 'not understood'}: {kinds}")
    drawn, statement = DrawnGraph(), list[str]()  # nodes and arrows in turn
    for token in _tokens(path, plain[opening.end() :]):
        if token.lastgroup == "options":
            _apply(drawn, statement, token["options"])
        elif token.lastgroup == "mark":
            if token["mark"] == "{" or (statement[-1:] and statement[-1] in _ARROWS):
                raise ScmgenError(
                    f"{path}: found {token['mark']!r} after {' '.join(statement)!r}; write an edge a line"
                )
            if token["mark"] == "=":  # of an option of the whole graph
                drawn.nodes.pop()
            statement = [] if token["mark"] != "=" else ["="]
        else:
            _extend(path, drawn, statement, token)
    drawn.nodes = [node for node in drawn.nodes if node not in ("graph", "node", "edge")]  # words of DOT for defaults
    return drawn


def _tokens(path: Path, body: str) -> list[re.Match[str]]:
    tokens, at = [], 0
    while body[at:].strip():
        at += len(body[at:]) - len(body[at:].lstrip())
        token = _TOKEN.match(body, at)
        if not token:
            raise ScmgenError(f"{path}: not understood: {body[at:].splitlines()[0][:40]!r}")
        tokens.append(token)
        at = token.end()
    return tokens


def _extend(path: Path, drawn: DrawnGraph, statement: list[str], token: re.Match[str]) -> None:
    """Go on with a statement by an arrow or a node."""
    text = token[token.lastgroup or 0]
    pending = bool(statement) and statement[-1] in _ARROWS
    if token.lastgroup == "arrow":
        if text == "--" or not statement or pending:
            raise ScmgenError(f"{path}: found {text!r} after {' '.join(statement)!r}; write a -> b or a <-> b")
        statement.append(text)
    elif pending:
        ends = [text, statement[-2]] if statement[-1] == "<-" else [statement[-2], text]
        drawn.edges.append((*ends, "bidirected" if statement[-1] == "<->" else "directed"))  # type: ignore[arg-type]
        statement.append(text)
    elif statement == ["="]:
        statement.clear()
    else:
        statement[:] = [text]  # dagitty ends a statement with a line
        drawn.nodes.append(text)


def _apply(drawn: DrawnGraph, statement: list[str], options: str) -> None:
    """What brackets say of the node or the edges before them."""
    if len(statement) == 1 and _HIDDEN.search(options):
        drawn.hidden.add(statement[0])
    elif len(statement) > 2 and re.search(r"dir\s*=\s*\"?(both|none)", options):
        count = len(statement) // 2
        drawn.edges[-count:] = [(a, b, "bidirected") for a, b, _ in drawn.edges[-count:]]
