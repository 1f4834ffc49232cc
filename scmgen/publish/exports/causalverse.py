"""The tables of CausalVerse (Chen et al. 2025, arXiv 2510.14049): a csv a split, a line an image.

Its loaders (``dataset/dataset_multisplit.py`` and ``evaluation/image_part`` of the authors' code) take ``render_path``
relative to where the table lies, ``id`` and ``view``, and every other column as a latent.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TextIO

from scmgen.dataset.labels import key
from scmgen.dataset.members import IMAGE
from scmgen.publish.exports.writing import naming
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Block, Selection

_OWN = ("id", "view", "render_path", "domain")


@layout(
    "causalverse",
    "a csv a split with render_path and numeric latents beside folders of PNG, as CausalVerse reads them",
    ending="-causalverse",
    mark="source.json",
    needs=("factors",),
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT.csv`` with ``id``, ``view``, ``render_path`` and the factors, and ``SPLIT/KEY.png``.

    ``view`` is the number of the sample's environment, 0 where there are none; a level is its index.
    """
    factors = source.data.manifest.factors
    naming.check_columns("causalverse", factors, _OWN)
    out.mkdir()
    for split in source.splits:
        (out / split).mkdir()
        with (out / f"{split}.csv").open("w", newline="", encoding="utf-8") as table:
            csv.writer(table).writerow(["id", "view", "render_path", *factors])
            for block in source.blocks(split):
                _write_block(out, split, block, table)
    source.describe(out)


def _write_block(out: Path, split: str, block: Block, table: TextIO) -> None:
    rows = zip(block.encoded(IMAGE.name), block.labels, values(block).tolist(), strict=True)
    for number, (content, label, factors) in enumerate(rows, block.start):
        path = f"{split}/{key(split, number)}.png"
        (out / path).write_bytes(content)
        csv.writer(table).writerow([number, label.get("domain", 0), path, *factors])
