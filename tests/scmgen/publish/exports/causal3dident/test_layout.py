"""Both layouts of Causal3DIdent in one directory, or the one of single images alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exported import contents, factors
from idents import flat

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.publish import exports


def test_units_are_left_on_request_and_single_images_have_no_sequence(tmp_path: Path) -> None:
    build(flat(interventions="none", channels="grey").spec, tmp_path / "data")
    data = scmgen.load(tmp_path / "data")
    out = exports.export(data, "causal3dident", tmp_path / "set", units=True, splits=["train"])
    assert sorted(path.name for path in out.iterdir()) == ["source.json", "trainset"]
    shown = factors(data, "train")
    np.testing.assert_array_equal(np.load(out / "trainset" / "raw_latents_0.npy")[0], shown[shown[:, 0] == 0][0, 1:])
    again = exports.export(data, "causal3dident", tmp_path / "again", units=True, splits=["train"])
    assert contents(again) == contents(out)


def test_other_factors_are_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(small), "causal3dident", tmp_path / "set")
    said = f"{small}: --to causal3dident needs the factors that ident3d has (x, y, z, roll, pitch, yaw, spot_angle, "
    assert str(caught.value).startswith(said)
    missing = "it has no x, y, z, roll, pitch, yaw, spot_angle, object_hue, spot_hue, background_hue"
    assert str(caught.value).endswith(missing) and not (tmp_path / "set").exists()
