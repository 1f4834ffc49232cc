"""How large a scene may be, so that what is computed from it fits in memory (limits: docs/reference/language.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from scmgen.errors import ScmgenError
from scmgen.render.renderer import Locate
from scmgen.scene.factor import Factor

VARIABLES, FACTORS, LEVELS, MARKS = 2_000, 100, 1_000, 10_000
FRAMES = 1_024  # of a clip


class Sized(Protocol):
    """The parts of a scene document that grow."""

    @property
    def equations(self) -> Mapping[str, str]:
        """Targets, and what they are computed by."""

    @property
    def factors(self) -> Mapping[str, Factor]:
        """What a model should recover."""

    @property
    def draw(self) -> Collection[object]:
        """The marks."""


def check(scene: Sized, locate: Locate) -> None:
    """Raise :class:`ScmgenError` for the first part of a scene that is too large, before anything is compiled."""
    variables = sum(key.count(",") + 1 for key in scene.equations)
    levels = sum(len(factor.levels or ()) for factor in scene.factors.values())
    for part, what, count, most in (
        ("equations", "variables", variables, VARIABLES),
        ("factors", "factors", len(scene.factors), FACTORS),
        ("factors", "levels of all factors", levels, LEVELS),
        ("draw", "marks", len(scene.draw), MARKS),
    ):
        if count > most:
            raise ScmgenError(f"{locate((part,))}: {count:,} {what}; the most is {most:,}")
