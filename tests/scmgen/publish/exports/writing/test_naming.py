"""Names of files and columns that a layout has for itself."""

from __future__ import annotations

import pytest

from scmgen import ScmgenError
from scmgen.publish.exports.writing import naming


def test_a_split_has_the_layout_s_word_or_its_own_name() -> None:
    words = {"validation": "val", "test": "t10k"}
    assert naming.files("x", ("train", "validation"), words) == {"train": "train", "validation": "val"}


def test_two_splits_in_one_file_are_refused() -> None:
    with pytest.raises(ScmgenError) as caught:
        naming.files("x", ("val", "validation"), {"validation": "val"})
    assert str(caught.value) == "--to x: the splits val and validation would both be called val; choose one"


def test_a_factor_that_takes_a_column_is_refused() -> None:
    naming.check_columns("x", ["size"], ["index"])
    with pytest.raises(ScmgenError) as caught:
        naming.check_columns("x", ["size", "index"], ["index"])
    assert str(caught.value) == "--to x: a factor is called 'index', which is a column of the layout's own"
