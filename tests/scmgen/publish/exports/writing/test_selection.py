"""What is exported: blocks of consecutive samples, and how large a chunk may be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forged import imported

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports
from scmgen.publish.exports.writing.selection import Selection, chunk
from scmgen.storage import png


def test_blocks_cover_a_range_and_end_at_multiples_and_shards(small: Path) -> None:
    source = Selection(scmgen.load(small), ("train",))
    spans = [(block.start, block.stop) for block in source.blocks("train", 10, 230, step=64)]
    assert spans == [(10, 64), (64, 100), (100, 128), (128, 192), (192, 200), (200, 230)]
    keys = [key for block in source.blocks("train", 98, 102) for key in block.keys]
    assert keys == [f"train-{number:09d}" for number in range(98, 102)]


def test_chunks_of_large_images_hold_fewer() -> None:
    assert [chunk(3 * size * size) for size in (16, 64, 128, 256, 512)] == [64, 64, 64, 16, 4]


def test_labels_whose_keys_could_be_paths_or_differ_are_refused(tmp_path: Path) -> None:
    pictures = png.encode(np.zeros((2, 16, 16, 3), np.uint8))
    label = {"index": 0, "split": "train", "source": "0.jpg", "factors": {"x": 0.0, "kind": 1.0}}
    bad = imported(tmp_path / "bad", pictures, [{**label, "../x": 1}] * 2)
    uneven = imported(tmp_path / "uneven", pictures, [label, {**label, "factors": {"x": 0.0}}])
    for to in ("npz", "hdf5"):
        with pytest.raises(ScmgenError) as caught:
            exports.export(scmgen.load(bad), to, tmp_path / "home" / "set")
        assert str(caught.value) == f"{bad}: labels have '../x'; a name is letters, digits and _"
        with pytest.raises(ScmgenError) as caught:
            exports.export(scmgen.load(uneven), to, tmp_path / "home" / "set")
        shard = f"{uneven}/faces-train-000000.tar: train-000000001"
        assert str(caught.value) == f"{shard}: its label has other keys than the first"
    assert not list((tmp_path / "home").iterdir())
