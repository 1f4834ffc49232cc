"""Numpy files that grow: what is appended is what numpy reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scmgen import ScmgenError
from scmgen.publish.exports.writing.archive import archive, rows


def test_an_archive_holds_what_was_appended_and_folds_parts(tmp_path: Path) -> None:
    data = np.arange(24, dtype=np.float64).reshape(6, 4)
    with archive(tmp_path / "a.npz", {"parts": 3}) as append:
        for start in range(0, 6, 2):
            append({"plain": data[start : start + 2], "parts": data[start : start + 2].astype(np.float32)})
            append({"words": np.array(["a" * start])})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["plain"], data)
        np.testing.assert_array_equal(file["parts"], data.reshape(3, 2, 4))
        assert (file["parts"].dtype, file["words"].tolist()) == (np.float32, ["", "aa", "aaaa"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("name", ["../x", "/x", "a.b", "", "x" * 201])
def test_an_array_that_is_called_like_a_path_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught, archive(tmp_path / "a.npz") as append:
        append({name: np.zeros(1)})
    assert str(caught.value) == f"a label has the key {name!r:.80}; keys are letters, digits and _"
    assert not list(tmp_path.rglob("*"))


def test_rows_are_a_plain_file_of_numpy(tmp_path: Path) -> None:
    data = np.arange(6.0).reshape(3, 2)
    with rows(tmp_path / "a.npy", (3, 2), np.float64) as append:
        append(data[:1])
        append(data[1:].astype(np.float32))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), data)
