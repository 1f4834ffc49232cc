"""Samples by regime for GIES (Hauser & Buehlmann 2012), as the package ``gies`` takes them.

``gies.fit_bic(data, targets)`` wants a list of arrays, one a regime, and a list of what was intervened on in each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from scmgen.publish.exports.writing import sampled
from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection


@layout(
    "gies",
    "an npz a split with samples by regime, and the targets of each, for gies.fit_bic (no images)",
    ending="-gies",
    mark="source.json",
    needs=("factors",),
    samples=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT.npz``: ``data (1 + d, n, d)``, ``adjacency (d, d)`` and ``names (d,)``; and ``targets.json``.

    The first regime are the factual samples, the one after factor k others under a do on it, whose noise is their own.
    """
    dataset = sampled.generator(source)
    out.mkdir()
    names = list(dataset.scene.factors)
    for split in source.splits:
        with archive(out / f"{split}.npz", {"data": 1 + len(names)}) as append:
            append({"adjacency": sampled.adjacency(dataset, split), "names": np.array(names)})
            for block in source.blocks(split):
                append({"data": values(block)})
            for name in names:
                for drawn in sampled.regime(dataset, split, name, source.size(split)):
                    append({"data": drawn})
    targets: list[list[int]] = [[], *([number] for number in range(len(names)))]
    (out / "targets.json").write_bytes(orjson.dumps(targets))
    source.describe(out)
