"""Pictures as files."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
from PIL import Image

from cdm.runs import pictures


def test_a_picture_is_written_as_png_where_no_folder_was(tmp_path: Path) -> None:
    picture = pictures.grid([("name", torch.zeros(1, 3, 16, 16))])
    pictures.write(tmp_path / "deep" / "x.png", picture)
    with Image.open(tmp_path / "deep" / "x.png") as again:
        assert again.format == "PNG" and np.array_equal(np.asarray(again), np.asarray(picture))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x.png"]
