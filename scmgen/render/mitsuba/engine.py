"""Mitsuba, and a stage in its terms: one row of a scenery as a scene that it renders.

Only the variant ``scalar_rgb`` on one thread is used: its bytes are equal in all processes of a machine.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame
from scmgen.render.stage.entries import Array, Entry
from scmgen.render.stage.light import across, linear, spread
from scmgen.render.stage.rendered import Textures
from scmgen.render.stage.scenery import Scenery, axes, surface
from scmgen.render.stage.solids import Solid
from scmgen.render.stage.stage import Stage

_LAMPS = 16  # sharp lamps that one with an extent is made of
_POLISHED = 0.01  # roughness below which glass is smooth
_INDEX = 1.5  # of refraction, of glass


def ready() -> None:
    """Raise :class:`ScmgenError` unless Mitsuba is installed; it is not imported."""
    if importlib.util.find_spec("mitsuba") is None:
        raise ScmgenError("renderer mitsuba: Mitsuba is not installed: pip install 'scmgen[3d]'")


@functools.cache
def engine() -> Any:
    """Mitsuba, on one thread.

    Raises:
        ScmgenError: if it is not installed, or cannot be loaded.
    """
    ready()
    try:
        import drjit
        import mitsuba

        mitsuba.set_variant("scalar_rgb")
        drjit.set_thread_count(1)
        mitsuba.set_log_level(mitsuba.LogLevel.Error)
    except ImportError as error:
        raise ScmgenError(f"renderer mitsuba: it cannot be loaded: {error}") from error
    return mitsuba


@dataclass(frozen=True)
class Shot:
    """One row of a scenery in an image of a frame.

    Attributes:
        things: the numbers of the objects that are in it, in the order in which Mitsuba counts them.
    """

    stage: Stage
    scenery: Scenery
    row: int
    frame: Frame
    things: tuple[int, ...]

    def light(self, textures: Textures) -> Array:
        """The light ``(height, width, 3)`` that reaches each pixel; ``textures (side, side, 3)`` by object."""
        mi = engine()
        scene = mi.load_dict(self._scene(textures), parallel=False, optimize=False)
        seed = hashlib.blake2b(np.float64(self.scenery.whole["seed"][self.row]).tobytes(), digest_size=4).digest()
        image = mi.render(scene, spp=self.stage.samples, seed=int.from_bytes(seed, "little"))
        return np.asarray(image, np.float64)

    def looked(self) -> NDArray[np.int64]:
        """The object in front at the middle of each pixel ``(height, width)``; -1 where there is none."""
        places = np.rint(self._told("index:shape_index")[..., 0]).astype(np.int64)
        return np.array([-1, *self.things], np.int64)[places]

    def surfaces(self) -> tuple[Array, Array]:
        """How far behind the camera's plane what is there is ``(height, width)``, and the way it faces ``(..., 3)``."""
        told = self._told("at:position,facing:sh_normal,index:shape_index")
        there = told[..., 6] > 0.5
        away = told[..., :3] - self.scenery.camera["origin"][self.row]
        _, _, ahead = axes(self.scenery.camera)
        facing = told[..., 3:6] * np.where((told[..., 3:6] * away).sum(axis=-1, keepdims=True) > 0, -1.0, 1.0)
        return np.where(there, away @ ahead[self.row], 0.0), np.where(there[..., None], facing, 0.0)

    def _told(self, what: str) -> Array:
        """What Mitsuba tells of the middle of each pixel, ``(height, width, channels)``."""
        mi = engine()
        scene = mi.load_dict({"type": "scene", **self._shapes({}, bare=True)}, parallel=False, optimize=False)
        told = mi.load_dict({"type": "aov", "aovs": what})
        sensor = mi.load_dict(self._sensor({"type": "stratified", "sample_count": 1, "jitter": False}), parallel=False)
        return np.asarray(mi.render(scene, integrator=told, sensor=sensor, spp=1, seed=0), np.float64)

    def _scene(self, textures: Textures) -> dict[str, Any]:
        lights = zip(self.stage.lights, self.scenery.lights, strict=True)
        lamps = [part for entry, values in lights for part in _lamps(entry, values, self.row)]
        return {
            "type": "scene",
            "integrator": {"type": "path", "max_depth": self.stage.bounces + 1, "rr_depth": self.stage.bounces + 1},
            "sensor": self._sensor({"type": "multijitter", "sample_count": self.stage.samples}),
            **self._shapes(textures),
            **{f"~{k:05d}": lamp for k, lamp in enumerate(lamps)},
        }

    def _sensor(self, sampler: Mapping[str, Any]) -> dict[str, Any]:
        camera, row = self.scenery.camera, self.row
        _, up, _ = axes(camera)
        film = {
            "type": "hdrfilm",
            "width": self.frame.width,
            "height": self.frame.height,
            "rfilter": {"type": "box"},  # a path belongs to one pixel: what nothing changes stays as it is
            "pixel_format": "rgb",
            "component_format": "float32",
        }
        return {
            "type": "perspective",
            "fov": float(np.degrees(camera["fov"][row])),
            "fov_axis": "smaller",
            "near_clip": 1e-3,
            "far_clip": 1e6,
            "to_world": _looking(camera["origin"][row], camera["target"][row], up[row]),
            "film": film,
            "sampler": dict(sampler),
        }

    def _shapes(self, textures: Textures, bare: bool = False) -> dict[str, Any]:
        shapes = {}
        for k in self.things:
            entry, values = self.stage.things[k].entry, self.scenery.things[k]
            made = None if bare else engine().load_dict(_material(entry, values, self.row, textures.get(k)))
            shapes[f"thing{k:05d}"] = _mesh(surface(entry, values, self.row), made)
        return shapes


def _looking(origin: Array, target: Array, up: Array) -> Any:
    return engine().ScalarTransform4f().look_at(origin=origin.tolist(), target=target.tolist(), up=up.tolist())


def _rgb(value: Array) -> dict[str, Any]:
    return {"type": "rgb", "value": value.tolist()}


def _mesh(solid: Solid, material: Any) -> Any:
    mi = engine()
    told = mi.Properties()
    if material is not None:
        told["bsdf"] = material
    mesh = mi.Mesh("solid", len(solid.points), len(solid.faces), told, True, True)
    parts = mi.traverse(mesh)
    for name, array in (("positions", solid.points), ("normals", solid.normals), ("texcoords", solid.texels)):
        parts[f"vertex_{name}"] = array.astype(np.float32).ravel()
    parts["faces"] = solid.faces.astype(np.uint32).ravel()
    parts.update()
    return mesh


def _material(entry: Entry, values: Mapping[str, Array], row: int, texture: NDArray[np.uint8] | None) -> dict[str, Any]:
    """What an object is made of, in Mitsuba's terms; of what has no inside both sides are seen."""
    roughness = float(np.clip(values["roughness"][row], 0.0, 1.0))
    if texture is None:
        colour: dict[str, Any] = _rgb(linear(values["rgb"][row]))
    else:
        pixels = np.ascontiguousarray(linear(texture[::-1] / 255.0), np.float32)  # upside down
        colour = {"type": "bitmap", "bitmap": engine().Bitmap(pixels), "raw": True}
    match entry.material:
        case "glass":
            smooth = roughness < _POLISHED
            kind = {"type": "dielectric"} if smooth else {"type": "roughdielectric", "alpha": roughness**2}
            return {**kind, "int_ior": _INDEX, "specular_transmittance": colour}
        case "diffuse":
            surface_: dict[str, Any] = {"type": "diffuse", "reflectance": colour}
        case material:
            metallic = 1.0 if material == "metal" else 0.0
            shine = {"roughness": max(roughness, 0.02), "metallic": metallic}
            surface_ = {"type": "principled", "base_color": colour, **shine}
    return {"type": "twosided", "surface": surface_}


def _lamps(entry: Entry, values: Mapping[str, Array], row: int) -> list[dict[str, Any]]:
    """A lamp in Mitsuba's terms; one that has an extent and throws a cone is many without an extent."""
    if "when" in values and values["when"][row] == 0:
        return []
    light = linear(values["rgb"][row]) * values["power"][row]
    match entry.name:
        case "constant":
            return [{"type": "constant", "radiance": _rgb(light)}]
        case "point":
            return [{"type": "point", "position": values["at"][row].tolist(), "intensity": _rgb(light)}]
        case "area":
            return [_panel(values, row, light)]
        case _:
            return _spots(values, row, light)


def _panel(values: Mapping[str, Array], row: int, light: Array) -> dict[str, Any]:
    at, target = values["at"][row], values["target"][row]
    place = _looking(at, target, across(target - at)) @ engine().ScalarTransform4f().scale(
        float(values["size"][row]) / 2
    )
    return {"type": "rectangle", "to_world": place, "emitter": {"type": "area", "radiance": _rgb(light)}}


def _spots(values: Mapping[str, Array], row: int, light: Array) -> list[dict[str, Any]]:
    at, target, soft = values["at"][row], values["target"][row], float(values["soft"][row])
    count = _LAMPS if soft > 0 else 1
    angle = float(np.degrees(values["angle"][row]))
    inner = angle * (1.0 - float(np.clip(values["blur"][row], 1e-3, 1.0)))
    spots = []
    for place in spread(at, target, soft, count):
        spots.append(
            {
                "type": "spot",
                "to_world": _looking(place, target, across(target - at)),
                "intensity": _rgb(light / count),
                "cutoff_angle": angle,
                "beam_width": inner,
                "sampling_weight": 1.0 / count,  # together they are one lamp
            }
        )
    return spots
