"""What a stage comes to in some rows: every number of it, and whether an image can be made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.render.renderer import World
from scmgen.render.stage.entries import Array, Entry
from scmgen.render.stage.solids import Solid, holds, solid, turns

_SMALL = 1e-9
_WIDEST = 3.1  # radians that a camera sees


@dataclass(frozen=True)
class Scenery:
    """The numbers of a stage in ``n`` rows, the first of which is ``start`` in the batch.

    Attributes:
        world: what they were computed from.
        whole, camera: of each key ``(n,)`` or ``(n, 3)``.
        lights, things: the same of each lamp and each object; what a body carries is told of the stage, and of an
            object how it is ``turn (n, 3, 3)`` there.
    """

    start: int
    n: int
    world: World
    whole: Mapping[str, Array]
    camera: Mapping[str, Array]
    lights: Sequence[Mapping[str, Array]]
    things: Sequence[Mapping[str, Array]]

    def there(self, k: int) -> NDArray[np.bool_]:
        """Rows ``(n,)`` in which object k stands on the stage."""
        return np.asarray(self.things[k]["when"] != 0)


def surface(entry: Entry, values: Mapping[str, Array], row: int) -> Solid:
    """An object in one row, where it stands."""
    at, turn = place(values)
    return _shape(entry, values, row).moved(at[row], turn[row], values["size"][row])


def _shape(entry: Entry, values: Mapping[str, Array], row: int) -> Solid:
    if "number" in values:
        mesh = entry.meshes.items[int(values["number"][row])]
        texels = np.zeros((len(mesh.points), 2)) if mesh.texels is None else mesh.texels
        return Solid(mesh.points, mesh.normals, texels, mesh.faces)
    return solid(entry.name, float(values["tube"][row]) if "tube" in values else 0.0)


def place(values: Mapping[str, Array]) -> tuple[Array, Array]:
    """Where the middle of an object is ``(n, 3)``, and how it is turned ``(n, 3, 3)``."""
    body = values["turn"]
    return values["at"] + np.einsum("nij,nj->ni", body, values["shift"]), body @ turns(values["tilt"])


def outside(points: Array, camera: Mapping[str, Array], row: int, wide: float, tall: float) -> bool:
    """Whether any of some points lies outside the image; the frame is ``wide`` times ``tall`` unit squares."""
    right, up, ahead = axes(camera)
    seen = points - camera["origin"][row]
    depth = seen @ ahead[row]
    reach = np.tan(0.5 * camera["fov"][row]) * np.maximum(depth, _SMALL)
    across, high = np.abs(seen @ right[row]), np.abs(seen @ up[row])
    return bool(((depth <= 0) | (across > wide * reach) | (high > tall * reach)).any())


def axes(camera: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Directions ``(n, 3)`` of length 1 that are to the right, upwards and ahead in the image."""
    ahead = _unit(camera["target"] - camera["origin"])
    right = _unit(np.cross(ahead, camera["up"]))
    return right, np.cross(right, ahead), ahead


def check_numbers(
    bodies: Sequence[tuple[Entry, Mapping[str, Array]]], things: Sequence[tuple[Entry, Mapping[str, Array]]], start: int
) -> None:
    """Raise :class:`ScmgenError` for the first number that no body or object can have, and say in which row."""
    for entry, values in bodies:
        if "axis" in values:
            none = np.abs(values["axis"]).max(axis=1) < _SMALL
            refuse(none, entry, "axis", f"the axis of this {entry.name} has no length", start)
        if "density" in values:
            _bounded(values["density"], entry, "density", _SMALL, np.inf, start)
            found = values["friction"].min()
            refuse(values["friction"] < 0, entry, "friction", f"0 or more is needed, found {found:g}", start)
    for entry, values in things:
        _check_form(entry, values, start)


def _check_form(entry: Entry, values: Mapping[str, Array], start: int) -> None:
    there, least = values["when"] != 0, values["size"].min(axis=1)
    bad = there & ~(least > _SMALL)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        refuse(bad, entry, "size", f"a size above 0 is needed, found {least[row]:g}", start)
    if "tube" in values:
        _bounded(np.where(there, values["tube"], 0.1), entry, "tube", _SMALL, 0.5, start)
    if "number" in values:
        _check_mesh(entry, values["number"], there, start)


def check(scenery: Scenery, camera: Entry, lights: Sequence[Entry], things: Sequence[Entry]) -> None:
    """Raise :class:`ScmgenError` for the first thing of which no image can be made, and say in which row."""
    start = scenery.start
    _check_camera(scenery.camera, camera, start)
    for entry, values in zip(lights, scenery.lights, strict=True):
        if "target" in values:
            there = values["when"] != 0
            lost = there & (np.abs(values["target"] - values["at"]).max(axis=1) < _SMALL)
            refuse(lost, entry, "target", "the lamp shines at the point where it is", start)
        for key, least, most in (("angle", _SMALL, np.pi / 2), ("size", _SMALL, np.inf)):
            if key in values:
                _bounded(values[key], entry, key, least, most, start)
    for k, (entry, values) in enumerate(zip(things, scenery.things, strict=True)):
        _check_outside(scenery, k, entry, values)


def _check_camera(values: Mapping[str, Array], entry: Entry, start: int) -> None:
    along = values["target"] - values["origin"]
    refuse(np.abs(along).max(axis=1) < _SMALL, entry, "target", "the camera looks at the point where it is", start)
    across = np.linalg.norm(np.cross(_unit(along), _unit(values["up"])), axis=1)
    refuse(~(across > 1e-6), entry, "up", "up is the direction in which the camera looks", start)
    _bounded(values["fov"], entry, "fov", 1e-3, _WIDEST, start)


def _check_outside(scenery: Scenery, k: int, entry: Entry, values: Mapping[str, Array]) -> None:
    there = scenery.there(k)
    at, turn = place(values)
    local = np.einsum("nij,ni->nj", turn, scenery.camera["origin"] - at) / np.where(there[:, None], values["size"], 1.0)
    if "number" in values:
        held = _held(entry, values["number"], local, there)
    else:
        held = holds(entry.name, local, values.get("tube", 0.0))
    refuse(there & held, entry, "at", f"the camera is inside this {entry.name}", scenery.start)


def _check_mesh(entry: Entry, numbers: Array, there: NDArray[np.bool_], start: int) -> None:
    bank = entry.meshes
    wrong = there & ~((numbers == np.rint(numbers)) & (numbers >= 0) & (numbers < len(bank.items)))
    if wrong.any():
        found = f"{bank.name!r} has no mesh {numbers[np.flatnonzero(wrong)[0]]:g}"
        refuse(wrong, entry, "number", f"{found}; they are numbered from 0 to {len(bank.items) - 1}", start)
    if entry.textured:
        bare = there & np.array([bank.items[int(k)].texels is None for k in np.where(there, numbers, 0)])
        refuse(bare, entry, "number", f"a mesh of {bank.name!r} has no places for a texture (vt; s, t)", start)


def _held(entry: Entry, numbers: Array, points: Array, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether points ``(n, 3)`` lie in the mesh of their row."""
    held = np.zeros(len(points), np.bool_)
    for number in np.unique(numbers[there]):
        rows = np.flatnonzero(there & (numbers == number))
        held[rows] = entry.meshes.items[int(number)].holds(points[rows])
    return held


def _bounded(values: Array, entry: Entry, key: str, least: float, most: float, start: int) -> None:
    bad = ~((values >= least) & (values <= most))
    if bad.any():
        wanted = "a number above 0" if not np.isfinite(most) else f"a number above 0 and up to {most:.4g}"
        found = float(values[np.flatnonzero(bad)[0]])
        refuse(bad, entry, key, f"{wanted} is needed, found {found:g}", start)


def refuse(bad: NDArray[np.bool_], entry: Entry, key: str, problem: str, start: int) -> None:
    """Raise :class:`ScmgenError` if a row is bad, and say which it is, and where the key of the entry stands."""
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        where = entry.numbers[key][0].where
        raise ScmgenError(f"{where}: {problem}, in row {start + row}")


def _unit(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-300))
