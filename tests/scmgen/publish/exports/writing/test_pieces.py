"""Samples as pieces of a sequence: worlds one after the other, and the targets of the way to each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exported import factors
from idents import flat

import scmgen
from scmgen.build.generated import build
from scmgen.publish.exports.writing import pieces
from scmgen.publish.exports.writing.selection import Selection


@pytest.mark.parametrize(("base", "undone"), [("previous", False), ("factual", True)])
def test_the_worlds_of_a_sample_stand_in_a_row_and_a_step_from_the_first_ends_the_do_before(
    base: str, undone: bool, tmp_path: Path
) -> None:
    build(flat(n=8, interventions=f"hard; hard:base={base}", channels="grey").spec, tmp_path / "data")
    data = scmgen.load(tmp_path / "data")
    source = Selection(data, ("train",))
    (block,) = source.blocks("train")
    found = pieces.of(source, block, data.manifest.recipe.bases("train"))
    n = data.splits["train"]
    assert found.images.shape == (3 * n, 16, 16, 3) and (np.ptp(found.images, axis=-1) == 0).all()
    for world, ending in enumerate(("", "_cf", "_cf2")):
        assert (found.values[world::3] == factors(data, "train", ending)).all()
    first, second = (np.array([row[key] for row in data.rows("train")]) for key in ("do_mask", "do_mask2"))
    assert (found.targets[0::3] == 1).all() and (found.targets[1::3] == first).all()
    assert (found.targets[2::3] == (second | first if undone else second)).all()
