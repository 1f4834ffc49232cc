"""Pictures that travel with a data set: they stand beside its shards, so that it can be drawn again."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scmgen.dataset.content import Content
from scmgen.pictures.brought import Given
from scmgen.scene.plugins import Brought
from scmgen.storage import layout
from scmgen.storage.places.place import Folder

_MOST = 1 << 30  # bytes of a file that is fetched


def given(place: Folder, content: Content, brought: Sequence[Brought]) -> tuple[Brought, ...]:
    """What was brought, and of the pictures that stand beside the shards those that were not.

    Args:
        place: a data set; from one that is no folder of this machine pictures are fetched, for as long as this
            process lives.
        content: what it holds.
        brought: plug-ins and pictures.

    Raises:
        ScmgenError: if pictures are too large to be fetched.
    """
    told = {one.name for one in brought if isinstance(one, Given)}
    wanted = [name for name in content.embeds if name not in told]
    there = place.names() if wanted else set()
    files = {name: layout.pictures(name) for name in wanted}
    return (*brought, *(Given(name, _near(place, file)) for name, file in files.items() if file in there))


def _near(place: Folder, file: str) -> Path:
    """A file beside the shards, on this machine."""
    if place.shared:
        return Path(place.where) / file
    near = Path(tempfile.mkdtemp(dir=_fetched().name)) / file
    near.write_bytes(place.read(file, _MOST))
    return near


@functools.cache
def _fetched() -> tempfile.TemporaryDirectory[str]:
    """Where fetched pictures lie; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="scmgen-pictures-")
