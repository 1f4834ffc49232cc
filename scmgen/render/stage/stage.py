"""A stage, compiled: camera, lights and objects, evaluated once for a whole batch, whoever renders it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scmgen.errors import Each, ScmgenError, gathered
from scmgen.pictures.bank import Kind
from scmgen.render.channels import check_expression
from scmgen.render.drawing import Drawing
from scmgen.render.lowering import unfinished
from scmgen.render.renderer import Locate, Object, World, length
from scmgen.render.stage import bodies, entries, physics
from scmgen.render.stage.bodies import Body
from scmgen.render.stage.entries import Array, Entry, Path
from scmgen.render.stage.physics import Mover, Physics
from scmgen.render.stage.scenery import Scenery, check, check_numbers
from scmgen.render.stage.words import BOUNCES, CAMERA, LIGHTS, OBJECTS, SAMPLES, STAGE, Word
from scmgen.scm.expression import Expression

_SECTION = "stage"
_KEYS = (*STAGE, "samples", "bounces", "physics", "camera", "bodies", "lights", "objects")
_SAMPLES, _BOUNCES = 64, 4  # unless a scene says otherwise
_STILL = {**STAGE, "seed": replace(STAGE["seed"], default=("0",))}
_TOLD_APART = 255  # groups of a mask, which has a byte a pixel
_AT_ONCE = 200_000  # objects in memory, times rows


@dataclass(frozen=True)
class Thing:
    """An object of a stage, the marks of its texture, if it has one, and the names by which its body moves it."""

    entry: Entry
    texture: Drawing | None
    borne: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What it is looked at as: its group, or its place and what it is."""
        return self.entry.group or f"{_SECTION}.{self.entry.path[-1]} {self.entry.name}"

    @property
    def reads(self) -> frozenset[str]:
        """The names that anything of it reads."""
        drawn = self.texture.reads if self.texture else frozenset()
        return _names(self.entry.expressions()) | self.borne | drawn

    @property
    def placing(self) -> frozenset[str]:
        """The names that its place, size and form read."""
        return _names(self.entry.placing()) | self.borne


@dataclass(frozen=True)
class Stage:
    """The compiled ``stage`` part of a scene.

    Attributes:
        samples: paths a pixel.
        bounces: how often light is followed from one surface to the next.
        whole: what is said of the stage as a whole, in numbers.
    """

    samples: int
    bounces: int
    whole: Entry
    camera: Entry
    lights: tuple[Entry, ...]
    things: tuple[Thing, ...]
    bodies: tuple[Body, ...] = ()
    physics: Physics | None = None

    @classmethod
    def compile(
        cls,
        document: Any,
        names: set[str],
        locate: Locate,
        pictures: Mapping[str, Kind],
        grain: bool = True,
        mover: Mover | None = None,
    ) -> Stage:
        """Compile the ``stage`` part of a scene; ``names`` is what its expressions may read.

        Without ``grain`` a stage needs no seed of paths of light, and without a ``mover`` it can have no physics.

        Raises:
            ScmgenError: of all unknown words, keys and names, missing keys, and bad expressions.
        """
        where = locate((_SECTION,))
        if not isinstance(document, Mapping):
            raise ScmgenError(f"{where}: a mapping (key: value) is needed, found {document!r:.80}")
        with gathered() as each:
            typos = entries.unknown(document, _KEYS, "a stage", locate, (_SECTION,), each)
            numbers = entries.keyed(document, STAGE if grain else _STILL, "a stage", typos, locate, (_SECTION,), each)
            samples, bounces = _samples(document, locate, each), _bounces(document, locate, each)
            whole = Entry(Word("", STAGE), "stage", (_SECTION,), where, numbers, None, {})
            given = document.get("camera", {})
            camera = whole
            with each():
                if not isinstance(given, Mapping):
                    raise ScmgenError(f"{locate((_SECTION, 'camera'))}: a mapping (key: value) is needed")
                camera = entries.compiled(given, "camera", CAMERA, locate, (_SECTION, "camera"), each)
            lights = [light for light, _ in _listed(document, "lights", "light", LIGHTS, locate, each)]
            things = [
                Thing(entry, _texture(told, entry.path, names, locate, pictures, each))
                for entry, told in _listed(document, "objects", "object", OBJECTS, locate, each)
            ]
            made = bodies.compiled(document.get("bodies", []), (_SECTION,), locate, each, "physics" in document)
            moved = physics.compiled(document, (_SECTION,), locate, each, mover)
            stage = cls(samples, bounces, whole, camera, tuple(lights), tuple(things), made, moved)
            stage = replace(stage, things=tuple(replace(t, borne=stage.borne(t.entry.parent)) for t in things))
            for expression in (expression for entry in stage.entries for expression in entry.expressions()):
                check_expression(expression, names, pictures, each)
            entries.check_meshes([thing.entry for thing in things], pictures, locate, each)
            carried = (camera, *lights, *(thing.entry for thing in things))
            bodies.check_carried(carried, [body.name for body in made], locate, each)
            with each():
                if len(stage.groups) > _TOLD_APART:
                    raise ScmgenError(f"{where}: {len(stage.groups)} groups; a mask tells at most {_TOLD_APART} apart")
        return stage

    def placed(self, locate: Locate) -> Stage:
        """The same stage, whose errors name the places of another text of it."""

        def moved(thing: Thing) -> Thing:
            marks = thing.texture and thing.texture.placed(_within(locate, thing.entry.path))
            return replace(thing, entry=thing.entry.placed(locate), texture=marks)

        return replace(
            self,
            whole=self.whole.placed(locate),
            camera=self.camera.placed(locate),
            lights=tuple(light.placed(locate) for light in self.lights),
            things=tuple(map(moved, self.things)),
            bodies=tuple(body.placed(locate) for body in self.bodies),
            physics=self.physics and self.physics.placed(locate),
        )

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that has numbers."""
        borne = (entry for body in self.bodies for entry in body.entries)
        moved = (self.physics.entry,) if self.physics else ()
        return self.whole, self.camera, *self.lights, *(thing.entry for thing in self.things), *borne, *moved

    def borne(self, name: str | None) -> frozenset[str]:
        """The names by which a body moves what it carries; under physics all that is there may push it."""
        chain = bodies.chain(name, self.bodies)
        if self.physics is None or not any(body.free or body.joints for body in chain):
            return _names(expression for body in chain for expression in body.expressions())
        solid = (e for thing in self.things for e in (*thing.entry.placing(), *thing.entry.numbers.get("when", ())))
        every = (expression for body in self.bodies for expression in body.expressions())
        return _names((*solid, *every, *self.physics.entry.expressions()))

    @functools.cached_property
    def reads(self) -> frozenset[str]:
        """The names that anything of it reads."""
        drawn = [thing.texture.reads for thing in self.things if thing.texture]
        return _names(e for entry in self.entries for e in entry.expressions()).union(*drawn)

    @functools.cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups in order."""
        return tuple(dict.fromkeys(thing.entry.group for thing in self.things if thing.entry.group))

    @functools.cached_property
    def objects(self) -> tuple[Object, ...]:
        """The groups, and after them each object without one."""
        own: dict[str, list[Thing]] = {group: [] for group in self.groups}
        for thing in self.things:
            own.setdefault(thing.name, []).append(thing)
        placing = _names(self.camera.placing()) | self.borne(self.camera.parent)
        return tuple(
            Object(
                name,
                frozenset[str]().union(*(thing.reads for thing in things)),
                placing.union(*(thing.placing for thing in things)),
                lone=things[0].entry.group is None,
            )
            for name, things in own.items()
        )

    def sceneries(self, world: World, most: int = _AT_ONCE) -> Iterator[Scenery]:
        """All numbers of some rows after another, at most so many, looked at.

        Raises:
            ScmgenError: if one is not finite, a transform is singular, or the camera sees nothing.
        """
        n, step = length(world), max(1, min(most, _AT_ONCE // (1 + len(self.things))))
        for start in range(0, n, step):
            rows = slice(start, min(n, start + step))
            part = {name: value[rows] if np.ndim(value) else value for name, value in world.items()}
            yield self._scenery(part, start)

    def _scenery(self, world: World, start: int) -> Scenery:
        n = length(world)
        values = [entry.valued(world, n) for entry in self.entries]
        self._check_finite(values, world, n, start)
        first, last = 2 + len(self.lights), 2 + len(self.lights) + len(self.things)
        things = [(thing.entry, own) for thing, own in zip(self.things, values[first:last], strict=True)]
        check_numbers(list(zip(self.entries[last:], values[last:], strict=True)), things, start)
        move = functools.partial(self.physics.frames, things=things, start=start) if self.physics else bodies.frames
        frames = move(self.bodies, values[last:])
        told = [bodies.carried(entry, own, frames) for entry, own in zip(self.entries, values, strict=True)]
        scenery = Scenery(start, n, world, values[0], told[1], told[2:first], told[first:last])
        check(scenery, self.camera, self.lights, [thing.entry for thing in self.things])
        return scenery

    def rehearse(self, world: World) -> None:
        """Evaluate all numbers, and those of textures, and keep none.

        Raises:
            ScmgenError: as :meth:`sceneries`.
        """
        for _ in self.sceneries(world):
            pass
        for thing in self.things:
            if thing.texture:
                thing.texture.rehearse(world)

    def _check_finite(self, values: Sequence[Mapping[str, Array]], world: World, n: int, start: int) -> None:
        bad = [
            (int(rows[0]), k)
            for k, valued in enumerate(values)
            for array in valued.values()
            if (rows := np.flatnonzero(~np.isfinite(array.reshape(n, -1)).all(axis=1))).size
        ]
        if bad:
            row, k = min(bad)
            entry = self.entries[k]
            told = unfinished(entry.expressions(), world, n, row, start)
            raise ScmgenError(told or f"{entry.where}: this {entry.name} is not finite in row {start + row}")


def _listed(
    document: Mapping[str, Any], part: str, kind: str, words: Mapping[str, Word], locate: Locate, each: Each
) -> list[tuple[Entry, Mapping[str, Any]]]:
    """The entries of a list of the stage, as far as they could be read, and what the scene says of each."""
    given = document.get(part)
    with each():
        if not isinstance(given, list) or not given:
            raise ScmgenError(f"{locate((_SECTION, part))}: a list of at least one {kind} is needed")
    found: list[tuple[Entry, Mapping[str, Any]]] = []
    for k, entry in enumerate(given if isinstance(given, list) else []):
        path: Path = (_SECTION, part, k)
        with each():
            name, word = entries.chosen(entry, kind, words, locate, path)
            found.append((entries.compiled(entry, name, word, locate, path, each), entry))
    return found


def _texture(
    told: Mapping[str, Any], path: Path, names: set[str], locate: Locate, pictures: Mapping[str, Kind], each: Each
) -> Drawing | None:
    if "texture" not in told:
        return None
    with each():
        if not isinstance(told["texture"], list):
            raise ScmgenError(f"{locate((*path, 'texture'))}: a list of marks is needed, found {told['texture']!r:.80}")
        return Drawing.compile(told["texture"], names, _within(locate, path), pictures)
    return None


def _within(locate: Locate, path: Path) -> Callable[[Path], str]:
    """The places of a drawing that is the texture of an object."""
    return lambda place: locate((*path, "texture", *place[1:]))


def _samples(document: Mapping[str, Any], locate: Locate, each: Each) -> int:
    """Paths a pixel, a square number: they are spread over it evenly."""
    given, (least, most) = str(document.get("samples", _SAMPLES)), SAMPLES
    with each():
        root = math.isqrt(int(given)) if given.isdecimal() and len(given) < 6 else 0
        if not least <= root <= most or root * root != int(given):
            wanted = f"a square number from {least**2} to {most**2}, such as 16, 36 or 64, is needed"
            raise ScmgenError(f"{locate((_SECTION, 'samples'))}: {wanted}, found {given!r:.80}")
        return root * root
    return _SAMPLES


def _bounces(document: Mapping[str, Any], locate: Locate, each: Each) -> int:
    given, (least, most) = str(document.get("bounces", _BOUNCES)), BOUNCES
    with each():
        if not given.isdecimal() or len(given) > 3 or not least <= int(given) <= most:
            wanted = f"a whole number from {least} to {most} is needed"
            raise ScmgenError(f"{locate((_SECTION, 'bounces'))}: {wanted}, found {given!r:.80}")
        return int(given)
    return _BOUNCES


def _names(expressions: Iterable[Expression]) -> frozenset[str]:
    return frozenset(name for expression in expressions for name in expression.names)
