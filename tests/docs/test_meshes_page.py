"""The scenes of the page on meshes are scenes, and the second is `ident3d` with other things."""

from __future__ import annotations

import re
from pathlib import Path

import meshed
import numpy as np
import pytest
from checkout import ROOT

from scmgen.dataset import catalogue
from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

PAGE = (ROOT / "docs" / "how-to" / "meshes.md").read_text("utf-8")
SCENES = [read_scene(parse(text, "meshes.md")) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def test_what_the_page_builds_has_the_mesh_that_is_picked(tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    brought.bring(Given("things", meshed.folder(tmp_path), "meshes"))
    scene = SCENES[0]
    values = {name: array.values for name, array in scene.sample(2).items() if name in scene.scm.variables}
    masks = [scene.masks({**values, "which": np.full(2, number)}, 24) for number in (0.0, 1.0)]
    assert (masks[0] != masks[1]).any() and (masks[0] == 1).any(axis=(1, 2)).all()


def test_the_second_scene_is_ident3d_but_for_its_things(tmp_path: Path) -> None:
    own, known = SCENES[1], catalogue.load_scene("ident3d")
    assert own.document.equations == known.document.equations and own.document.meshes == ("things",)
    assert {name: factor for name, factor in own.factors.items() if name != "shape"} == {
        name: factor for name, factor in known.factors.items() if name != "shape"
    }
    assert own.document.stage is not None and known.document.stage is not None
    assert {part: own.document.stage[part] for part in ("camera", "lights")} == {
        part: known.document.stage[part] for part in ("camera", "lights")
    }
    place = meshed.folder(tmp_path)
    for k in range(5):
        (place / f"c{k}.ply").write_bytes(meshed.ply(meshed.CUBE, meshed.SIDES))
    brought.bring(Given("things", place, "meshes"))
    own.renderer.rehearse(own.world({name: array.values for name, array in own.sample(50).items() if name != "noise"}))
