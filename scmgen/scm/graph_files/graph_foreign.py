"""Causal graphs in the notations of other tools: GML, GraphML, and CSV with edges or an adjacency matrix.

GML and GraphML are parsed by networkx, after a look at what could make that dear: entities, and depth.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import networkx as nx

from scmgen.errors import ScmgenError, shortened, suggestion
from scmgen.scm.graph_files.drawn_graph import KINDS, MOST_NODES, DrawnGraph

_DEEPEST = 16  # brackets within brackets of GML
_GML = re.compile(r"(?:#[^\n]*+\n\s*+|(?:Creator|Version|comment)\s[^\n]*+\n\s*+)*+graph\s*+\[", re.IGNORECASE)
_PARTS = re.compile(r"#[^\n]*+|\"[^\"]*+\"|(\[)|(\])")
_DECLARED = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NAMES = ("label", "name")  # the attributes in which other tools keep what a node is called
_HEADERS = ("source", "from", "cause", "parent"), ("target", "to", "effect", "child")
_ARROWS = {"": "directed", "->": "directed", "-->": "directed", "<->": "bidirected"}
_CODES = {0: (), 1: ("directed",), 2: ("bidirected",), 3: KINDS}  # of the matrix that notation.write gives


def is_gml(text: str) -> bool:
    """Whether a text begins as GML does."""
    return bool(_GML.match(text))


def is_csv(text: str) -> bool:
    """Whether the first line of a text is divided into cells."""
    first = text.partition("\n")[0]
    return any(mark in first for mark in ",;\t")


def gml(path: Path, text: str) -> DrawnGraph:
    """Read GML, as networkx, igraph and yEd write it.

    Raises:
        ScmgenError: if it is none, too deep, or undirected.
    """
    depth = deepest = 0
    for part in _PARTS.finditer(text):
        depth += bool(part[1]) - bool(part[2])
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise ScmgenError(f"{path}: brackets within brackets, {deepest:,} deep; at most {_DEEPEST} are read")
    return _drawn(path, _networkx(path, "GML", lambda: nx.parse_gml(text, label=None)))


def graphml(path: Path, text: str) -> DrawnGraph:
    """Read GraphML, as networkx, igraph and yEd write it.

    Raises:
        ScmgenError: if it is none, declares entities, or is undirected.
    """
    if _DECLARED.search(text):
        raise ScmgenError(f"{path}: has a DOCTYPE or ENTITY, which no GraphML needs; remove it")
    return _drawn(path, _networkx(path, "GraphML", lambda: nx.parse_graphml(text)))


def table(path: Path, text: str) -> DrawnGraph:
    """Read CSV: a line an edge, or a named adjacency matrix in which the row causes the column.

    The matrix holds 1 for ``->``, 2 for ``<->``, 3 for both; without names of rows they are those of the columns.
    A line of edges is ``cause,effect``, perhaps with a kind (``->``, ``<->``, directed, bidirected).

    Raises:
        ScmgenError: if it is neither.
    """
    rows = _rows(path, text)
    header, body = rows[0][1], rows[1:]
    titled = len(header) > 1 and all(word.lower() in known for word, known in zip(header, _HEADERS, strict=False))
    if not titled and _is_matrix(header, [row for _, row in body]):
        return _matrix(path, header, body)
    drawn = DrawnGraph()
    for line, row in body if titled else rows:
        if not 2 <= len(row) <= 3 or not all(row[:2]):
            form = "write cause,effect in each, or a matrix with a line of names"
            raise ScmgenError(f"{path}, line {line}: {len(row)} cells are no edge; {form}")
        drawn.edges.append((row[0], row[1], _kind(path, line, row[2] if len(row) == 3 else "")))
    return drawn


def _networkx(path: Path, notation: str, parse: Callable[[], nx.Graph]) -> nx.Graph:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse()
    except Exception as error:  # networkx has none of its own for much that can be wrong
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ScmgenError(f"{path}: is not valid {notation}: {shortened(problem, 200)}") from None


def _drawn(path: Path, graph: nx.Graph) -> DrawnGraph:
    """What networkx has read: names are those that every node has in one attribute, or else its ids."""
    if len(graph) > MOST_NODES:
        raise ScmgenError(f"{path}: has {len(graph):,} nodes; at most {MOST_NODES:,} are read")
    if not graph.is_directed():
        raise ScmgenError(f"{path}: the graph is undirected; edges from cause to effect are needed")
    names = _called(graph)
    drawn = DrawnGraph(nodes=list(names.values()))
    drawn.hidden = {names[node] for node, hidden in graph.nodes(data="hidden") if hidden}
    for a, b, data in graph.edges(data=True):
        kind = data.get("kind", "directed")
        if kind == "undecided":
            drawn.undecided.append((names[a], names[b]))
            continue
        if kind not in KINDS:
            raise ScmgenError(f"{path}: an edge is of kind {kind!r}; {suggestion(str(kind), KINDS)}")
        drawn.edges.append((names[a], names[b], kind))
        if isinstance(data.get("probability"), float):
            drawn.probability[names[a], names[b]] = data["probability"]
    return drawn


def _called(graph: nx.Graph) -> dict[Any, str]:
    for attribute in _NAMES:
        given = {node: data.get(attribute) for node, data in graph.nodes(data=True)}
        if all(isinstance(name, str) for name in given.values()) and len({*given.values()}) == len(given):
            return given
    return {node: str(node) for node in graph}


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, and their lines."""
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise ScmgenError(f"{path}, line {reader.line_num}: is not a row of a table: {error}") from None


def _is_matrix(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether rows are named as the columns are, or there are as many rows of numbers as columns."""
    named = len(body) == len(header) - 1 and {*header[1:]} == {row[0] for row in body}
    cells = [cell for row in body for cell in row[named:]]
    if named and not header[0]:
        return True
    numbers = bool(cells) and all(_number(cell) is not None for cell in cells)
    return numbers and (named or (len(body) == len(header) and all(len(row) == len(header) for row in body)))


def _matrix(path: Path, header: Sequence[str], body: Sequence[tuple[int, list[str]]]) -> DrawnGraph:
    named = len(body) == len(header) - 1
    names = list(header[1:] if named else header)
    if len({*names}) < len(names) or not all(names):
        raise ScmgenError(f"{path}: names of columns are missing or stand there twice")
    drawn, pairs = DrawnGraph(nodes=names), set()
    for place, (line, row) in enumerate(body):
        a, cells = (row[0], row[1:]) if named else (names[place], row)
        if len(cells) != len(names):
            raise ScmgenError(f"{path}, line {line}: {len(cells)} numbers for {len(names)} names")
        for b, cell in zip(names, cells, strict=True):
            code = _number(cell)
            if code not in _CODES:
                told = "write 1 where the row causes the column (2 for <->, 3 for both), or 0"
                raise ScmgenError(f"{path}, line {line}, column {b!r}: found {cell!r}; {told}")
            for kind in _CODES[int(code)]:
                if kind == "directed":
                    drawn.edges.append((a, b, kind))
                elif a == b or frozenset((a, b)) not in pairs:
                    pairs.add(frozenset((a, b)))
                    drawn.edges.append((a, b, kind))
    return drawn


def _kind(path: Path, line: int, word: str) -> str:
    kind = _ARROWS.get(word, word.lower())
    if kind not in KINDS:
        raise ScmgenError(
            f"{path}, line {line}: an edge is of kind {word!r}; {suggestion(word, [*KINDS, '->', '<->'])}"
        )
    return kind


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
