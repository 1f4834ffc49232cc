"""Samples as they stand in a shard, and many of them as one array a key.

The keys and shapes are those of :class:`scmgen.dataset.stream.Batches`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import LABEL, Member
from scmgen.errors import ScmgenError, suggestion
from scmgen.render.frame import Frame
from scmgen.storage.entries import ShardEntry
from scmgen.storage.loading import pixels
from scmgen.storage.loading.archive import Archive, label
from scmgen.storage.loading.form import Form
from scmgen.storage.manifest import Manifest

Arrays = dict[str, NDArray[Any]]

_AT_ONCE = 64  # samples that are decoded together where no batches are asked for
_WHOLE = re.compile(r"index|domain|do_mask\d*")
_REAL = re.compile(r"noise|factors(_cf\d*)?|do_(value|scale|shift)\d*")


class Stored(Protocol):
    """What is read here: a data set, as :class:`scmgen.storage.loading.reader.Data` is one."""

    @property
    def manifest(self) -> Manifest:
        """All that is told of it."""

    @property
    def form(self) -> Form:
        """What a label of it must look like."""

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a sample that are images."""

    def shards(self, split: str) -> list[ShardEntry]:
        """The shards of a split as the manifest lists them."""

    def archive(self, shard: ShardEntry, keep: bool = False) -> Archive:
        """A shard in memory; ``keep`` leaves the last few there."""

    def truths(self, shard: ShardEntry) -> list[dict[str, Any]]:
        """What the labels of a shard withhold."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A sample as it stands in a shard.

    Attributes:
        name: shard and key, as messages name it.
        label: its label's file.
        images: the files of the members that are wanted.
        form: what its label must look like.
        truth: what its label withholds, if that is wanted.
    """

    name: str
    label: bytes
    images: tuple[bytes, ...]
    form: Form
    truth: Mapping[str, Any] = field(default_factory=dict)


def members(source: Stored, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The image members to decode: those that are wanted, or all.

    Raises:
        ScmgenError: if the data set has no such member.
    """
    wanted = source.members if wanted is None else (wanted,) if isinstance(wanted, str) else wanted
    for name in wanted:
        if name not in source.members:
            raise ScmgenError(f"{source.manifest.name}: no member {name!r}; {suggestion(name, source.members)}")
    return tuple(dict.fromkeys(wanted))


def raws(source: Stored, shard: ShardEntry, rows: Sequence[int], wanted: Sequence[str], truth: bool) -> Iterator[Raw]:
    """Some samples of a shard.

    Raises:
        ScmgenError: if the shard is missing, changed, or does not hold what the manifest says.
    """
    opened = source.archive(shard)
    apart = source.truths(shard) if truth else []
    for row in rows:
        images = tuple(opened.content(member, row) for member in wanted)
        more = apart[row] if apart else {}
        yield Raw(f"{opened.name}: {opened.keys[row]}", opened.content(LABEL.name, row), images, source.form, more)


def decode(samples: Sequence[Raw], wanted: Sequence[str], frame: Frame) -> Arrays:
    """Samples side by side: ``index (n,)``, images ``(n, height, width, 3)`` uint8, ``factors (n, d)``, ...

    Raises:
        ScmgenError: if an image or a label is damaged.
    """
    told = samples[0].form.check([label(one.label, one.name) for one in samples], [one.name for one in samples])
    table = columns([{**row, **one.truth} for row, one in zip(told, samples, strict=True)])
    images = {
        member.name: pixels.decode(
            [one.images[i] for one in samples],
            [f"{one.name}{member.suffix}" for one in samples],
            member.shape(frame.strip),
        ).reshape(-1, *member.shape(frame))
        for i, member in enumerate(map(Member.named, wanted))
    }
    return {"index": table.pop("index"), **images, **table}


def singles(encoded: Iterator[Raw], wanted: Sequence[str], frame: Frame) -> Iterator[Arrays]:
    """Samples one by one; they are decoded some at a time."""
    while some := list(itertools.islice(encoded, _AT_ONCE)):
        batch = decode(some, wanted, frame)
        for row in range(len(some)):
            yield {key: array[row] for key, array in batch.items()}


def names(source: Stored, truth: bool) -> tuple[str, ...]:
    """The keys of a decoded sample: images, and what its label tells in numbers."""
    form = source.form
    told = [*form.scalars, *form.variables, *form.lists]
    seen = (name for name in told if (truth or name not in form.apart) and _numeric(name))
    return (*source.members, *seen)


def columns(labels: Sequence[Mapping[str, Any]]) -> Arrays:
    """What labels of one form tell in numbers, an array a key."""
    arrays: Arrays = {}
    for key, value in labels[0].items():
        if _numeric(key):
            kind = np.int64 if _WHOLE.fullmatch(key) else np.float64
            cells = [one[key] for one in labels]
            table = np.array([list(cell.values()) for cell in cells] if isinstance(value, dict) else cells, kind)
            clips = isinstance(value, dict) and table.ndim == 3  # (n, variables, frames)
            arrays[key] = np.ascontiguousarray(table.transpose(0, 2, 1)) if clips else table
    return arrays


def _numeric(name: str) -> bool:
    """Whether what a label tells under a name are numbers."""
    return bool(_WHOLE.fullmatch(name) or _REAL.fullmatch(name))
