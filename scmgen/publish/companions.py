"""What stands beside the shards of a data set: graph, pictures, card, Croissant, and last the manifest."""

from __future__ import annotations

import functools
from typing import Any

import orjson
from PIL import Image

from scmgen.checks import audit
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.errors import ScmgenError
from scmgen.pictures import brought, embedding
from scmgen.pictures.sheet import encode
from scmgen.publish import card, croissant
from scmgen.publish import sheet as show
from scmgen.scm.graph_picture.picture import svg
from scmgen.storage import layout
from scmgen.storage.loading import reader
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import Folder
from scmgen.storage.shown.told import graph_of

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
    sheet, audited = pictured(reader.Data(place, manifest))
    parts = {
        **_pictures(manifest),
        **_graph(manifest),
        layout.SHEET: encode(sheet),
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


def picture(manifest: Manifest) -> bytes:
    """The picture of the graph over the factors, of a manifest that has one."""
    return svg(graph_of(manifest), title=f"Causal graph of {manifest.name}").encode()


def pictured(data: reader.Data, audited: bool = True) -> tuple[Image.Image, audit.Audit | str]:
    """The contact sheet of a data set, and its audit, or a reason why there is none; ``audited``: whether to run it.

    Raises:
        ScmgenError: if a shard of an imported set cannot be read.
    """
    if data.manifest.origin == "imported":
        return data.show(), ""
    dataset = compiled(orjson.dumps(data.manifest["spec"]))
    return show.sheet(dataset), _audited(dataset) if audited else ""


def _pictures(manifest: Manifest) -> dict[str, bytes]:
    """The banks that travel with the data set."""
    wanted = manifest["spec"].get("embeds", {}) if manifest.spec else {}
    return {layout.pictures(name): embedding.packed(brought.named(name, "embeds")) for name in wanted}


def _graph(manifest: Manifest) -> dict[str, bytes]:
    if manifest.graph is None:
        return {}
    return dict(zip(layout.GRAPH, (_indented(manifest["graph"]), picture(manifest)), strict=True))


def _audited(dataset: Dataset) -> audit.Audit | str:
    """The audit of a spec: the whole one only if a build takes a while."""
    large = dataset.spec.n >= card.AUDITED
    try:
        return audit.audit(dataset, audit.N if large else _QUICK, drawing=large)
    except ScmgenError as error:
        return f"The audit could not run: {error}"
