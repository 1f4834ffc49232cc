"""What stands beside the shards of a data set: graph, pictures, card, Croissant, and last the manifest."""

from __future__ import annotations

import functools
from typing import Any

import orjson

from scmgen.checks import audit
from scmgen.dataset.sampling import compiled
from scmgen.errors import ScmgenError
from scmgen.publish import card, croissant
from scmgen.publish import sheet as show
from scmgen.publish.graph.picture import svg
from scmgen.storage import layout
from scmgen.storage.loading import reader
from scmgen.storage.place import Folder

_QUICK = 2_000  # samples of the audit of a small data set
_indented = functools.partial(orjson.dumps, option=orjson.OPT_INDENT_2)


def compose(data: dict[str, Any], place: Folder) -> dict[str, bytes]:
    """The files beside the shards, in the order of writing: the manifest makes it a data set.

    Args:
        data: the manifest.
        place: where the shards are, for the pictures of an imported set.

    Raises:
        ScmgenError: if a shard of an imported set cannot be read.
    """
    indices = {layout.index(split): _indented(wids(data, split)) for split in data["splits"]}
    sheet, audited = _generated(data) if data["spec"] else (show.gallery(reader.Data(place, data)), "")
    parts = {
        **_graph(data),
        layout.SHEET: show.encode(sheet),
        layout.CARD: card.readme(data, audited).encode(),
        layout.CROISSANT: _indented(croissant.describe(data)),
        layout.MANIFEST: _indented(data),
    }
    return indices | parts


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


def _graph(data: dict[str, Any]) -> dict[str, bytes]:
    if data["graph"] is None:
        return {}
    graph = reader.graph_of(data)
    picture = svg(graph, title=f"Causal graph of {data['name']}")
    return dict(zip(layout.GRAPH, (_indented(data["graph"]), picture.encode()), strict=True))


def _generated(data: dict[str, Any]) -> tuple[Any, audit.Audit | str]:
    """The contact sheet of a generated set, and the audit of its spec: the whole one only if a build takes a while."""
    dataset = compiled(orjson.dumps(data["spec"]))
    large = dataset.spec.n >= card.AUDITED
    try:
        audited: audit.Audit | str = audit.audit(dataset, audit.N if large else _QUICK, drawing=large)
    except ScmgenError as error:
        audited = f"The audit could not run: {error}"
    return show.sheet(dataset), audited
