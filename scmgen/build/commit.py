"""The end of every build and import: what stands beside the shards is written, the manifest last."""

from __future__ import annotations

from scmgen.build.claim import release
from scmgen.errors import ScmgenError
from scmgen.publish import companions
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
    for name, file in companions.compose(manifest, place).items():
        place.write(name, file)
    release(place)
    return manifest
