"""Labels as labelled arrays, which a scene takes as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forged import faces, imported, rewrite

import scmgen
from scmgen import ScmgenError
from scmgen.storage import png

KINDS = ("do_mask", "do_value", "do_scale", "do_shift")


def test_labels_are_labelled_arrays(small: Path) -> None:
    data, scene = scmgen.load(small), scmgen.load_scene("pendulum")
    labels, rows = data.labels("train"), list(data.rows("train"))
    assert dict(labels.sizes) == {
        "sample": 240,
        "world": 2,
        "exogenous": 6,
        "step": 1,
        "factor": 4,
        "cause": 4,
        "effect": 4,
    }
    assert labels.world.values.tolist() == ["factual", "cf"] and labels.sample.values[239] == "train-000000239"
    for name in scene.factors:
        assert labels[name].sel(world="factual").values.tolist() == [row["factors"][name] for row in rows]
        assert labels[name].sel(world="cf").values.tolist() == [row["factors_cf"][name] for row in rows]
    for name in scene.hidden:
        assert labels[name].sel(world="cf").values.tolist() == [row["hidden_cf"][name] for row in rows]
    assert labels.noise.values.tolist() == [list(row["noise"].values()) for row in rows]
    for name in KINDS:
        assert labels[name].sel(step="cf").values.tolist() == [row[name] for row in rows]
    assert labels.do_kind.sel(step="cf").values.tolist() == [row["do_kind"] for row in rows]
    angle = labels.light_angle.attrs
    assert (angle["units"], angle["role"], angle["circular"]) == ("rad", "factor", 0) and len(angle["valid_range"]) == 2
    assert labels.adjacency.sel(cause="light_angle", effect="shadow_length") == 1
    assert labels.adjacency.sel(cause="shadow_length", effect="light_angle") == 0


def test_labels_redraw_what_the_images_show(small: Path) -> None:
    data, scene = scmgen.load(small), scmgen.load_scene("pendulum")
    labels = data.labels("test")
    for world, member in (("factual", "image"), ("cf", "image_cf")):
        values = labels.sel(world=world)
        assert np.array_equal(scene.render(values, size=64), data.images("test", member)[:])


def test_a_variable_that_is_called_like_an_array(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    rows = [{"index": i, "split": "train", "source": "a.jpg", "factors": {"x": 0.5, "source": 1.0}} for i in range(2)]
    out = imported(tmp_path / "e", png.encode(np.zeros((2, 16, 16, 3), np.uint8)), rows)
    rewrite(out, lambda data: data["factors"].update(source=data["factors"].pop("kind")))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    assert str(caught.value) == "faces: a variable is called 'source', as an array of labels() is; use rows()"
