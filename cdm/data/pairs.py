"""Training data: a split decoded once into a cache of bytes, and batches of it on any device."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from cdm.data import decoding, files, images, proof, shards
from cdm.data.decoding import Arrays as Arrays
from cdm.data.proof import Form, Standing
from cdm.data.shards import ShardFolder
from cdm.errors import CdmError
from cdm.scm import codes
from cdm.scm.codes import Code


@dataclass(frozen=True)
class Pairs:
    """A split in memory maps: row i is one sample.

    Attributes:
        code: how factors are coded.
        arrays: ``image`` and ``image_cf (n, size, size, 3)`` uint8, of two frames of a clip ``(n, 2 size, size, 3)``,
            the frame before above the other; ``do_mask (n, d)`` 0 or 1;
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
        return int(self.arrays["image"].shape[2])

    def batch(self, rows: Tensor, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Some rows: images as floats from -1 to 1, ``(b, 3, size, size)``, the rest as codes.

        ``do_mask`` is ``(b, d)``, ``do_value``, ``factors`` and ``factors_cf`` are codes ``(b, width)``.
        """
        batch = {name: torch.from_numpy(array[rows.numpy()]).to(device) for name, array in self.arrays.items()}
        for name, values in batch.items():
            if name.startswith("image"):
                batch[name] = images.to_floats(values)
            elif name != "do_mask":
                batch[name] = self.code.encode(values.float())
        return batch


def load(
    source: ShardFolder, split: str, cache: Path | None = None, progress: Callable[[int], None] = lambda samples: None
) -> Pairs:
    """Open a split, decoding its shards if the cache does not have them, or has them damaged.

    Args:
        source: the data set.
        split: which split.
        cache: where decoded arrays are kept; ``cdm`` in the user's cache directory if None.
        progress: called with the number of samples decoded.

    Raises:
        CdmError: if a shard is missing, changed or damaged, or the cache cannot be written or has no room.
    """
    code, place = codes.from_manifest(source.manifest["factors"]), place_of(source, split, cache)
    wanted = decoding.forms(source, split, code)
    try:
        kept = _kept(source, place, wanted)
        arrays = kept.arrays or _made(source, split, place, code, wanted, kept.faults, progress)
    except OSError as error:
        raise CdmError(f"{place}: cannot be used: {error.strerror or error}; choose another with --cache") from None
    return Pairs(code, arrays)


def place_of(source: ShardFolder, split: str, cache: Path | None = None) -> Path:
    """The directory in which what is made of a split is kept; ``cache`` as in :func:`load`."""
    return files.caches(cache) / source.digest[:32] / (f"{split}+lags" if source.lags else split)


def open_data(where: str, split: str, cache: Path | None = None, lags: int = 0) -> Pairs:
    """Open a split of a directory or URL; see :func:`cdm.data.shards.read` and :func:`load`."""
    return load(shards.read(where, lags), split, cache)


def _kept(source: ShardFolder, place: Path, wanted: Mapping[str, Form]) -> Standing:
    """What a cache holds: all arrays of the split, proven, or none. Of what labels may tell it has what they do."""
    found = proof.standing(place, source.digest, wanted)
    whole = not found.faults and all(name in found.arrays for name in decoding.images(source))
    return found if whole else replace(found, arrays={})


def _made(
    source: ShardFolder,
    split: str,
    place: Path,
    code: Code,
    wanted: Mapping[str, Form],
    faults: Sequence[str],
    progress: Callable[[int], None],
) -> Arrays:
    """Decode a split, unless another process has done so meanwhile; ``faults`` were found before."""
    proof.make(place)
    with proof.alone(place) as alone:
        found = _kept(source, place, wanted)
        if found.arrays:
            return found.arrays
        for fault in (*found.faults, *faults)[:1]:
            print(f"cdm: {place}: {fault}; made anew", file=sys.stderr)
        if alone:
            files.sweep(place / "*")
        entries = decoding.decode(source, split, place, code, wanted, progress)
        proof.clear(place, proof.FILE)
        with files.replacing(place / proof.FILE) as there:
            there.write_bytes(proof.text(source.digest, entries))
        made = _kept(source, place, wanted)
    if not made.arrays:
        raise CdmError(f"{place}: does not keep what is written to it: {'; '.join(made.faults)}")
    return made.arrays
