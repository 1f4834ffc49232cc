"""The graph that a model has learned, as text, DOT or JSON; ``scmgen graph`` draws the last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cdm.cli import paths
from cdm.errors import CdmError, suggestion


@click.command()
@click.argument("run", type=paths.ANY)
@click.option("-f", "--format", "form", metavar="text|dot|json", help="Notation.  [default: by --out, or text]")
@click.option("-o", "--out", type=paths.FILE, help="File to write.  [default: none; it is printed]")
def graph(run: Path, form: str | None, out: Path | None) -> None:
    """Print the graph of a model, and how sure it is.

    A number is the probability of an edge, a <-> b a hidden cause of both. It is drawn by: cdm graph RUN -f json |
    scmgen graph - -o learned.svg
    """
    from cdm.data import files

    writers = {"text": _text, "dot": _dot, "json": _json}
    text = writers[_form(form, out, list(writers))](*_graph(run))
    if out is None:
        click.echo(text)
        return
    with files.replacing(out) as there:
        there.write_text(f"{text}\n", encoding="utf-8")


COMMANDS = (graph,)
_LIKELY = 0.5  # the probability from which on a hidden cause is written down as an edge
_SUFFIXES = {"": "text", "txt": "text", "gv": "dot"}  # that are not the names of their formats


def _form(form: str | None, out: Path | None, known: list[str]) -> str:
    """The format that is asked for, or that the suffix of the file says; where both do they must agree."""
    if form is not None and form not in known:
        raise CdmError(f"--format {form}: {suggestion(form, known)}")
    suffix = out.suffix[1:].lower() if out else ""
    meant = _SUFFIXES.get(suffix, suffix)
    if out is None or (form is not None and meant not in known):
        return form or "text"
    if meant not in known:
        raise CdmError(f"{out}: its suffix says {suffix!r}; {suggestion(suffix, known)} (or say it with --format)")
    if form is not None and suffix and form != meant:
        raise CdmError(f"{out}: its suffix says {meant}, and --format {form}")
    return form or meant


def _graph(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Names and what is known of the graph; of one that was given only its edges."""
    from cdm.runs import models

    header, model = models.answering(run, "graph")
    names, frames = list(model.code.names), model.code.frames
    if "graph" in header:
        told = {name: _present(matrix, frames) for name, matrix in header["graph"].items()}
        return names, told | _verdicts(names, header)
    return names, {"adjacency": [] if model.graph is None else _present(model.graph.int().tolist(), frames)}


def _present(matrix: list[list[float]], frames: int) -> list[list[float]]:
    """A matrix ``(d, d)`` with zeros among the factors of the frame before, of which this frame says the same."""
    past = len(matrix) - len(matrix) // frames
    return [[*([0] * past), *row[past:]] if i < past else row for i, row in enumerate(matrix)]


def _verdicts(names: list[str], header: dict[str, Any]) -> dict[str, Any]:
    """What of the graph differs from the manifest's or is undecided, and what could have told."""
    import torch

    from cdm.evaluation.verdicts import verdicts

    truth, learned = header.get("data", {}).get("graph"), header["graph"]
    adjacency, undecided = (torch.tensor(learned[name]) for name in ("adjacency", "undecided"))
    return {"verdicts": list(verdicts(names, adjacency, undecided, truth))} if truth else {}


def _edges(names: list[str], known: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Cause, effect and probability of each edge; no probability if the graph was given."""
    sure = known.get("probability")
    for i, row in enumerate(known["adjacency"]):
        for j, there in enumerate(row):
            if there:
                yield names[i], names[j], f"{sure[i][j]:.2f}" if sure else ""


def _hidden(names: list[str], known: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Pairs that rather share a hidden cause than not, and its probability; none of a model that says nothing of it."""
    sure = known.get("bidirected", [])
    for i, row in enumerate(sure):
        for j, there in enumerate(row[:i]):
            if there > _LIKELY:
                yield names[j], names[i], f"{there:.2f}"


def _text(names: list[str], known: dict[str, Any]) -> str:
    lines = [f"{a} -> {b}" + (f"  ({sure})" if sure else "") for a, b, sure in _edges(names, known)]
    shared = [f"{a} <-> {b}  ({sure})" for a, b, sure in _hidden(names, known)]
    loose, d = known.get("undecided"), range(len(names))
    pairs = [f"{names[i]} ? {names[j]}" for i in d for j in d if i < j and loose and loose[i][j]]
    given = [] if "probability" in known else ["given, not learned"]
    open_ = ["undecided: " + ", ".join(pairs)] if pairs else []
    return "\n".join([*(lines or ["no edges"]), *shared, *open_, *known.get("verdicts", ()), *given])


def _dot(names: list[str], known: dict[str, Any]) -> str:
    nodes = [f"  {json.dumps(name)};" for name in names]
    labels = {sure: f' [label="{sure}"]' if sure else "" for *_, sure in _edges(names, known)}
    lines = [f"  {json.dumps(a)} -> {json.dumps(b)}{labels[sure]};" for a, b, sure in _edges(names, known)]
    look = "dir=both, style=dashed"
    shared = [f'  {json.dumps(a)} -> {json.dumps(b)} [{look}, label="{sure}"];' for a, b, sure in _hidden(names, known)]
    return "\n".join(["digraph learned {", *nodes, *lines, *shared, "}"])


def _json(names: list[str], known: dict[str, Any]) -> str:
    return json.dumps({"names": names, **known})
