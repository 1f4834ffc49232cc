"""The command ``graph``: a causal graph printed or drawn, of a scene or from a file."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError, suggestion
from scmgen.terminal import counted

if TYPE_CHECKING:
    import networkx as nx

FILES = (".json", ".dot", ".gv", ".dag", ".txt", ".gml", ".graphml", ".csv")
"""Suffixes of what is read as a file that holds a graph; ``-`` is the standard input."""
FORMS = ("text", "dot", "dagitty", "json", "csv", "graphml", "svg")
_SUFFIXES = {"": "text", "txt": "text", "gv": "dot", "dag": "dagitty"}  # that are not the names of their formats


def _nodes(context: click.Context, option: click.Parameter, begun: str) -> list[str]:
    """What completes a node in a shell: a factor of the scene or data set that stands before."""
    with suppress(ScmgenError, LookupError):
        name = context.params["scene"] or context.args[0]  # the latter if an option has no value yet
        whole = _written(name, False, ()) if options.built(name) else _scene(name, False, None, None)
        return [str(node) for node in whole if str(node).startswith(begun)]
    return []


@click.command()
@click.argument("scene", metavar="SCENE|DIR|FILE", shell_complete=options.scenes)
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMS), help="Notation, or a picture.  [default: by --out, or text]"
)
@click.option(
    "-o", "--out", type=options.FILE, help="File to write, such as graph.svg.  [default: none; it is printed]"
)
@click.option("--full", is_flag=True, help="All variables, helpers and hidden ones too.")
@click.option(
    "--do",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Cut what a hard do on NAME cuts (repeatable).",
    shell_complete=_nodes,
)
@options.sample_scm
@options.scm_seed
@options.plugins
def graph(
    scene: str,
    form: str | None,
    out: Path | None,
    full: bool,
    targets: tuple[str, ...],
    sample_scm: str | None,
    scm_seed: int | None,
    plugin_files: tuple[Path, ...],
) -> None:
    """Print or draw the causal graph of a scene, or of a file.

    It is that of the factors of SCENE, of the data set in DIR, or what a FILE holds (JSON, DOT, dagitty, GML, GraphML
    or CSV; - is the standard input), so that what a model has learned is drawn by: cdm graph RUN -f json | scmgen graph
    - -o learned.svg
    """
    from scmgen.scene import plugins
    from scmgen.storage.places import place

    spelling = _form(form, out)
    plugins.load(plugin_files)
    if options.built(scene):
        options.refuse(scene, {"sample_scm": sample_scm, "scm_seed": scm_seed})
        whole = _written(scene, full, plugin_files)
    elif scene == "-" or Path(scene).suffix.lower() in FILES:
        if full or sample_scm or scm_seed is not None:
            raise ScmgenError(f"{scene}: a file holds one graph; --full, --sample-scm and --scm-seed go with a scene")
        whole = _file(scene)
    else:
        whole = _scene(scene, full, sample_scm, scm_seed)
    text = _spelt(whole, spelling, targets, f"Causal graph of {'a file' if scene == '-' else Path(scene).stem}")
    if out is None:
        click.echo(text)
        return
    try:
        place.write(out, f"{text}\n".encode())
    except OSError as error:
        raise ScmgenError(f"{out}: cannot be written: {error.strerror}") from None
    click.echo(f"{out}: {counted(len(whole), 'variable')}, {counted(whole.number_of_edges(), 'edge')}")


def _form(form: str | None, out: Path | None) -> str:
    """The format that is asked for, or that the suffix of the file says."""
    if out is None:
        return form or "text"
    suffix = out.suffix[1:].lower()
    meant = _SUFFIXES.get(suffix, suffix)
    if form is not None and suffix and meant in FORMS and meant != form:
        raise ScmgenError(f"{out}: its suffix says {meant}, and --format {form}")
    if form is not None:
        return form
    if meant not in FORMS:
        raise ScmgenError(f"{out}: its suffix says {suffix!r}; {suggestion(suffix, FORMS)} (or say it with --format)")
    return meant


def _file(path: str) -> nx.MultiDiGraph:
    from scmgen.scm.graph_files import graph_file

    if path == "-":
        return graph_file.parse(_standard_input(), Path("standard input"))
    return graph_file.parse(graph_file.content(Path(path)), Path(path))


def _standard_input() -> str:
    """The text that is piped in; no pipe is read without end."""
    from scmgen.scm.graph_files import graph_file

    try:
        data = sys.stdin.buffer.read(graph_file.MOST_BYTES + 1)
    except OSError as error:
        raise ScmgenError(f"standard input: cannot be read: {error.strerror or error}") from None
    return graph_file.decoded(data, Path("standard input"))


def _scene(name: str, full: bool, sample_scm: str | None, scm_seed: int | None) -> nx.MultiDiGraph:
    from scmgen.dataset import catalogue

    scene = catalogue.find(name, sample_scm, scm_seed).scene
    return scene.full_graph if full else scene.factor_graph


def _written(directory: str, full: bool, plugin_files: tuple[Path, ...]) -> nx.MultiDiGraph:
    """The graph of a data set: what its manifest tells, or with ``full`` what its equations say."""
    from scmgen.storage.loading.reader import load

    if full:
        return options.written(directory, plugin_files).scene.full_graph
    known = load(directory).graph
    if known is None:
        raise ScmgenError(f"{directory}: the causal graph of this data set is not known")
    return known


def _spelt(graph: nx.MultiDiGraph, form: Any, targets: tuple[str, ...], title: str) -> str:
    from scmgen.scm.graph import mutilated
    from scmgen.scm.notation import write

    cut = mutilated(graph, targets)
    if form != "svg":
        return write(cut, form)
    from scmgen.scm.graph_picture.picture import svg

    return svg(graph, targets=targets, title=title)
