"""The end of every build and import: what stands beside the shards is written, the manifest last."""

from __future__ import annotations

from scmgen.build.claim import release
from scmgen.errors import ScmgenError
from scmgen.publish import companions
from scmgen.storage import layout
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import Folder


def commit(manifest: Manifest, place: Folder) -> Manifest:
    """Make a data set of the shards that a manifest lists; give the manifest.

    Raises:
        ScmgenError: if a shard is not where its worker should have put it.
    """
    missing = sorted({shard.name for shard in manifest.shards} - place.names())
    if missing:
        raise ScmgenError(f"{place}: {missing[0]} is not there: its worker sees another place, or somebody removed it")
    composed = companions.compose(manifest, place)
    for name, file in composed.items():
        place.write(name, file)
    for name in place.names() - {*composed}:
        if layout.embedded(name):  # of an earlier build of this data set, which let pictures travel
            place.remove(name)
    release(place)
    return manifest
