"""A causal graph that somebody drew or learned, from a file, whose notation is told from its text.

Node-link or plain JSON, DOT and dagitty are read here; GML, GraphML and CSV in :mod:`.graph_foreign`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from scmgen.errors import ScmgenError, suggestion
from scmgen.files import read_file
from scmgen.scm.graph_files import graph_foreign
from scmgen.scm.graph_files.drawn_graph import KINDS, MOST_EDGES, MOST_NODES, DrawnGraph, Edge, check

_ARROWS = ("->", "<-", "<->")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|(?P<arrow><->|->|<-|--)|\[(?P<options>[^\]]*)\]|(?P<mark>[{};,=])'
    r'|(?P<word>(?:[^\s"\[\]{};,=<>-]|-(?![->]))+)'
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|^[^\S\n]*#[^\n]*", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"\s*+(?:strict\s++)?(\w++)[^{]*+\{")
_BLANK = re.compile(r"\s*+")
_TOLD = "JSON, DOT ('digraph { a -> b }'), dagitty ('dag { a -> b }'), GML, GraphML, or CSV"
MOST_BYTES = 16_000_000
"""Bytes that a graph in JSON may have, which may be the manifest of a large data set."""
_MOST_TEXT = 4_000_000  # characters of any other notation
_MOST_HIDDEN = 100
_HIDDEN = re.compile(r"\b(latent|unobserved)\b|style\s*=\s*\"?dashed")


def read(path: Path, names: Mapping[str, str]) -> nx.MultiDiGraph:
    """The graph of a file over known factors; a node that is marked as hidden is projected out (Verma 1993).

    Args:
        path: our ``graph.json`` or ``manifest.json``, node-link JSON, ``{"edges": [["a", "b"], ...]}``, DOT, dagitty,
            GML, GraphML, or CSV with a line an edge or with an adjacency matrix.
        names: the factor that each column of the table became; the file may use either.

    Raises:
        ScmgenError: if it cannot be read, names what is no factor, has an edge without direction, or a cycle.
    """
    drawn = _parsed(path, content(path))
    if drawn.undecided:
        a, b = drawn.undecided[0]
        raise ScmgenError(f"{path}: {a} and {b} are undecided; add the edge, or leave the pair out")
    graph = _graph(path, drawn, {**{name: name for name in names.values()}, **names})
    return _projected(path, graph, list(names.values()))


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
        ScmgenError: if it cannot be read, is no regular file, or larger than a graph can be.
    """
    try:
        return decoded(read_file(path, MOST_BYTES), path)
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None


def decoded(data: bytes, path: Path) -> str:
    """The text of what was read; ``path`` is named in errors.

    Raises:
        ScmgenError: if it is more than a graph can be, or no UTF-8.
    """
    if len(data) > MOST_BYTES:
        raise ScmgenError(f"{path}: has more than {MOST_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScmgenError(f"{path}: cannot be read: {error}") from None


def _parsed(path: Path, text: str) -> DrawnGraph:
    """Read a text in the notation that it is in."""
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return check(_json(path, text), path)
    if len(text) > _MOST_TEXT:
        raise ScmgenError(f"{path}: has {len(text):,} characters; at most {_MOST_TEXT:,} are read, or more as JSON")
    if start.startswith("<"):
        return check(graph_foreign.graphml(path, text), path)
    if graph_foreign.is_gml(start):
        return check(graph_foreign.gml(path, text), path)
    if not _OPENING.match(_COMMENT.sub("", text)) and graph_foreign.is_csv(start):
        return check(graph_foreign.table(path, text), path)
    return check(_text(path, text), path)


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


def _projected(path: Path, graph: nx.MultiDiGraph, factors: list[str]) -> nx.MultiDiGraph:
    """Remove hidden nodes one by one: their parents become parents of their children, which they confound."""
    arrows = {(a, b) for a, b, kind in graph.edges(data="kind") if kind == "directed"}
    pairs = {frozenset((a, b)) for a, b, kind in graph.edges(data="kind") if kind == "bidirected"}
    hidden = sorted(set(graph) - set(factors))
    if len(hidden) > _MOST_HIDDEN:
        raise ScmgenError(f"{path}: has {len(hidden):,} hidden nodes; at most {_MOST_HIDDEN} are projected out")
    for node in hidden:
        children = {b for a, b in arrows if a == node}
        parents = {a for a, b in arrows if b == node}
        shaken = {other for pair in pairs if node in pair for other in pair - {node}}
        arrows = {(a, b) for a, b in arrows if node not in (a, b)} | set(itertools.product(parents, children))
        pairs = {pair for pair in pairs if node not in pair}
        pairs |= {frozenset(pair) for pair in itertools.combinations(sorted(children), 2)}
        pairs |= {frozenset((a, b)) for a in shaken for b in children if a != b}
        if len(arrows) + len(pairs) > MOST_EDGES:
            raise ScmgenError(f"{path}: without its hidden nodes it has more than {MOST_EDGES:,} edges")
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
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is no JSONDecodeError
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
    if len(names) > MOST_NODES:
        raise ScmgenError(f"{path}: has {len(names):,} nodes; at most {MOST_NODES:,} are read")
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
    if kind not in KINDS:
        raise ScmgenError(f"{path}: an edge is of kind {kind!r}; {suggestion(str(kind), KINDS)}")
    return ends[0], ends[1], kind


def _text(path: Path, text: str) -> DrawnGraph:
    """Read DOT and dagitty: statements of nodes and arrows, with options in brackets."""
    plain = _COMMENT.sub("", text)
    opening = _OPENING.match(plain)
    if not opening or opening[1].lower() not in ("digraph", "dag"):
        problem = "undirected" if opening and opening[1] == "graph" else "not understood"
        raise ScmgenError(f"{path}: {problem}: a graph is {_TOLD}")
    drawn, statement = DrawnGraph(), list[str]()  # nodes and arrows in turn
    for token in _tokens(path, plain[opening.end() :]):
        if token.lastgroup == "options":
            _apply(drawn, statement, token["options"])
        elif token.lastgroup == "mark":
            alone = token["mark"] == "=" and (statement == ["="] or not statement)  # what it sets must stand before it
            if token["mark"] == "{" or alone or (statement[-1:] and statement[-1] in _ARROWS):
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


def _tokens(path: Path, body: str) -> Iterator[re.Match[str]]:
    at = _end(body, 0)
    while at < len(body):
        token = _TOKEN.match(body, at)
        if not token:
            raise ScmgenError(f"{path}: not understood: {body[at : at + 400].splitlines()[0][:40]!r}")
        yield token
        at = _end(body, token.end())


def _end(body: str, at: int) -> int:
    """Where the blanks end that begin at a place."""
    blank = _BLANK.match(body, at)
    return blank.end() if blank else at


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
