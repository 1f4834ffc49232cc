"""The files of MNIST and Morpho-MNIST (Castro et al. 2019, arXiv 1809.10780): IDX, and a table of measurements.

``train-images-idx3-ubyte.gz``, ``train-labels-idx1-ubyte.gz`` and ``train-morpho.csv``, and for the test split the
same under ``t10k``. Images are grey in them.
"""

from __future__ import annotations

import csv
import gzip
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset.members import IMAGE
from scmgen.errors import ScmgenError
from scmgen.publish.exports.writing import naming
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scene.domain import Categorical
from scmgen.storage.entries import FactorEntry

_WORDS = {"test": "t10k"}
_BYTES = 0x08  # IDX's code of unsigned bytes
_MOST_LEVELS = 256


@layout(
    "morphomnist",
    "grey images and labels as gzipped IDX with a csv of factors, as MNIST and Morpho-MNIST have them",
    ending="-morphomnist",
    mark="source.json",
    needs=("factors",),
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT-images-idx3-ubyte.gz (n, h, w)``, ``SPLIT-labels-idx1-ubyte.gz (n,)``, ``SPLIT-morpho.csv``.

    A label is the level of the first categorical factor, or 0 if there is none.
    """
    factors = source.data.manifest.factors
    names = naming.files("morphomnist", source.splits, _WORDS)
    naming.check_columns("morphomnist", factors, ["index"])
    labelled = _labelled(factors)
    out.mkdir()
    for split, name in names.items():
        size = source.size(split)
        with (
            _idx(out / f"{name}-images-idx3-ubyte.gz", (size, *source.data.frame.plane)) as images,
            _idx(out / f"{name}-labels-idx1-ubyte.gz", (size,)) as labels,
            (out / f"{name}-morpho.csv").open("w", newline="", encoding="utf-8") as table,
        ):
            csv.writer(table).writerow(["index", *factors])
            for block in source.blocks(split):
                measured = values(block)
                images(_grey(block))
                labels(np.zeros(len(measured)) if labelled is None else measured[:, labelled])
                numbered = zip(range(block.start, block.stop), measured.tolist(), strict=True)
                csv.writer(table).writerows([index, *row] for index, row in numbered)
    source.describe(out)


def _labelled(factors: Mapping[str, FactorEntry]) -> int | None:
    """The number of the factor that the labels tell."""
    for number, (name, factor) in enumerate(factors.items()):
        if isinstance(factor.domain, Categorical):
            if len(factor.domain.levels) > _MOST_LEVELS:
                levels = f"{name} has {len(factor.domain.levels)} levels"
                raise ScmgenError(f"--to morphomnist: {levels}, and a label is a byte: at most {_MOST_LEVELS}")
            return number
    return None


def _grey(block: Block) -> NDArray[np.uint8]:
    """Images without colour: luma as ITU-R 601 weighs it, which Pillow's ``L`` is."""
    return np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in block.images(IMAGE.name)])


@contextmanager
def _idx(path: Path, shape: tuple[int, ...]) -> Iterator[Callable[[NDArray[np.generic]], None]]:
    """A gzipped IDX file of unsigned bytes, to which rows are appended."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
        file.write(struct.pack(f">4B{len(shape)}I", 0, 0, _BYTES, len(shape), *shape))

        def append(array: NDArray[np.generic]) -> None:
            file.write(np.ascontiguousarray(array, np.uint8).tobytes())

        yield append
