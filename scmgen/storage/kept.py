"""Images of a shard under way, kept as soon as they are drawn: where they take long, a killed build goes on with them.

They stand beside the shard, hidden, until it is whole. What they are is in their names; one that is damaged is drawn
again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch
from scmgen.dataset.members import LABEL, drawing_slices, images, members_of
from scmgen.dataset.sampling import Dataset
from scmgen.errors import ScmgenError
from scmgen.storage.places.place import Folder

Draw: TypeAlias = Callable[[Dataset, Batch, slice], list[NDArray[np.uint8]]]
"""Gives the pixels of some rows of a batch, one array for each member but the label."""

LOST = 15.0  # seconds of drawing that a killed build may lose
_LONG = 60.0  # seconds that a shard must take for any of it to be kept
_SUM = 16  # bytes of a sum
_NAME = re.compile(r"\..+\.tar\.[0-9a-f]{16}\.\d{9}\.drawn")


def seconds(dataset: Dataset) -> float:
    """About how long the images of one sample take, on one core."""
    spec = dataset.spec
    drawn = (spec.frame.frames or 1) * dataset.scene.renderer.seconds(spec.frame.still)
    return drawn * (1 + len(spec.interventions))


def slices(dataset: Dataset, count: int) -> Iterator[slice]:
    """Rows to draw at a time: as many as memory allows, and as may be lost."""
    most = max(1, int(LOST / max(seconds(dataset), 1e-9)))
    for rows in drawing_slices(dataset.spec.frame, count):
        for start in range(rows.start, rows.stop, most):
            yield slice(start, min(rows.stop, start + most))


def drawer(place: Folder, shard: str, dataset: Dataset, count: int) -> Draw:
    """What draws a shard of so many samples: it keeps what it draws, if that takes long, and draws nothing twice."""
    if count * seconds(dataset) < _LONG:
        return images
    own = hashlib.blake2b(f"{dataset.spec.hash} {dataset.scene.renderer.version}".encode(), digest_size=8).hexdigest()

    def draw(dataset: Dataset, batch: Batch, rows: slice) -> list[NDArray[np.uint8]]:
        name = f".{shard}.{own}.{batch.start + rows.start:09d}.drawn"
        shapes = [(rows.stop - rows.start, *member.shape(dataset.spec.frame)) for member in members_of(dataset.spec)]
        shapes = [shape for shape, member in zip(shapes, members_of(dataset.spec), strict=True) if member != LABEL]
        known = _read(place, name, shapes)
        if known is None:
            known = images(dataset, batch, rows)
            data = b"".join(np.ascontiguousarray(array).tobytes() for array in known)
            place.write(name, hashlib.blake2b(data, digest_size=_SUM).digest() + data)
        return known

    return draw


def clear(place: Folder, shard: str = "") -> None:
    """Remove what is kept of a shard, or of all."""
    for name in stale(place.names()):
        if name.startswith(f".{shard}"):
            place.remove(name)


def stale(names: Collection[str]) -> list[str]:
    """Those of the files of a place that hold images which were kept."""
    return sorted(name for name in names if _NAME.fullmatch(name))


def _read(place: Folder, name: str, shapes: list[tuple[int, ...]]) -> list[NDArray[np.uint8]] | None:
    sizes = [int(np.prod(shape)) for shape in shapes]
    try:
        data = place.read(name, _SUM + sum(sizes))
    except (FileNotFoundError, ScmgenError):  # not there, or of another number of rows
        return None
    if len(data) < _SUM + sum(sizes) or hashlib.blake2b(data[_SUM:], digest_size=_SUM).digest() != data[:_SUM]:
        return None
    parts = np.split(np.frombuffer(data, np.uint8, offset=_SUM), np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
