"""A flat scene with the factors of ident3d, which is drawn in no time."""

from __future__ import annotations

from pathlib import Path

from scmgen.dataset.interventions.steps import parse as steps
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

_SCENE = """\
name: flat3d
equations:
  shape: category(1, 1)
  x: uniform(-1, 1)
  y: x
  z: uniform(1, 2)
  roll: uniform(-1, 1)
  pitch: uniform(-1, 1)
  yaw: uniform(-1, 1)
  spot_angle: uniform(0, 2 * pi)
  object_hue: uniform(0, 1)
  spot_hue: uniform(0, 1)
  background_hue: uniform(0, 1)
factors:
  shape: {levels: [ball, cone]}
  x: {range: [-1, 1]}
  y: {range: [-1, 1]}
  z: {range: [1, 2]}
  roll: {range: [-1, 1], unit: rad}
  pitch: {range: [-1, 1], unit: rad}
  yaw: {range: [-1, 1], unit: rad}
  spot_angle: {range: [0, 6.283185307179586], circular: true, unit: rad}
  object_hue: {range: [0, 1], circular: true, unit: turn}
  spot_hue: {range: [0, 1], circular: true, unit: turn}
  background_hue: {range: [0, 1], circular: true, unit: turn}
draw:
  - {mark: fill, rgb: [background_hue, spot_hue, 0.5]}
  - {mark: disc, x: 0.5 + 0.3 * x, y: 0.5 + 0.3 * y, radius: 0.1 * z + 0.05 * shape, hsv: [object_hue, 1, 1]}
"""


def flat(n: int = 30, interventions: str = "hard", **more: object) -> Dataset:
    """The data set of that scene, 16 px."""
    scene = read_scene(parse(_SCENE, "flat3d.yaml"))
    told = {"n": n, "size": 16, "interventions": steps(interventions), **more}
    return compile_spec(Spec.model_validate({"name": "flat3d", "scene": scene.document, **told}))


def file(folder: Path) -> Path:
    """The scene as a file."""
    (folder / "flat3d.yaml").write_text(_SCENE)
    return folder / "flat3d.yaml"
