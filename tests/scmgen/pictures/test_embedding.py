"""A bank as one file: tests of its travel are in ``tests/scmgen/storage/test_embedded.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures import brought, sources
from scmgen.pictures.embedding import embedded, packed


@pytest.mark.parametrize("name", ["digits", "birds", "places"])
def test_a_bank_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    own = brought.bundled(name)
    assert own is not None
    (tmp_path / "packed.npz").write_bytes(packed(own))
    again = sources.read(name, tmp_path / "packed.npz")
    assert again.sum == own.sum and again.classes == own.classes


def test_a_licence_is_an_identifier() -> None:
    assert embedded("digits=CC-BY-SA-3.0") == ("digits", "CC-BY-SA-3.0")
    with pytest.raises(ScmgenError, match="may not be passed on"):
        embedded("digits=NOASSERTION")


@pytest.mark.parametrize(
    "arrays",
    [
        {"pixels": np.zeros(10, np.uint8), "shapes": np.array([[2, 5, 2]])},
        {"pixels": np.zeros(10, np.uint8), "shapes": np.array([[2, 4, 1]])},
        {"pixels": np.zeros(10, np.uint8), "shapes": np.array([[-2, -5, 1]])},
        {"pixels": np.zeros(10, np.float64), "shapes": np.array([[2, 5, 1]])},
        {"pixels": np.zeros(10, np.uint8), "shapes": np.array([2, 5, 1])},
        {"pixels": np.zeros(0, np.uint8), "shapes": np.zeros((0, 3), np.int64)},
    ],
)
def test_pieces_that_do_not_fit_are_said(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(ScmgenError):
        sources.read("own", tmp_path / "own.npz")
