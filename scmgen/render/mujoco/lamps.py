"""Lamps as MuJoCo has them: sharp ones, of which a soft one is many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scmgen.render.stage.entries import Array, Entry
from scmgen.render.stage.light import linear, spread

_WIDEST = 1.25  # radians from the middle of a cone to its edge, the most that a map of shadows holds
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0  # the share of a turn that spreads numbers evenly


@dataclass(frozen=True)
class Lamp:
    """A lamp in one row.

    Attributes:
        light: what it gives, of red, green and blue, at a length of 1.
        at, target: where it is, and what it shines at, ``(3,)``; one that shines everywhere has no target.
        angle: from the middle of its cone to its edge.
        blur: share of the angle over which the light fades towards the edge.
        radius: of the lamp.
    """

    light: Array
    at: Array
    target: Array | None = None
    angle: float = 0.0
    blur: float = 0.0
    radius: float = 0.0

    @property
    def soft(self) -> bool:
        """Whether its shadows, or the edge of its cone, are not sharp."""
        return self.radius > 0 or self.blur > 0

    def sharp(self, number: int, count: int) -> Lamp:
        """One of so many sharp lamps whose mean it is."""
        if self.target is None:
            return self
        share = (number * _GOLDEN + 0.5) % 1.0
        at = spread(self.at, self.target, self.radius, count)[number]
        return replace(self, at=at, angle=self.angle * (1.0 - self.blur * share), radius=0.0, blur=0.0)


def lamps(entries: Sequence[Entry], valued: Sequence[Mapping[str, Array]], row: int) -> list[Lamp]:
    """The lamps that burn in a row."""
    lit = [
        (entry, {key: value[row] for key, value in values.items()})
        for entry, values in zip(entries, valued, strict=True)
    ]
    return [_lamp(entry, own) for entry, own in lit if entry.name != "constant" and own["when"] != 0]


def sky(entries: Sequence[Entry], valued: Sequence[Mapping[str, Array]], row: int) -> Array:
    """The light ``(3,)`` that comes from everywhere in a row."""
    lit = [values for entry, values in zip(entries, valued, strict=True) if entry.name == "constant"]
    return np.asarray(sum((linear(own["rgb"][row]) * own["power"][row] for own in lit), np.zeros(3)))


def _lamp(entry: Entry, own: Mapping[str, Array]) -> Lamp:
    light = linear(own["rgb"]) * own["power"]
    if entry.name == "point":
        return Lamp(light, own["at"])
    blur, angle = float(np.clip(own["blur"], 0.0, 1.0)), min(float(own["angle"]), _WIDEST)
    return Lamp(light, own["at"], own["target"], angle, blur, max(float(own["soft"]), 0.0))
