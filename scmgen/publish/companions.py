"""What stands beside the shards of a data set: graph, pictures, card, Croissant, and last the manifest."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from scmgen.checks import audit
from scmgen.dataset.identity import Origin
from scmgen.dataset.sampling import compiled
from scmgen.errors import ScmgenError
from scmgen.publish import card, croissant
from scmgen.publish import sheet as show
from scmgen.publish.graph.picture import svg
from scmgen.storage import layout
from scmgen.storage.loading import reader
from scmgen.storage.manifest import Manifest
from scmgen.storage.place import Folder

_QUICK = 2_000  # samples of the audit of a small data set
_indented = functools.partial(orjson.dumps, option=orjson.OPT_INDENT_2)


def compose(manifest: Manifest, place: Folder) -> dict[str, bytes]:
    """The files beside the shards, in the order of writing: the manifest makes it a data set.

    Args:
        manifest: of the data set.
        place: where the shards are, for the pictures of an imported set.

    Raises:
        ScmgenError: if a shard of an imported set cannot be read.
    """
    indices = {layout.index(split): _indented(wids(manifest, split)) for split in manifest.splits}
    sheet, audited = _SHEETS[manifest.origin](reader.Data(place, manifest))
    parts = {
        **_graph(manifest),
        layout.SHEET: show.encode(sheet),
        layout.CARD: card.readme(manifest, audited).encode(),
        layout.CROISSANT: _indented(croissant.describe(manifest)),
        layout.MANIFEST: _indented(manifest.data()),
    }
    return indices | parts


def wids(manifest: Manifest, split: str) -> dict[str, Any]:
    """The shards of a split as the library ``wids`` takes them for random access."""
    listed = [
        {"url": shard.name, "nsamples": shard.samples, "filesize": shard.bytes, "sha256": shard.sha256}
        for shard in manifest.of_split(split)
    ]
    return {
        "__kind__": "wids-shard-index-v1",
        "wids_version": 1,
        "name": f"{manifest.name}-{split}",
        "shardlist": listed,
    }


def _graph(manifest: Manifest) -> dict[str, bytes]:
    if manifest.graph is None:
        return {}
    picture = svg(reader.graph_of(manifest), title=f"Causal graph of {manifest.name}")
    return dict(zip(layout.GRAPH, (_indented(manifest["graph"]), picture.encode()), strict=True))


def _imported(data: reader.Data) -> tuple[Any, audit.Audit | str]:
    """The first images of an imported set, of which nothing can be audited."""
    return show.gallery(data), ""


def _generated(data: reader.Data) -> tuple[Any, audit.Audit | str]:
    """The contact sheet of a generated set, and the audit of its spec: the whole one only if a build takes a while."""
    dataset = compiled(orjson.dumps(data.manifest["spec"]))
    large = dataset.spec.n >= card.AUDITED
    try:
        audited: audit.Audit | str = audit.audit(dataset, audit.N if large else _QUICK, drawing=large)
    except ScmgenError as error:
        audited = f"The audit could not run: {error}"
    return show.sheet(dataset), audited


_SHEETS: Mapping[Origin, Callable[[reader.Data], tuple[Any, audit.Audit | str]]] = {
    "generated": _generated,
    "imported": _imported,
}
