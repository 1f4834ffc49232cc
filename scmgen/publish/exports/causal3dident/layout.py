"""Both layouts that are called Causal3DIdent, in one directory: each loader opens its own files of it."""

from __future__ import annotations

from pathlib import Path

from scmgen.publish.exports.causal3dident import images, sequence, variables
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection


@layout(
    "causal3dident",
    "a folder of PNG files a shape and npz files with an image sequence, as the loaders of Causal3DIdent read them",
    ending="-causal3dident",
    mark="source.json",
    needs=("factors",),
    scales=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``trainset/raw_latents_K.npy`` and ``trainset/images_K/``; of pairs ``train.npz`` and what goes with it.

    The former are as von Kuegelgen et al. (2021, arXiv 2106.04619) have them, the latter as Lippe et al. (2022) do.
    """
    variables.check(source)
    out.mkdir()
    for split in source.splits:
        images.write(source, split, out / f"{split}set")
    if "do_mask" in source.first() and "factors_cf" in source.first():
        sequence.write(source, out)
    source.describe(out)
