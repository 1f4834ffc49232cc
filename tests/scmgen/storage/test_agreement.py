"""Parts of a manifest that must agree: what one says bounds what another may; tests/.../test_manifest.py has each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from scmgen.storage import agreement, manifest, png


def test_what_was_built_agrees(small: Path, weak: Path, foreign: Path, many: Path) -> None:
    assert [problem for out in (small, weak, foreign, many) for problem in agreement.problems(manifest.read(out))] == []


def test_a_shard_may_take_what_its_samples_take_uncompressed(small: Path) -> None:
    """Noise does not compress: the largest shard that a build can write is allowed."""
    known = manifest.read(small)
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    sample = 2 * len(png.encode(noise)[0]) + 2 * len(png.encode(noise[..., 0])[0])
    shard = replace(known.shards[0], samples=1_000)
    assert 1_000 * sample < agreement.largest(known, shard) < 1_000 * (8 * sample + 2 * agreement.LONGEST_LABEL)


def test_every_problem_is_told_with_its_place(small: Path) -> None:
    known = manifest.read(small)
    first, second = known.shards[:2]

    def found(**changes: object) -> Iterator[str]:
        return agreement.problems(replace(known, **changes))  # type: ignore[arg-type]

    assert list(found(shards=(first, first, *known.shards[2:]))) == [f"shards.1.name: {first.name!r} is listed twice"]
    lost = list(found(shards=(first, replace(second, split="tset"), *known.shards[2:])))
    assert lost == [
        "shards.1.split: no split 'tset'; did you mean 'test'?",
        "splits.train: 240 samples, but its shards hold 140",
    ]
