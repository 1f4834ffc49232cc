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

from cdm.data import files, proof, windows
from cdm.data.proof import Entry, Form, Writer
from cdm.data.schema import misfit, parse
from cdm.data.shards import ShardFolder
from cdm.errors import CdmError
from cdm.scm.codes import Code

Arrays = dict[str, NDArray[Any]]
Sample = dict[str, bytes]
_Label = dict[str, Any]
_Decoded = dict[str, list[NDArray[np.uint8]]]

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
    count, size = source.count(split), source.manifest["size"]
    told = {name: Form((count, len(code.factors)), _dtype(name)) for name in _LABELS}
    tall = size * (1 + source.lags)
    return {name: Form((count, tall, size, 3), np.dtype(np.uint8)) for name in images(source)} | told


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
    size, frames, done, keys = source.manifest["size"], source.frames, 0, tuple[str, ...]()
    step, shapes = max(1, min(_MOST, _AT_ONCE // (frames * size * size * 3))), [(size, frames * size)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for shard in source.shards(split):
            samples = source.samples(shard)
            while some := list(itertools.islice(samples, step)):
                try:
                    keys = keys or _keys(some[0], source)
                    labels = [_label(sample, code, keys, done + row, frames) for row, sample in enumerate(some)]
                    content = {name: [_member(sample, f"{name}.png") for sample in some] for name in images(source)}
                    decoded = {name: list(pool.map(pixels, pngs, shapes * len(some))) for name, pngs in content.items()}
                except CdmError as error:
                    raise CdmError(f"{source.where}/{shard['name']}: {error}") from None
                if source.lags:
                    decoded, labels = _windows(decoded, labels, size, done)
                yield {name: np.stack(many) for name, many in decoded.items()} | _columns(labels, code.names)
                done += len(some)


def _member(sample: Sample, name: str) -> bytes:
    if name not in sample:
        raise CdmError(f"a sample has no {name}, though the manifest lists it among the members")
    return sample[name]


def _windows(decoded: _Decoded, labels: list[_Label], size: int, first: int) -> tuple[_Decoded, list[_Label]]:
    """Windows of clips and of their twins, and what is told of them; ``first`` is the number of the first clip."""
    taken = [(clip, end) for clip, told in enumerate(labels) for end in windows.ends(told["do_mask"], first + clip)]
    cut = {
        name: [many[clip][(end - 1) * size : (end + 1) * size] for clip, end in taken] for name, many in decoded.items()
    }
    return cut, [windows.label(labels[clip], end) for clip, end in taken]


def _keys(sample: Sample, source: ShardFolder) -> tuple[str, ...]:
    """What the labels of a data set tell: all have the keys of the first."""
    label = parse(_member(sample, "label.json"), "label.json")
    found = tuple(name for name in _LABELS if isinstance(label, dict) and name in label)
    if source.lags and "do_mask" not in found:
        raise CdmError("labels do not tell do_mask, without which nobody knows where clips and their twins part")
    return found


def _label(sample: Sample, code: Code, keys: tuple[str, ...], number: int, frames: int) -> _Label:
    """The part of a label that the trainer knows, each key in its form; of a clip each number is a list of them."""
    label, shown = parse(_member(sample, "label.json"), "label.json"), code.frame.factors
    forms: dict[str, Any] = {key: {f.name: f.domain.form for f in shown} for key in ("factors", "factors_cf")}
    forms |= {"do_mask": [frozenset((0, 1))], "do_value": [float]}
    if code.frames > 1:
        forms |= {key: {name: [form] for name, form in forms[key].items()} for key in ("factors", "factors_cf")}
        forms |= {key: [forms[key]] for key in ("do_mask", "do_value")}
    wrong = misfit(label, {key: forms[key] for key in keys})
    fault = wrong or _short(label, keys, len(shown), frames if code.frames > 1 else None)
    if fault:
        raise CdmError(f"label.json of sample {number}: {fault}")
    return {key: label[key] for key in keys}


def _short(label: _Label, keys: tuple[str, ...], factors: int, frames: int | None) -> str | None:
    """Which list of a label has not as many values as there are factors, or frames; None if all have."""
    for key in keys:
        lists = list(label[key].values()) if key.startswith("factors") else [label[key]]
        rows = lists if frames is None or key.startswith("factors") else label[key]
        checks = [] if frames is None else [(values, frames) for values in lists]
        checks += [] if key.startswith("factors") else [(row, factors) for row in rows]
        for values, needed in checks:
            if len(values) != needed:
                return f"{key}: {needed} values are needed, found {len(values)}"
    return None


def _columns(labels: list[_Label], factors: tuple[str, ...]) -> Arrays:
    """What labels tell, as arrays."""
    arrays: Arrays = {}
    for name in labels[0]:
        rows = [[label[name][f] for f in factors] if name.startswith("factors") else label[name] for label in labels]
        arrays[name] = np.array(rows, _dtype(name))
    return arrays


def pixels(content: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The pixels of a PNG, whose width and height are looked at before it is decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.size != size:
                wanted = f"{size[0]} x {size[1]} as the manifest says"
                raise CdmError(f"an image of {image.width} x {image.height} pixels, not {wanted}")
            return np.asarray(image.convert("RGB"))
    except _UNREADABLE as error:
        raise CdmError(f"a member is no readable PNG: {error}") from None


_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
