"""A data set that was written, read: labels as labelled arrays, images when they are asked for, the graph.

A generated and an imported set, in a directory or behind a URL, are read alike: what is told of them
stands in the manifest.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scmgen.dataset.labels import key
from scmgen.dataset.members import IMAGE
from scmgen.errors import ScmgenError, suggestion
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading import archive, decoding, form
from scmgen.storage.loading.archive import Archive
from scmgen.storage.loading.decoding import Arrays
from scmgen.storage.loading.form import Form
from scmgen.storage.loading.images import Images
from scmgen.storage.manifest import read as read_manifest
from scmgen.storage.places.place import folder
from scmgen.storage.shown.told import Told

if TYPE_CHECKING:
    import xarray
    from PIL import Image

    from scmgen.storage.loading.cached import Samples
    from scmgen.storage.loading.pipeline import Pipeline


def load(where: str | Path) -> Data:
    """Open a data set: a directory that ``scmgen`` wrote, or its URL as text.

    Only the manifest is read; labels and images are read when they are asked for.

    Raises:
        ScmgenError: if there is no data set, or its manifest is damaged or of another format.
    """
    place = folder(where)
    return Data(place, read_manifest(place))


@dataclass(frozen=True, repr=False)
class Data(Told):
    """A data set. ``data.labels("train")``, ``data.images("train")[:64]``, ``data.graph``, ``data.show()``."""

    def _repr_html_(self) -> str:
        from scmgen.storage.shown.page import page

        return page(self)

    def show(self, split: str | None = None, n: int | None = None) -> Image.Image:
        """Draw the first samples of a split as one picture: all worlds of each, and under them what was done, or told.

        A notebook shows what is returned, ``.show()`` opens it and ``.save("x.png")`` keeps it.

        Args:
            split: which split; the first if None.
            n: how many samples; 9 pairs or 18 single images if None.

        Raises:
            ScmgenError: if there is no such split, n is below 1, or a shard is missing, damaged or was changed.
        """
        from scmgen.storage.shown.sheet import sheet

        return sheet(self, split, n)

    @functools.cached_property
    def form(self) -> Form:
        """What a label of it must look like."""
        return form.of(self.manifest)

    def archives(self, split: str) -> Iterator[Archive]:
        """The shards of a split in order, one in memory at a time.

        Raises:
            ScmgenError: if there is no such split, or a shard is missing or was changed.
        """
        return (self.archive(shard) for shard in self.shards(split))

    def archive(self, shard: ShardEntry, keep: bool = False) -> Archive:
        """A shard that the manifest lists; ``keep`` leaves the last few in memory.

        Raises:
            ScmgenError: if it is missing, changed, or does not hold the samples that the manifest says.
        """
        read = archive.remembered if keep else archive.read
        opened = read(self.place.where, shard, self.manifest.members, self.manifest.starts[shard.name])
        return dataclasses.replace(opened, form=self.form)

    def shards(self, split: str) -> list[ShardEntry]:
        """The shards of a split as the manifest lists them.

        Raises:
            ScmgenError: if there is no such split.
        """
        if split not in self.manifest.splits:
            raise ScmgenError(f"{self.place}: no split {split!r}; {suggestion(split, self.manifest.splits)}")
        return self.manifest.of_split(split)

    def truths(self, shard: ShardEntry) -> list[dict[str, Any]]:
        """What the labels of a shard withhold, a row a sample; nothing if they withhold nothing.

        Raises:
            ScmgenError: if the file beside the shard is missing or was changed.
        """
        if shard.truth is None:
            return []
        name, start = f"{self.place}/{shard.truth.name}", self.manifest.starts[shard.name]
        lines = archive.content(self.place, shard.truth).splitlines()
        if len(lines) != shard.samples:
            raise ScmgenError(f"{name}: {len(lines)} lines, not {shard.samples} as the manifest says")
        rows = [archive.label(line, f"{name}: line {i}") for i, line in enumerate(lines, 1)]
        keys = [key(shard.split, index) for index in range(start, start + shard.samples)]
        for number, (row, due) in enumerate(zip(rows, keys, strict=True), 1):
            if row.pop("key", None) != due:
                raise ScmgenError(f"{name}: line {number}: another key than {due!r}, whose turn it is")
        return self.form.check(rows, [f"{name}: line {i}" for i in range(1, len(rows) + 1)], truth=True)

    def rows(self, split: str, truth: bool = False) -> Iterator[dict[str, Any]]:
        """The labels of a split in order, as docs/reference/format.md has them; ``truth`` adds what they withhold.

        Raises:
            ScmgenError: if there is no such split, or a file is missing or was changed.
        """
        for shard in self.shards(split):
            labels = self.archive(shard).labels()
            apart = self.truths(shard) if truth else []
            for row, label in enumerate(labels):
                yield {**label, **apart[row]} if apart else label

    def labels(self, split: str, truth: bool = False) -> xarray.Dataset:
        """The labels of a split as labelled arrays.

        Each factor and each other variable of the scene is an array ``(sample, world)``, where ``world``
        is ``factual``, ``cf``, ``cf2``, ...: ``labels.sel(world="factual")`` is what a scene's
        ``sample()`` gives, and its ``render()`` and ``counterfactual()`` take. ``noise`` is
        ``(sample, exogenous)``; ``do_mask``, ``do_value``, ``do_scale`` and ``do_shift`` are
        ``(sample, step, factor)``, ``do_kind`` is ``(sample, step)``, ``domain`` is ``(sample,)``;
        ``adjacency`` and ``confounded`` are ``(cause, effect)``. Clips have a dimension ``time`` besides, behind
        ``world`` or ``step``. What a data set does not have is absent.
        Factors carry ``units``, ``long_name``, ``circular``, and ``valid_range`` or
        ``flag_values`` and ``flag_meanings``.

        Args:
            split: which split.
            truth: add what the labels of a weakly supervised set withhold, from the files beside its shards.

        Raises:
            ScmgenError: if there is no such split, or a file is missing or was changed.
        """
        from scmgen.storage.loading import labelled

        return labelled.dataset(self.manifest, split, list(self.rows(split, truth)))

    def images(self, split: str, member: str = IMAGE.name) -> Images:
        """The images of a split, decoded when they are asked for.

        Args:
            split: which split.
            member: ``image``, ``image_cf``, ``mask``, ...: one of :attr:`members`.

        Raises:
            ScmgenError: if there is no such split or member.
        """
        decoding.members(self, [member])
        return Images(self, split, member, self.shards(split))

    def samples(
        self,
        split: str,
        cache: str | Path | None = None,
        *,
        members: Sequence[str] | None = None,
        truth: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Samples:
        """A split for random access, from a cache of decoded images on disk.

        The first call decodes what the cache does not hold yet, on all cores; processes that call it
        at the same time wait for each other.

        Args:
            split: which split.
            cache: a directory for caches; ``$XDG_CACHE_HOME/scmgen`` or ``~/.cache/scmgen`` if None. In it, a cache
                lies in ``<digest of the manifest>/<split>``: another build never meets it. Remove it at will.
            members: the image members to decode; all if None.
            truth: add what the labels of a weakly supervised set withhold.
            progress: called with the number of samples decoded; a bar on a terminal if None.

        Raises:
            ScmgenError: if there is no such split or member, a file is missing, damaged or was changed, or the
                cache cannot be written or has no room.
        """
        from scmgen.storage.loading import cached

        wanted = decoding.members(self, members)
        return cached.samples(self, split, cache=cache, members=wanted, truth=truth, progress=progress)

    def iterate(
        self,
        split: str,
        *,
        batch_size: int | None = None,
        shuffle: int = 0,
        seed: int = 0,
        epoch: int = 0,
        part: tuple[int, int] = (0, 1),
        members: Sequence[str] | None = None,
        truth: bool = False,
    ) -> Iterator[Arrays]:
        """One pass over a split, read from its shards, here or behind a URL, with nothing kept on disk.

        Samples are dicts of arrays as :class:`scmgen.dataset.stream.Batches` has them. Each is seen once: parts share
        an epoch without loss, also where they are more than the shards.

        Args:
            split: which split.
            batch_size: samples a batch; None for single samples.
            shuffle: samples to hold back and mix, beside a shuffle of the shards and within each; 0: in order.
            seed: seed of the order.
            epoch: number of the epoch: each has an order of its own.
            part: ``(i, k)`` reads part i of k; all parts need the same ``shuffle > 0``, ``seed`` and ``epoch``.
            members: the image members to decode; all if None.
            truth: add what the labels of a weakly supervised set withhold.

        Raises:
            ScmgenError: if there is no such split, member or part, or a file is missing, damaged or was changed.
        """
        from scmgen.storage.loading import epochs

        count = sum(shard.samples for shard in self.shards(split))
        positions, wanted = epochs.share(range(count), part), decoding.members(self, members)
        way = epochs.Pass(self, split, positions, wanted, truth, shuffle, seed, epoch)
        return way.samples() if batch_size is None else way.batches(batch_size)

    def webdataset(
        self,
        split: str,
        *,
        shuffle: int = 0,
        resampled: bool = False,
        seed: int | None = None,
        fields: Sequence[str] | None = None,
        truth: bool = False,
    ) -> Pipeline:
        """A split as a pipeline of the library webdataset, with the samples of :meth:`iterate`.

        ``data.webdataset("train", shuffle=1000).batched(64)`` goes into ``webdataset.WebLoader(..., batch_size=None,
        num_workers=2)``. Ranks (``RANK`` and ``WORLD_SIZE``, or ``torch.distributed``) and workers share the shards, so
        there must be as many; :class:`scmgen.ShardStream` shares the samples.

        Args:
            split: which split.
            shuffle: samples to hold back and mix, beside a shuffle of each worker's shards; 0: in order.
            resampled: draw shards at random without an end, each rank and worker its own; say where an epoch ends by
                ``.with_epoch(...)``.
            seed: seed of the order, of which each pass in a process has another; a new one every time if None.
            fields: the keys of a sample to decode, such as ``("image", "factors")``; all if None.
            truth: add what the labels of a weakly supervised set withhold.

        Raises:
            ScmgenError: if there is no such split or field; while it runs, if a rank or worker gets no shard, or a
                file is missing, damaged or was changed.
        """
        from scmgen.storage.loading.pipeline import pipeline

        return pipeline(self, split, shuffle=shuffle, resampled=resampled, seed=seed, fields=fields, truth=truth)
