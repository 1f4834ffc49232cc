"""A data set that was written, read: labels as labelled arrays, images when they are asked for, the graph.

A generated and an imported set, in a directory or behind a URL, are read alike: what is told of them
stands in the manifest.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import networkx as nx
import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen import archive, manifest
from scmgen.archive import LABEL, Archive
from scmgen.errors import ScmgenError, suggestion
from scmgen.files import Folder, folder

if TYPE_CHECKING:
    import xarray

FACTUAL = "factual"


def load(where: str | Path) -> Data:
    """Open a data set: a directory that ``scmgen`` wrote, or its URL as text.

    Only the manifest is read; labels and images are read when they are asked for.

    Raises:
        ScmgenError: if there is no data set, its manifest is damaged, or it is of another format.
    """
    place = folder(where)
    return Data(place, manifest.read(place))


@dataclass(frozen=True)
class Data:
    """A data set. ``data.labels("train")``, ``data.images("train")[:64]``, ``data.graph``.

    Attributes:
        place: where it lies.
        manifest: all that is told of it (docs/format.md).
    """

    place: Folder
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the data set is called."""
        return str(self.manifest["name"])

    @property
    def splits(self) -> dict[str, int]:
        """Samples a split."""
        return dict(self.manifest["splits"])

    @property
    def size(self) -> int:
        """Pixels a side."""
        return int(self.manifest["size"])

    @property
    def factors(self) -> dict[str, dict[str, Any]]:
        """For each factor its type, unit, range, levels, and mean, std, min and max over all factual samples."""
        return dict(self.manifest["factors"])

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a sample that are images: ``image``, ``image_cf``, ``mask``, ..."""
        names = (member[1:].partition(".")[0] for member in self.manifest["members"])
        return tuple(name for name in names if name != LABEL)

    @property
    def worlds(self) -> tuple[str, ...]:
        """``factual``, and ``cf``, ``cf2``, ... for the steps of an intervention."""
        return tuple(FACTUAL if n == "image" else n[6:] for n in self.members if n.startswith("image"))

    @property
    def graph(self) -> nx.MultiDiGraph | None:
        """The causal graph over the factors; an edge's ``kind`` is ``directed`` or ``bidirected``. None if unknown."""
        told = self.manifest["graph"]
        return None if told is None else nx.node_link_graph(told["factors"], edges="edges")

    def archives(self, split: str) -> Iterator[Archive]:
        """The shards of a split in order, one in memory at a time.

        Raises:
            ScmgenError: if there is no such split, or a shard is missing or was changed.
        """
        return (self.archive(shard) for shard in self.shards(split))

    def archive(self, shard: Mapping[str, Any]) -> Archive:
        """A shard that the manifest lists.

        Raises:
            ScmgenError: if it is missing, changed, or does not hold the samples that the manifest says.
        """
        members = tuple(self.manifest["members"])
        found = archive.read(self.place.where, shard["name"], shard["sha256"], members)
        if len(found.keys) != shard["samples"]:
            raise ScmgenError(f"{found.name}: {len(found.keys)} samples, not {shard['samples']} as the manifest says")
        return found

    def shards(self, split: str) -> list[dict[str, Any]]:
        """The shards of a split as the manifest lists them.

        Raises:
            ScmgenError: if there is no such split.
        """
        if split not in self.manifest["splits"]:
            raise ScmgenError(f"{self.place}: no split {split!r}; {suggestion(split, self.manifest['splits'])}")
        return [shard for shard in self.manifest["shards"] if shard["split"] == split]

    def truths(self, shard: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the labels of a shard withhold, a row a sample; nothing if they withhold nothing.

        Raises:
            ScmgenError: if the file beside the shard is missing or was changed.
        """
        if "truth" not in shard:
            return []
        beside = archive.content(self.place, shard["truth"]["name"], shard["truth"]["sha256"])
        rows = [orjson.loads(line) for line in beside.splitlines()]
        return [{name: value for name, value in row.items() if name != "key"} for row in rows]

    def rows(self, split: str, truth: bool = False) -> Iterator[dict[str, Any]]:
        """The labels of a split in order, as docs/format.md has them; ``truth`` adds what they withhold.

        Raises:
            ScmgenError: if there is no such split, or a file is missing or was changed.
        """
        for shard in self.shards(split):
            told = self.archive(shard).labels()
            apart = self.truths(shard) if truth else []
            for label, more in itertools.zip_longest(told, apart, fillvalue={}):
                yield {**label, **more}

    def labels(self, split: str, truth: bool = False) -> xarray.Dataset:
        """The labels of a split as labelled arrays.

        Each factor and each other variable of the scene is an array ``(sample, world)``, where ``world``
        is ``factual``, ``cf``, ``cf2``, ...: ``labels.sel(world="factual")`` is what a scene's
        ``sample()`` gives, and its ``render()`` and ``counterfactual()`` take. ``noise`` is
        ``(sample, exogenous)``; ``do_mask``, ``do_value``, ``do_scale`` and ``do_shift`` are
        ``(sample, step, factor)``, ``do_kind`` is ``(sample, step)``, ``domain`` is ``(sample,)``;
        ``adjacency`` and ``confounded`` are ``(cause, effect)``. What a data set does not have is absent.
        Factors carry ``units``, ``long_name``, ``circular``, and ``valid_range`` or
        ``flag_values`` and ``flag_meanings``.

        Args:
            split: which split.
            truth: add what the labels of a weakly supervised set withhold, from the files beside its shards.

        Raises:
            ScmgenError: if there is no such split, or a file is missing or was changed.
        """
        from scmgen import labelled

        return labelled.dataset(self.manifest, split, list(self.rows(split, truth)))

    def images(self, split: str, member: str = "image") -> Images:
        """The images of a split, decoded when they are asked for.

        Args:
            split: which split.
            member: ``image``, ``image_cf``, ``mask``, ...: one of :attr:`members`.

        Raises:
            ScmgenError: if there is no such split or member.
        """
        if member not in self.members:
            raise ScmgenError(f"{self.place}: no member {member!r}; {suggestion(member, self.members)}")
        return Images(self, split, member, self.shards(split))


@dataclass(frozen=True)
class Images(Sequence[NDArray[np.uint8]]):
    """The images of a split: ``images[7]``, ``images[:64]`` and ``images[[3, 1, 4]]`` decode what they name."""

    data: Data
    split: str
    member: str
    shards: list[dict[str, Any]]

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, size, size, 3)``, or without the last axis for masks."""
        side = (self.data.size, self.data.size)
        return (len(self), *side) if self.member.startswith(("mask", "effect")) else (len(self), *side, 3)

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """Bytes."""
        return np.dtype(np.uint8)

    def __len__(self) -> int:
        """How many samples there are."""
        return sum(shard["samples"] for shard in self.shards)

    @overload
    def __getitem__(self, key: int) -> NDArray[np.uint8]: ...

    @overload
    def __getitem__(self, key: slice) -> NDArray[np.uint8]: ...

    def __getitem__(self, key: int | slice | Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Decode one image, or some; each shard that they lie in is read once."""
        if isinstance(key, int | np.integer):
            return self[[int(key)]][0]
        wanted = np.arange(len(self))[key]
        pixels, start = np.empty((len(wanted), *self.shape[1:]), np.uint8), 0
        for shard in self.shards:
            stop = start + shard["samples"]
            here = np.flatnonzero((wanted >= start) & (wanted < stop))
            if here.size:
                pixels[here] = self.data.archive(shard).images(self.member, wanted[here] - start, self.data.size)
            start = stop
        return pixels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of them."""
        return np.asarray(self[:], dtype)
