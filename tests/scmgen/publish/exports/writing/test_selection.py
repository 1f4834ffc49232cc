"""What is exported: blocks of consecutive samples, and how large a chunk may be."""

from __future__ import annotations

from pathlib import Path

import scmgen
from scmgen.publish.exports.writing.selection import Selection, chunk


def test_blocks_cover_a_range_and_end_at_multiples_and_shards(small: Path) -> None:
    source = Selection(scmgen.load(small), ("train",))
    spans = [(block.start, block.stop) for block in source.blocks("train", 10, 230, step=64)]
    assert spans == [(10, 64), (64, 100), (100, 128), (128, 192), (192, 200), (200, 230)]
    keys = [key for block in source.blocks("train", 98, 102) for key in block.keys]
    assert keys == [f"train-{number:09d}" for number in range(98, 102)]


def test_chunks_of_large_images_hold_fewer() -> None:
    assert [chunk(3 * size * size) for size in (16, 64, 128, 256, 512)] == [64, 64, 64, 16, 4]
