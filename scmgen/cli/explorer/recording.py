"""A recording: answers for values on a grid, and all of a lesson, drawn before, so that the page needs no server."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scmgen.cli.explorer import lesson, question, worlds
from scmgen.cli.explorer.answers import around, drawn, row, spelled
from scmgen.cli.explorer.subject import Subject
from scmgen.cli.explorer.worlds import World
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene

_BATCH = 64  # worlds drawn at once
_EACH = 400  # bytes of a world beside its picture: its values, and how it is found
_NUMBER = 10  # bytes of a further number: of a clip a value is one for each frame

_DO, _PARAMETERS, _NOISE = "each factor set alone", "parameters", "the noise of each variable"
_PAIRS = "two factors set at once"
_KINDS = {"do": _DO, "parameters": _PARAMETERS, "u": _NOISE}

Parameters = tuple[tuple[str, float], ...]
Key = tuple[Parameters, World]


@dataclass
class Recording:
    """What was recorded.

    Attributes:
        pictures: each once, as the address of a PNG.
        worlds: what leads to a picture, and the values of all variables there.
        left_out: what would have made it too large.
        places: of each picture, by what it holds.
        there: which worlds there are.
        numbers: that worlds hold beyond one for each variable.
    """

    pictures: list[str] = field(default_factory=list)
    worlds: list[list[Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    numbers: int = 0

    @property
    def bytes(self) -> int:
        """About how large its part of a page is."""
        return sum(map(len, self.pictures)) + _EACH * len(self.worlds) + _NUMBER * self.numbers


@dataclass(frozen=True)
class Plan:
    """What shall be recorded.

    Attributes:
        seed: of the samples.
        samples: how many, from the first.
        values: of each factor, parameter and noise.
        size: pixels a side.
        megabytes: that it has at most.
    """

    seed: int
    samples: int
    values: int
    size: int
    megabytes: int


def record(subject: Subject, described: Mapping[str, Any], plan: Plan) -> tuple[dict[str, Any], list[str]]:
    """Draw all that fits, what matters most first, and give what the page reads, and what was left out.

    Raises:
        ScmgenError: if the samples as they are, the lesson, and each factor alone do not fit.
    """
    scene, told = subject.scene, Recording()
    at = described["at"]
    taught, grid = list(_of_lesson(subject, described, plan)), grids(subject, plan)
    samples = list(dict.fromkeys([(plan.seed, k) for k in range(plan.samples)] + _samples(taught)))
    bases = [World(seed, index) for seed, index in samples]
    _record(subject, [((), one) for one in bases] + taught, plan, told)
    groups: dict[str, list[Key]] = {
        _DO: [((), replace(one, do=do, at=at)) for one in bases for do in _alone(grid["do"])],
        _PARAMETERS: [(tuple(each.items()), one) for one in bases for each in _alone(grid["parameters"])],
        _NOISE: [((), replace(one, u=u)) for one in bases for u in _alone(grid["u"])],
        _PAIRS: [((), replace(one, do=do, at=at)) for one in bases for do in _pairs(grid["do"])],
    }
    for name, keys in groups.items():
        fits = told.bytes * (1 + len(keys) / len(told.worlds)) <= 1_000_000 * plan.megabytes
        if not fits and name == _DO:
            counts = f"{len(samples)} samples, {plan.values} values a factor and {plan.size} px do"
            raise ScmgenError(f"--export: {counts} not fit into {plan.megabytes} MB; lower one, or raise --megabytes")
        if not fits:
            told.left_out.append(name)
            continue
        _record(subject, keys, plan, told)
    noise = [row(scene.noise(1, seed, worlds.SPLIT, start=index), 0) for seed, index in samples]
    return {
        "scene": dict(described),
        "size": plan.size,
        "samples": samples,
        "noise": noise,
        "grid": {kind: grid[kind] for kind, group in _KINDS.items() if group not in told.left_out},
        "variables": list(scene.scm.variables),
        "pictures": told.pictures,
        "worlds": told.worlds,
    }, told.left_out


def grids(subject: Subject, plan: Plan) -> dict[str, dict[str, list[float]]]:
    """The values on the grid: of factors (all levels), of parameters that the scene can have, and of noise."""
    scene, values = subject.scene, plan.values
    return {
        "do": {
            name: [float(v) for v in np.linspace(*factor.bounds, len(factor.domain.levels) or values)]
            for name, factor in scene.factors.items()
        },
        "parameters": {
            name: [v for v in np.linspace(*around(value), values).tolist() if _possible(subject, {name: v}, plan)]
            for name, value in scene.scm.parameters.items()
        },
        "u": {name: [(k + 0.5) / values for k in range(values)] for name in scene.scm.exogenous},
    }


def _possible(subject: Subject, parameters: Mapping[str, float], plan: Plan) -> bool:
    """Whether the scene can be computed so: a least value may be above the most."""
    try:
        worlds.solve(subject.changed(parameters).scene, [World(plan.seed, index) for index in range(plan.samples)])
    except ScmgenError:
        return False
    return True


def _alone(values: Mapping[str, Sequence[float]]) -> Iterable[dict[str, float]]:
    return ({name: value} for name, each in values.items() for value in each)


def _pairs(values: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    pairs = itertools.combinations(values, 2)
    return [{a: x, b: y} for a, b in pairs for x in values[a] for y in values[b]]


def _of_lesson(subject: Subject, described: Mapping[str, Any], plan: Plan) -> Iterable[Key]:
    """The worlds that the steps of the lesson show."""
    for step in (described["lesson"] or {"steps": []})["steps"]:
        if step["state"] is not None:
            asked = question.read(lesson.question_of(step["state"], plan.seed, plan.size), subject.scene)
            for one in itertools.chain(*worlds.asked(asked)):
                yield tuple(asked.parameters.items()), one


def _samples(keys: Iterable[Key]) -> list[tuple[int, int]]:
    return [(one.seed, one.index) for _, one in keys]


def _record(subject: Subject, keys: Iterable[Key], plan: Plan, told: Recording) -> None:
    """Draw worlds that are not there yet; those of the same parameters together."""
    new: dict[Parameters, list[World]] = {}
    for parameters, one in keys:
        name = repr((parameters, one))
        if name not in told.there:
            told.there.add(name)
            new.setdefault(parameters, []).append(one)
    for parameters, each in new.items():
        scene = subject.changed(dict(parameters)).scene
        step = max(1, _BATCH // (scene.frames or 1))
        for start in range(0, len(each), step):
            _draw(scene, parameters, each[start : start + step], plan.size, told)


def _draw(scene: Scene, parameters: Parameters, each: Sequence[World], size: int, told: Recording) -> None:
    for one, shown in zip(each, drawn(scene, each, size), strict=True):
        content = hashlib.blake2b(shown["image"].encode(), digest_size=16).digest()
        if content not in told.places:
            told.places[content] = len(told.pictures)
            told.pictures.append(shown["image"])
        do = {name: spelled(action) for name, action in one.do.items()}
        values = [_short(value) for value in shown["values"].values()]
        told.numbers += sum(len(value) - 1 for value in values if isinstance(value, list))
        led = [one.seed, one.index, do, dict(parameters), dict(one.u), told.places[content], values]
        told.worlds.append(led if scene.frames is None else [*led, one.at, one.lasts])


def _short(value: float | list[float]) -> float | list[float]:
    """A number, or one for each frame, in nine digits."""
    return [float(f"{one:.9g}") for one in value] if isinstance(value, list) else float(f"{value:.9g}")
