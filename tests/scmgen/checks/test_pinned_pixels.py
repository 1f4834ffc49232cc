"""Pixels of every scene are pinned: whoever changes a drawing, the rasteriser or a stream sees it here.

A deliberate change is pinned anew by running this file as a script; a change of the rasteriser also changes
`shapes.RASTERISER`, and one of a bundled scene its `version`, once there has been a release.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from checkout import ROOT

from scmgen.dataset import catalogue
from scmgen.render import shapes
from scmgen.render.drawing import Drawing
from scmgen.storage import png

FILE = ROOT / "tests" / "pins.json"
LOADED = {name: catalogue.load_scene(name) for name in catalogue.scenes()}
OURS = [name for name, scene in LOADED.items() if isinstance(scene.renderer, Drawing)]
SCENES = [name for name in OURS if not LOADED[name].document.pictures and LOADED[name].frames is None]


def pixels(name: str) -> list[str]:
    """The sums of 8 images at 64 px."""
    scene = catalogue.load_scene(name)
    images = scene.render(scene.scm.solve(scene.noise(8, seed=0)), 64)
    return [hashlib.sha256(image.tobytes()).hexdigest() for image in images]


def encoded() -> str:
    """The sum of the eight pendulum images as files."""
    scene = catalogue.load_scene("pendulum")
    return hashlib.sha256(b"".join(png.encode(scene.render(scene.scm.solve(scene.noise(8)), 64)))).hexdigest()


@pytest.mark.parametrize("name", SCENES)
def test_the_pixels_of_a_scene_are_those_that_were_pinned(name: str) -> None:
    assert pixels(name) == json.loads(FILE.read_text())["scenes"][name]


def test_the_files_and_their_makers_are_those_that_were_pinned() -> None:
    known = json.loads(FILE.read_text())
    assert (png.ENCODER, shapes.RASTERISER) == (known["encoder"], known["rasteriser"])
    assert encoded() == known["pendulum files"]


def main() -> None:
    """Pin what is drawn now."""
    pins = {
        "rasteriser": shapes.RASTERISER,
        "encoder": png.ENCODER,
        "pendulum files": encoded(),
        "scenes": {name: pixels(name) for name in SCENES},
    }
    FILE.write_text(json.dumps(pins, indent=1) + "\n")


if __name__ == "__main__":
    main()
