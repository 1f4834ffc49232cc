"""Stages as Mitsuba renders them, behind the seam of a renderer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from scmgen.pictures.bank import Kind
from scmgen.render.frame import Frame
from scmgen.render.mitsuba import engine
from scmgen.render.mitsuba.engine import Shot
from scmgen.render.renderer import Exactness, Locate, renderer
from scmgen.render.stage import rendered
from scmgen.render.stage.scenery import Scenery
from scmgen.render.stage.stage import Stage

_EDITION = 1  # of how a stage becomes a scene of Mitsuba's


@renderer("mitsuba")
@dataclass(frozen=True)
class Rendered(rendered.Rendered):
    """A stage that Mitsuba renders.

    Drawn again on the same machine with the same version its bytes are equal. On another machine a path may end
    elsewhere by a last bit, and change a pixel.
    """

    version: ClassVar[str] = f"mitsuba {rendered.installed('mitsuba')}, {_EDITION}"
    exact: ClassVar[Exactness] = Exactness(image=0.05, together=0.01)

    @classmethod
    def compile(cls, document: Any, names: set[str], locate: Locate, pictures: Mapping[str, Kind]) -> Rendered:
        """Compile the ``stage`` part of a scene.

        Raises:
            ScmgenError: as :meth:`scmgen.render.stage.stage.Stage.compile`.
        """
        return cls(Stage.compile(document, names, locate, pictures))

    def ready(self) -> None:
        """Raise :class:`scmgen.errors.ScmgenError` unless Mitsuba is installed."""
        engine.ready()

    def shots(self, scenery: Scenery, frame: Frame, things: Sequence[int] | None = None) -> list[Shot]:
        """All rows of a scenery, with all objects, or only some."""
        rows = enumerate(rendered.there(self.stage, scenery, things))
        return [Shot(self.stage, scenery, row, frame, kept) for row, kept in rows]

    def seconds(self, frame: Frame) -> float:
        """About a hundredth of a second, and of each path most of a microsecond (benchmarks/rendering)."""
        return 0.01 + 7e-7 * frame.pixels * self.stage.samples
