"""Light and the colours by which a screen shows it (sRGB)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scmgen.render.stage.entries import Array

_GOLDEN = np.pi * (3.0 - np.sqrt(5.0))  # the turn that spreads points evenly


def linear(shown: Array) -> Array:
    """Light of colours from 0 to 1 as a screen shows them."""
    return np.where(shown <= 0.04045, shown / 12.92, ((np.maximum(shown, 0.04045) + 0.055) / 1.055) ** 2.4)


def screened(light: Array) -> NDArray[np.uint8]:
    """Bytes by which a screen shows light, all that is brighter than 1 as white."""
    light = np.clip(light, 0.0, 1.0)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
    return np.asarray(np.floor(255.0 * shown + 0.5), np.uint8)


def across(along: Array) -> Array:
    """A direction of length 1 across another one."""
    least = np.eye(3)[int(np.argmin(np.abs(along)))]
    found = np.cross(along, least)
    return np.asarray(found / np.linalg.norm(found))


def spread(at: Array, target: Array, radius: float, count: int) -> list[Array]:
    """Places of sharp lamps that together are one with an extent: even on a disc about ``at`` that faces ``target``."""
    first = across(target - at)
    second = np.cross(first, target - at) / np.linalg.norm(target - at)
    places = []
    for k in range(count):
        away, turn = radius * np.sqrt((k + 0.5) / count), k * _GOLDEN
        places.append(at + away * (np.cos(turn) * first + np.sin(turn) * second) if count > 1 else at)
    return places
