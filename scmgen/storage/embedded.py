"""Pictures that travel with a data set: they stand beside its shards, so that it can be drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scmgen.dataset.content import Content
from scmgen.pictures.brought import Given
from scmgen.scene.plugins import Brought
from scmgen.storage import layout
from scmgen.storage.places.place import Folder


def given(place: Folder, content: Content, brought: Sequence[Brought]) -> tuple[Brought, ...]:
    """What was brought, and of the pictures that stand beside the shards those that were not.

    Args:
        place: a data set; of one that is no folder of this machine pictures must be brought.
        content: what it holds.
        brought: plug-ins and pictures.
    """
    told = {one.name for one in brought if isinstance(one, Given)}
    wanted = [name for name in content.embeds if name not in told] if place.shared else []
    there = place.names() if wanted else set()
    files = {name: layout.pictures(name) for name in wanted}
    return (*brought, *(Given(name, Path(place.where) / file) for name, file in files.items() if file in there))
