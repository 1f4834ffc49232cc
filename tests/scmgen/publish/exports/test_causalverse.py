"""The tables of CausalVerse: a path and latents in a line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from exported import factors, made
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports

VIEWED = """
name: room
equations:
  view: uniform(0, 1)
  light: uniform(0, 1)
factors:
  view: {range: [0, 1]}
  light: {range: [0, 1]}
draw:
  - {mark: fill, rgb: [view, light, 0]}
"""


def test_causalverse_latents_are_all_columns_but_its_own(small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    out = exports.export(data, "causalverse", tmp_path / "set")
    for split in data.splits:
        with (out / f"{split}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        latents = [name for name in rows[0] if name not in ("id", "view", "render_path")]  # as its loaders choose
        assert latents == list(data.factors)
        np.testing.assert_array_equal([[float(row[name]) for name in latents] for row in rows], factors(data, split))
        assert [int(row["id"]) for row in rows] == list(range(data.splits[split]))
        assert {row["view"] for row in rows} == {"0"}
        for row, pixels in zip(rows, data.images(split)[:], strict=True):
            with Image.open(out / row["render_path"]) as image:
                np.testing.assert_array_equal(np.asarray(image), pixels)


def test_causalverse_views_are_environments(weak: Path, tmp_path: Path) -> None:
    data = scmgen.load(weak)
    out = exports.export(data, "causalverse", tmp_path / "set")
    with (out / "train.csv").open(newline="") as file:
        views = [int(row["view"]) for row in csv.DictReader(file)]
    assert views == [row["domain"] for row in data.rows("train")]
    assert len(set(views)) > 1


def test_causalverse_refuses_a_factor_that_is_called_like_a_column(tmp_path: Path) -> None:
    (tmp_path / "room.yaml").write_text(VIEWED)
    data = made(tmp_path / "data", str(tmp_path / "room.yaml"))
    with pytest.raises(ScmgenError) as caught:
        exports.export(data, "causalverse", tmp_path / "set")
    assert str(caught.value) == "--to causalverse: a factor is called 'view', which is a column of the layout's own"
