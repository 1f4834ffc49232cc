"""Training data: a split decoded once into a cache of bytes, and batches of it on any device."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cdm.data import shards
from cdm.data.schema import misfit, parse
from cdm.data.shards import ShardFolder
from cdm.errors import CdmError
from cdm.scm import codes
from cdm.scm.codes import Code

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Pairs:
    """A split in memory maps: row i is one sample.

    Attributes:
        code: how factors are coded.
        arrays: ``image`` and ``image_cf (n, size, size, 3)`` uint8; ``do_mask (n, d)`` 0 or 1;
            ``do_value``, ``factors`` and ``factors_cf (n, d)`` in the factors' units. What the data
            set does not have, or withholds, is absent.
    """

    code: Code
    arrays: Arrays

    def __len__(self) -> int:
        """Samples."""
        return len(self.arrays["image"])

    @property
    def size(self) -> int:
        """Pixels a side."""
        return int(self.arrays["image"].shape[1])

    def batch(self, rows: Tensor, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Some rows: images as floats from -1 to 1, ``(b, 3, size, size)``, the rest as codes.

        ``do_mask`` is ``(b, d)``, ``do_value``, ``factors`` and ``factors_cf`` are codes ``(b, width)``.
        """
        batch = {name: torch.from_numpy(array[rows.numpy()]).to(device) for name, array in self.arrays.items()}
        for name, values in batch.items():
            if name.startswith("image"):
                batch[name] = values.permute(0, 3, 1, 2).float() / 127.5 - 1
            elif name != "do_mask":
                batch[name] = self.code.encode(values.float())
        return batch


def load(
    source: ShardFolder, split: str, cache: Path | None = None, progress: Callable[[int], None] = lambda samples: None
) -> Pairs:
    """Open a split, decoding its shards if the cache does not have them yet.

    Args:
        source: the data set.
        split: which split.
        cache: where decoded arrays are kept; ``cdm`` in the user's cache directory if None.
        progress: called with the number of samples decoded.

    Raises:
        CdmError: if a shard is missing, changed or damaged, or the cache cannot be written.
    """
    home = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdm"
    kept = home / source.manifest["digest"][:32] / split
    if not kept.is_dir():
        listed = source.shards(split)
        if not any(shard["samples"] for shard in listed):
            raise CdmError(f"{source.where}: split {split} holds no samples")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{split}-", dir=kept.parent))
        except OSError as error:
            raise CdmError(
                f"{home}: the cache cannot be written: {error.strerror}; choose another with --cache"
            ) from None
        try:
            _decode(source, listed, temporary, progress)
            temporary.rename(kept)
        except OSError as error:
            if not kept.is_dir():  # another process was quicker
                raise CdmError(f"{home}: the cache cannot be written: {error.strerror or error}") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    arrays = {path.stem: _mapped(path) for path in sorted(kept.glob("*.npy"))}
    return Pairs(codes.from_manifest(source.manifest["factors"]), arrays)


def _mapped(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CdmError(f"{path}: damaged ({error}); remove {path.parent}, it is made again") from None
    return array


def open_data(where: str, split: str, cache: Path | None = None) -> Pairs:
    """Open a split of a directory or URL; see :func:`load`."""
    return load(shards.read(where), split, cache)


def _decode(source: ShardFolder, listed: list[dict[str, Any]], out: Path, progress: Callable[[int], None]) -> None:
    count, size = sum(shard["samples"] for shard in listed), int(source.manifest["size"])
    images = [m[1:-4] for m in source.manifest["members"] if m in (".image.png", ".image_cf.png")]
    maps = {
        name: np.lib.format.open_memmap(out / f"{name}.npy", "w+", np.uint8, (count, size, size, 3)) for name in images
    }
    code, labels = codes.from_manifest(source.manifest["factors"]), list[dict[str, Any]]()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for shard in listed:
            where = f"{source.where}/{shard['name']}"
            samples = list(source.samples(shard))
            rows = slice(len(labels), len(labels) + len(samples))
            try:
                for sample in samples:
                    labels.append(_label(sample, code, labels))
                for name in images:
                    content = [_member(sample, f"{name}.png") for sample in samples]
                    decoded = pool.map(_pixels, content, [size] * len(samples))
                    for into, pixels in zip(maps[name][rows], decoded, strict=True):
                        into[:] = pixels
            except CdmError as error:
                raise CdmError(f"{where}: {error}") from None
            progress(len(samples))
    for array in maps.values():
        array.flush()
    for name, values in _columns(labels, code.names).items():
        np.save(out / f"{name}.npy", values, allow_pickle=False)


def _member(sample: dict[str, bytes], name: str) -> bytes:
    if name not in sample:
        raise CdmError(f"a sample has no {name}, though the manifest lists it among the members")
    return sample[name]


def _label(sample: dict[str, bytes], code: Code, before: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of a label that the trainer knows; its keys are those of the first."""
    label = parse(_member(sample, "label.json"), "label.json")
    named, listed = {factor.name: factor.domain.form for factor in code.factors}, [float]
    forms = {"factors": named, "factors_cf": named, "do_mask": [frozenset((0, 1))], "do_value": listed}
    known = before[0] if before else label
    wrong = misfit(label, {key: form for key, form in forms.items() if isinstance(known, dict) and key in known})
    short = [k for k in ("do_mask", "do_value") if not wrong and k in label and len(label[k]) != len(code.factors)]
    if wrong or short:
        fault = wrong or f"{short[0]}: {len(code.factors)} values are needed, found {len(label[short[0]])}"
        raise CdmError(f"label.json of sample {len(before)}: {fault}")
    return {key: label[key] for key in forms if key in known}


def _columns(labels: list[dict[str, Any]], factors: tuple[str, ...]) -> Arrays:
    """The part of the labels that the trainer knows, as arrays."""
    arrays: Arrays = {}
    for name in labels[0]:
        rows = [[label[name][f] for f in factors] if name.startswith("factors") else label[name] for label in labels]
        arrays[name] = np.array(rows, np.float32 if name == "do_mask" else np.float64)
    return arrays


def _pixels(content: bytes, size: int) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise CdmError(f"a member is no readable PNG: {error}") from None
    if pixels.shape != (size, size, 3):
        raise CdmError(
            f"an image of {pixels.shape[1]} x {pixels.shape[0]} pixels, not {size} x {size} as the manifest says"
        )
    return pixels
