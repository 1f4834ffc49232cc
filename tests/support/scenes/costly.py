"""Scenes whose images take long: tests that walk every scene look at two samples of them, small and rough."""

from __future__ import annotations

from dataclasses import replace

from scmgen.dataset import catalogue
from scmgen.render.frame import framed
from scmgen.scene.scene import Scene


def takes_long(scene: Scene) -> bool:
    """Whether an image takes more than a hundredth of a second."""
    return scene.renderer.seconds(framed(64)) > 0.01


SCENES = [name for name in catalogue.scenes() if takes_long(catalogue.load_scene(name))]
ENTRIES = [name for name, entry in catalogue.entries().items() if entry.scene in SCENES]


def rough(scene: Scene) -> Scene:
    """The scene as a look at it draws it."""
    return replace(scene, renderer=scene.renderer.rough())


def few(scene: Scene, n: int, size: int = 64) -> tuple[int, int]:
    """How many samples to draw, and of how many pixels, where n of a size are wanted."""
    return (2, 24) if takes_long(scene) else (n, size)
