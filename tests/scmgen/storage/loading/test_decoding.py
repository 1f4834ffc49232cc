"""Samples side by side: labels as arrays, and labels that do not fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forged import faces, imported

import scmgen
from scmgen import ScmgenError
from scmgen.storage import png
from scmgen.storage.loading.decoding import columns, members


def test_labels_that_differ_in_their_keys(tmp_path: Path) -> None:
    image = png.encode(np.zeros((2, 16, 16, 3), np.uint8))
    rows = [
        {"index": 0, "split": "train", "source": "a", "factors": {"x": 0.5, "kind": 1.0}},
        {"index": 1, "split": "train", "source": "b", "factors": {"x": 0.5}},
    ]
    data = scmgen.load(imported(tmp_path / "d", image, rows))
    where = f"{tmp_path}/d/faces-train-000000.tar: train-000000001.label.json"
    needed = "a number with a point for each of x, kind, in this order, that of a level for a categorical one is needed"
    for read in (lambda: data.labels("train"), lambda: list(data.rows("train")), lambda: list(data.iterate("train"))):
        with pytest.raises(ScmgenError) as caught:
            read()
        assert str(caught.value) == f"{where}: factors: {needed}, found {{'x': 0.5}}"


def test_numbers_become_arrays_and_words_are_left_out() -> None:
    labels = [
        {"index": i, "split": "train", "factors": {"x": i / 2, "kind": 1.0}, "do_kind": "hard", "do_mask": [0, 1]}
        for i in range(3)
    ]
    arrays = columns(labels)
    assert {name: (array.dtype.kind, array.tolist()) for name, array in arrays.items()} == {
        "index": ("i", [0, 1, 2]),
        "factors": ("f", [[0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]),
        "do_mask": ("i", [[0, 1]] * 3),
    }


@pytest.mark.parametrize(("wanted", "given"), [(None, ("image",)), ("image", ("image",)), ([], ())])
def test_members_are_those_that_are_wanted(tmp_path: Path, wanted: list[str] | None, given: tuple[str, ...]) -> None:
    assert members(scmgen.load(faces(tmp_path / "d")), wanted) == given


def test_a_member_that_is_wanted_twice_is_decoded_once(small: Path) -> None:
    assert members(scmgen.load(small), ["mask", "image", "mask"]) == ("mask", "image")
