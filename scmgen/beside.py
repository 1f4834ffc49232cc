"""What stands beside the shards of a data set: graph, pictures, card, Croissant, and last the manifest."""

from __future__ import annotations

import functools
import re
from collections.abc import Set
from typing import Any

import orjson

from scmgen import audit, card, croissant, graph_picture, manifest, show
from scmgen.errors import ScmgenError
from scmgen.files import Folder
from scmgen.loading import reader
from scmgen.shards import load

_GRAPH = ("graph.json", "graph.svg")
_FILES = (*_GRAPH, "sheet.png", "README.md", "croissant.json", manifest.FILE)  # in the order of writing
_QUICK = 2_000  # samples of the audit of a small data set
_INDEX = re.compile(r"wids-[a-z0-9_]+\.json")
_indented = functools.partial(orjson.dumps, option=orjson.OPT_INDENT_2)


def compose(data: dict[str, Any], place: Folder) -> dict[str, bytes]:
    """The files beside the shards, in the order of writing: the manifest makes it a data set.

    Args:
        data: the manifest.
        place: where the shards are, for the pictures of an imported set.

    Raises:
        ScmgenError: if a shard of an imported set cannot be read.
    """
    indices = {_index(split): _indented(wids(data, split)) for split in data["splits"]}
    sheet, told = _generated(data) if data["spec"] else (show.gallery(reader.Data(place, data)), "")
    parts = {
        **_graph(data),
        "sheet.png": show.encode(sheet),
        "README.md": card.readme(data, told).encode(),
        "croissant.json": _indented(croissant.describe(data)),
        manifest.FILE: _indented(data),
    }
    return indices | parts


def names(data: dict[str, Any]) -> tuple[str, ...]:
    """What :func:`compose` writes."""
    graph = data["graph"] is not None
    return (*map(_index, data["splits"]), *(name for name in _FILES if graph or name not in _GRAPH))


def _graph(data: dict[str, Any]) -> dict[str, bytes]:
    if data["graph"] is None:
        return {}
    graph = reader.graph_of(data)
    picture = graph_picture.svg(graph, title=f"Causal graph of {data['name']}")
    return dict(zip(_GRAPH, (_indented(data["graph"]), picture.encode()), strict=True))


def _generated(data: dict[str, Any]) -> tuple[Any, audit.Audit | str]:
    """The contact sheet of a generated set, and the audit of its spec: the whole one only if a build takes a while."""
    dataset = load(orjson.dumps(data["spec"]))
    large = dataset.spec.n >= card.AUDITED
    try:
        told: audit.Audit | str = audit.audit(dataset, audit.N if large else _QUICK, drawing=large)
    except ScmgenError as error:
        told = f"The audit could not run: {error}"
    return show.sheet(dataset), told


def wids(data: dict[str, Any], split: str) -> dict[str, Any]:
    """The shards of a split as the library ``wids`` takes them for random access."""
    shards = [shard for shard in data["shards"] if shard["split"] == split]
    listed = [
        {"url": s["name"], "nsamples": s["samples"], "filesize": s["bytes"], "sha256": s["sha256"]} for s in shards
    ]
    return {
        "__kind__": "wids-shard-index-v1",
        "wids_version": 1,
        "name": f"{data['name']}-{split}",
        "shardlist": listed,
    }


def found(there: Set[str]) -> list[str]:
    """Which of some files stand beside shards, in the order of removing: first what makes it a data set."""
    written = sorted(name for name in there if _INDEX.fullmatch(name))
    return [*(name for name in reversed(_FILES) if name in there), *written]


def _index(split: str) -> str:
    return f"wids-{split}.json"
