"""The folders of Causal3DIdent (von Kuegelgen et al. 2021, arXiv 2106.04619): images and latents, shape by shape.

Its loader (``datasets/clevr_dataset.py`` of the authors' code) opens ``raw_latents_K.npy`` and ``images_K/J.png``: K
counts shapes, and J, with as many digits as the last one needs, the images of one. It takes all shapes to have as many
as the first.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import IMAGE
from scmgen.errors import ScmgenError
from scmgen.publish.exports.causal3dident import variables
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scm.vocabulary import Array

_SHAPE = variables.SHAPES["obj-shape"]


def write(source: Selection, split: str, folder: Path) -> None:
    """Write the factual images of a split: of each shape as many as there are of the rarest one.

    Raises:
        ScmgenError: if there is none of a shape.
    """
    factors = source.data.manifest.factors
    names = factors[_SHAPE].domain.levels if _SHAPE in factors else ("",)
    counts = _counts(source, split, len(names))
    if not counts.min():
        missing = ", ".join(name for name, count in zip(names, counts, strict=True) if not count)
        problem = f"the split {split} has no {missing}; its loader takes as many of each shape"
        raise ScmgenError(f"{source.data.place}: --to causal3dident: {problem}: build more samples")
    most, digits = int(counts.min()), math.ceil(math.log10(counts.min()))
    for k in range(len(names)):
        (folder / f"images_{k}").mkdir(parents=True)
    latents: list[list[Array]] = [[] for _ in names]
    told = variables.plain if source.units else variables.unit
    for block in source.blocks(split):
        found = values(block)
        shapes = variables.column(factors, found, _SHAPE).astype(np.int64).tolist()
        for shape, row, image in zip(shapes, told(factors, found), block.encoded(IMAGE.name), strict=True):
            if len(latents[shape]) < most:
                (folder / f"images_{shape}" / f"{len(latents[shape]):0{digits}d}.png").write_bytes(image)
                latents[shape].append(row)
    for k, rows in enumerate(latents):
        np.save(folder / f"raw_latents_{k}.npy", np.stack(rows), allow_pickle=False)


def _counts(source: Selection, split: str, shapes: int) -> NDArray[np.int64]:
    """How many samples of a split show each shape."""
    shown = [int(row["factors"].get(_SHAPE, 0)) for row in source.data.rows(split)]
    return np.bincount(np.array(shown, np.int64), minlength=shapes)
