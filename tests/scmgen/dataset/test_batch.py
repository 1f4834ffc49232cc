"""Samples in memory: some of their rows, and rows put back, keep every world and what was done between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from chainlet import dataset
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, between, joined, put, take

CHAIN = dataset("hard; soft:scale=0.5")


def arrays(batch: Batch) -> dict[str, NDArray[Any]]:
    """Give every array of a batch but its environments, by where it stands."""
    listed = {f"noise {name}": array for name, array in batch.noise.items()}
    for number, world in enumerate(batch.worlds()):
        listed |= {f"world {number} {name}": array for name, array in world.items()}
    for number, twin in enumerate(batch.twins):
        table = twin.table
        parts = {"mask": table.mask, "scale": table.scale, "shift": table.shift, "kinds": table.kinds}
        listed |= {f"step {number} {name}": array for name, array in parts.items()}
    return listed


def same(one: Batch, other: Batch) -> bool:
    mine, theirs = arrays(one), arrays(other)
    return (one.split, one.start, one.stop) == (other.split, other.start, other.stop) and all(
        np.array_equal(array, theirs[name]) for name, array in mine.items()
    )


def test_the_worlds_are_the_factual_one_and_one_a_step() -> None:
    batch = CHAIN.evaluate("train", 0, 20)
    assert batch.worlds() == [batch.values, batch.twins[0].values, batch.twins[1].values]


def test_a_part_of_a_batch_is_what_would_be_evaluated() -> None:
    assert same(between(CHAIN.evaluate("train", 10, 60), 25, 40), CHAIN.evaluate("train", 25, 40))


def test_parts_joined_are_the_whole() -> None:
    whole = CHAIN.evaluate("train", 10, 60)
    assert same(joined(between(whole, 10, 33), between(whole, 33, 60)), whole)


def test_what_is_taken_is_a_copy() -> None:
    batch = CHAIN.evaluate("train", 0, 20)
    before = {name: array.copy() for name, array in arrays(batch).items()}
    for array in arrays(take(batch, np.array([3, 1, 4]))).values():
        array[...] = array[::-1].copy()
    assert all(np.array_equal(array, before[name]) for name, array in arrays(batch).items())


def test_rows_are_put_into_every_world_and_table() -> None:
    rows = np.array([2, 7, 11])
    batch, other = CHAIN.evaluate("train", 0, 20), CHAIN.evaluate("train", 100, 120)
    before, rest = arrays(take(batch, np.arange(20))), np.setdiff1d(np.arange(20), rows)
    put(batch, rows, take(other, rows))
    for name, array in arrays(batch).items():
        assert np.array_equal(array[rows], arrays(other)[name][rows]), name
        assert np.array_equal(array[rest], before[name][rest]), name
