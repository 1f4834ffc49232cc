"""Stages as MuJoCo draws them, behind the seam of a renderer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from scmgen.errors import Each, ScmgenError, gathered
from scmgen.pictures.bank import Kind
from scmgen.render.frame import Frame
from scmgen.render.mujoco import engine, physics
from scmgen.render.mujoco.shot import SOFT, Shot, shots
from scmgen.render.renderer import Exactness, Locate, renderer
from scmgen.render.stage import rendered
from scmgen.render.stage.scenery import Scenery
from scmgen.render.stage.stage import Stage

_EDITION = 1  # of how a stage becomes a drawing of MuJoCo's
_MATERIALS, _LIGHTS = ("diffuse", "plastic"), ("constant", "point", "spot")  # what it has


@renderer("mujoco")
@dataclass(frozen=True)
class Drawn(rendered.Rendered):
    """A stage that MuJoCo draws.

    Drawn again on the same machine its bytes are equal. Another driver of OpenGL rounds otherwise, and may colour a
    pixel at an edge differently.
    """

    version: ClassVar[str] = f"mujoco {rendered.installed('mujoco')}, {_EDITION}"
    exact: ClassVar[Exactness] = Exactness(image=0.05, together=0.01)

    @classmethod
    def compile(cls, document: Any, names: set[str], locate: Locate, pictures: Mapping[str, Kind]) -> Drawn:
        """Compile the ``stage`` part of a scene.

        Raises:
            ScmgenError: as :meth:`scmgen.render.stage.stage.Stage.compile`, and of what MuJoCo cannot draw.
        """
        stage = Stage.compile(document, names, locate, pictures, grain=False, mover=physics.stepped)
        with gathered() as each:
            for thing in stage.things:
                _check(thing.entry.material, "material", _MATERIALS, locate((*thing.entry.path, "material")), each)
            for light in stage.lights:
                _check(light.name, "light", _LIGHTS, light.where, each)
        return cls(stage)

    def ready(self) -> None:
        """Raise :class:`scmgen.errors.ScmgenError` unless MuJoCo is installed and can draw here."""
        engine.ready()

    def shots(self, scenery: Scenery, frame: Frame, things: Sequence[int] | None = None) -> list[Shot]:
        """All rows of a scenery, with all objects, or only some."""
        return shots(self.stage, scenery, frame, things)

    def seconds(self, frame: Frame) -> float:
        """About a hundredth of a second each time all is drawn, and a ten-millionth a sample (benchmarks/rendering)."""
        soft = any(light.name == "spot" for light in self.stage.lights)
        times = min(math.isqrt(self.stage.samples), SOFT) if soft else 1
        return 0.009 * times * times + 1.2e-7 * frame.pixels * self.stage.samples


def _check(found: str, kind: str, known: Sequence[str], where: str, each: Each) -> None:
    with each():
        if found not in known:
            allowed = f"allowed: {', '.join(known)}"
            raise ScmgenError(f"{where}: MuJoCo draws no {kind} {found!r}; {allowed}; renderer: mitsuba has it")
