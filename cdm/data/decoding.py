"""Samples of shards as arrays: PNG images as bytes, labels as numbers, written to files a few samples at a time."""

from __future__ import annotations

import io
import itertools
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cdm.data import files, proof
from cdm.data.proof import Entry, Form, Writer
from cdm.data.schema import misfit, parse
from cdm.data.shards import ShardFolder
from cdm.errors import CdmError
from cdm.scm.codes import Code

Arrays = dict[str, NDArray[Any]]
Sample = dict[str, bytes]

_LABELS = ("factors", "factors_cf", "do_mask", "do_value")  # the part of a label that the trainer knows
_IMAGES = (".image.png", ".image_cf.png")
_AT_ONCE, _MOST = 32_000_000, 256  # bytes of decoded images, and samples, that are in memory at a time
_ELSEWHERE = "; choose another place with --cache"


def images(source: ShardFolder) -> list[str]:
    """The images that the trainer knows, as far as the data set has them."""
    return [member[1:-4] for member in source.manifest["members"] if member in _IMAGES]


def forms(source: ShardFolder, split: str, code: Code) -> dict[str, Form]:
    """What the arrays of a split are: images, and what labels may tell.

    Raises:
        CdmError: if there is no such split.
    """
    count, size = sum(shard["samples"] for shard in source.shards(split)), source.manifest["size"]
    told = {name: Form((count, len(code.factors)), _dtype(name)) for name in _LABELS}
    return {name: Form((count, size, size, 3), np.dtype(np.uint8)) for name in images(source)} | told


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(np.float32 if name == "do_mask" else np.float64)


def decode(
    source: ShardFolder,
    split: str,
    place: Path,
    code: Code,
    wanted: Mapping[str, Form],
    progress: Callable[[int], None],
) -> dict[str, Entry]:
    """Decode a split into files that get their names when all are whole; give what is to be told of each.

    Raises:
        CdmError: if a shard is missing, changed or damaged, or there is no room.
    """
    source.check(split)
    _check_room(place, [wanted[name] for name in images(source)])
    writers: dict[str, Writer] = {}
    with ExitStack() as opened:
        for batch in _batches(source, split, code):
            for name, rows in batch.items():
                if name not in writers:
                    proof.clear(place, f"{name}.npy")
                    there = opened.enter_context(files.replacing(place / f"{name}.npy", _ELSEWHERE))
                    writers[name] = Writer(opened.enter_context(there.open("wb")), rows.dtype, wanted[name].shape)
                writers[name].append(rows)
            progress(len(batch["image"]))
    return {name: writer.entry for name, writer in writers.items()}


def _check_room(place: Path, wanted: Iterable[Form]) -> None:
    needed = sum(math.prod(form.shape) for form in wanted)
    free = shutil.disk_usage(place).free
    if free < needed:
        raise CdmError(f"{place}: the decoded images need {needed:,} bytes, and {free:,} are free{_ELSEWHERE}")


def _batches(source: ShardFolder, split: str, code: Code) -> Iterator[Arrays]:
    """The samples of a split in order, decoded by a thread a core."""
    size, done, keys = source.manifest["size"], 0, tuple[str, ...]()
    step = max(1, min(_MOST, _AT_ONCE // (size * size * 3)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for shard in source.shards(split):
            samples = source.samples(shard)
            while some := list(itertools.islice(samples, step)):
                try:
                    keys = keys or _keys(some[0])
                    labels = [_label(sample, code, keys, done + row) for row, sample in enumerate(some)]
                    content = {name: [_member(sample, f"{name}.png") for sample in some] for name in images(source)}
                    decoded = {name: list(pool.map(pixels, pngs, [size] * len(some))) for name, pngs in content.items()}
                except CdmError as error:
                    raise CdmError(f"{source.where}/{shard['name']}: {error}") from None
                yield {name: np.stack(many) for name, many in decoded.items()} | _columns(labels, code.names)
                done += len(some)


def _member(sample: Sample, name: str) -> bytes:
    if name not in sample:
        raise CdmError(f"a sample has no {name}, though the manifest lists it among the members")
    return sample[name]


def _keys(sample: Sample) -> tuple[str, ...]:
    """What the labels of a data set tell: all have the keys of the first."""
    label = parse(_member(sample, "label.json"), "label.json")
    return tuple(name for name in _LABELS if isinstance(label, dict) and name in label)


def _label(sample: Sample, code: Code, keys: tuple[str, ...], number: int) -> dict[str, Any]:
    """The part of a label that the trainer knows, each key in its form."""
    label = parse(_member(sample, "label.json"), "label.json")
    named, listed = {factor.name: factor.domain.form for factor in code.factors}, [float]
    known = {"factors": named, "factors_cf": named, "do_mask": [frozenset((0, 1))], "do_value": listed}
    wrong = misfit(label, {key: known[key] for key in keys})
    short = [k for k in ("do_mask", "do_value") if not wrong and k in keys and len(label[k]) != len(code.factors)]
    if wrong or short:
        fault = wrong or f"{short[0]}: {len(code.factors)} values are needed, found {len(label[short[0]])}"
        raise CdmError(f"label.json of sample {number}: {fault}")
    return {key: label[key] for key in keys}


def _columns(labels: list[dict[str, Any]], factors: tuple[str, ...]) -> Arrays:
    """What labels tell, as arrays."""
    arrays: Arrays = {}
    for name in labels[0]:
        rows = [[label[name][f] for f in factors] if name.startswith("factors") else label[name] for label in labels]
        arrays[name] = np.array(rows, _dtype(name))
    return arrays


def pixels(content: bytes, size: int) -> NDArray[np.uint8]:
    """The pixels of a PNG, whose size is looked at before it is decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.size != (size, size):
                raise CdmError(
                    f"an image of {image.width} x {image.height} pixels, not {size} x {size} as the manifest says"
                )
            return np.asarray(image.convert("RGB"))
    except _UNREADABLE as error:
        raise CdmError(f"a member is no readable PNG: {error}") from None


_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
