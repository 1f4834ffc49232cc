"""Labels as columns: an array for each key, factors side by side in the order of their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import scmgen
from scmgen.publish.exports.writing.columns import columns, variables
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.storage.loading.reader import Data


def first(data: Data, split: str, truth: bool = False) -> Block:
    return next(Selection(data, (split,), truth).blocks(split))


def test_each_key_of_a_label_is_a_column_and_the_split_is_none(small: Path) -> None:
    block = first(scmgen.load(small), "test")
    arrays = columns(block)
    assert set(arrays) == {"key", *block.labels[0]} - {"split"}
    assert arrays["key"].tolist() == [f"test-{row:09d}" for row in range(30)]
    assert arrays["index"].tolist() == [label["index"] for label in block.labels]
    assert arrays["do_kind"].tolist() == [label["do_kind"] for label in block.labels]


def test_factors_stand_side_by_side_under_their_names(small: Path) -> None:
    data = scmgen.load(small)
    block = first(data, "test")
    names = variables(block.labels[0])
    assert names["factors"] == list(data.factors)
    table = columns(block)["factors"]
    assert (table.shape, table.dtype) == ((30, 4), np.float64)
    for column, name in enumerate(names["factors"]):
        assert table[:, column].tolist() == [label["factors"][name] for label in block.labels]


def test_masks_of_every_step_are_small_integers(weak: Path) -> None:
    arrays = columns(first(scmgen.load(weak), "train", truth=True))
    assert {name: arrays[name].dtype for name in arrays if name.startswith("do_mask")} == {
        "do_mask": np.int8,
        "do_mask2": np.int8,
    }


def test_what_labels_withhold_is_no_column(weak: Path) -> None:
    block = first(scmgen.load(weak), "train")
    assert not {"do_mask", "factors_cf"} & set(columns(block))
    assert list(variables(block.labels[0])) == [
        name for name in block.labels[0] if name in ("factors", "noise", "hidden")
    ]
