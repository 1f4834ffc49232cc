"""What the page shows: the scene, and the worlds of a question with their images."""

from __future__ import annotations

import base64
import functools
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import networkx as nx
import numpy as np

from scmgen.cli.explorer import code, question, worlds
from scmgen.cli.explorer.question import Question, Soft
from scmgen.cli.explorer.subject import Subject
from scmgen.cli.explorer.worlds import World
from scmgen.render.frame import Pixels, framed
from scmgen.scene.domain import Circular
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.graph_picture import picture
from scmgen.scm.vocabulary import Array
from scmgen.storage import png

_SIZES = (256, 128, 64, 32, 16)  # pixels a side to begin with: the first of an image, a later one of a clip
_PATIENCE = 0.25  # seconds that an image may take to begin with
_MODELS = 16  # with other parameters, kept


class Explorer:
    """A scene that is explored; ``find`` finds it, again when its file has changed.

    Any number of threads may ask; one is answered at a time.

    Args:
        find: the scene, and how it is named.
        seed: to begin with; the recipe's if none is given.
        teach: the lesson that goes with a scene, as the page reads it; None if there is none.

    Raises:
        ScmgenError: as ``find`` and ``teach``.
    """

    def __init__(
        self,
        find: Callable[[], Subject],
        seed: int | None = None,
        teach: Callable[[Scene], dict[str, Any] | None] = lambda scene: None,
    ) -> None:
        self._find, self._teach, self._lock = find, teach, Lock()
        self._take(find())
        self.seed = self.subject.seed if seed is None else seed

    def describe(self) -> dict[str, Any]:
        """Say what the scene holds, see :func:`describe`, which seed to begin with, and the lesson."""
        with self._lock:
            return {**describe(self.subject), "seed": self.seed, "lesson": self._lesson}

    def reload(self) -> dict[str, Any]:
        """Read the scene again and describe it; one that does not fit leaves the old one in force.

        Raises:
            ScmgenError: about the file, as on the command line.
        """
        with self._lock:
            self._take(self._find())
        return self.describe()

    def answer(self, data: Any) -> dict[str, Any]:
        """Answer a question of the page, see :func:`answer`, with the ``milliseconds`` it took.

        Raises:
            ScmgenError: if the question does not fit the scene, or the scene gives a value that is not finite.
        """
        with self._lock:
            start = time.perf_counter()
            asked = question.read(data, self.subject.scene)
            shown = answer(self._with(tuple(asked.parameters.items())), asked)
            return {**shown, "milliseconds": 1000 * (time.perf_counter() - start)}

    def _take(self, subject: Subject) -> None:
        self._lesson = self._teach(subject.scene)
        self.subject = subject
        self._with = functools.lru_cache(_MODELS)(lambda parameters: subject.changed(dict(parameters)))


def describe(subject: Subject) -> dict[str, Any]:
    """Name, factors (in declared order), noise, equations, parameters and graph of a scene, as JSON."""
    scene, known = subject.scene, subject.scene.factor_graph
    return {
        "name": subject.title,
        "description": scene.document.description,
        "citation": scene.document.citation,
        "file": subject.reference if subject.from_file else "",
        "command": code.explore(subject),
        "factors": [
            {
                "name": name,
                "long_name": factor.long_name,
                "unit": "" if factor.unit == "1" else factor.unit,
                "levels": list(factor.domain.levels),
                "low": factor.domain.bounds[0],
                "high": factor.domain.bounds[1],
                "step": _step(*factor.domain.bounds),
                "circular": isinstance(factor.domain, Circular),
                "causes": _causes(known, name),
            }
            for name, factor in scene.factors.items()
        ],
        "noise": list(scene.scm.exogenous),
        "equations": [
            {"targets": list(equation.targets), "text": equation.expression.text} for equation in scene.scm.equations
        ],
        "parameters": [
            {"name": name, "value": value, "low": low, "high": high, "step": _step(low, high)}
            for name, value in scene.scm.parameters.items()
            for low, high in [around(value)]
        ],
        "graph": picture.svg(known),
        "size": _size(scene),
        "frames": scene.frames,
        "at": question.beginning(scene),
    }


def _size(scene: Scene) -> int:
    """Pixels a side to begin with: as many as there is room and patience for."""
    room = (px for px in _SIZES[scene.frames is not None :] if px * (scene.frames or 1) <= question.TALLEST)
    return next((px for px in room if scene.renderer.seconds(framed(px)) <= _PATIENCE), _SIZES[-1])


def around(value: float) -> tuple[float, float]:
    """Where the slider of a parameter goes: from nothing to twice its value."""
    return (min(0.0, 2 * value), max(0.0, 2 * value)) if value else (-1.0, 1.0)


def _step(low: float, high: float) -> float:
    """A round number that is a hundredth of a range, or up to half as much."""
    digit, _, power = f"{(high - low) / 100:e}".partition("e")
    return float(f"{max(k for k in (1, 2, 5) if k <= float(digit))}e{power}")


def _causes(known: nx.MultiDiGraph, name: str) -> list[str]:
    hidden = [a if b == name else b for a, b in graph.edges(known, "bidirected") if name in (a, b)]
    shared = [f"a hidden cause shared with {', '.join(hidden)}"] if hidden else []
    return [a for a, b in graph.edges(known, "directed") if b == name] + shared


def answer(subject: Subject, asked: Question) -> dict[str, Any]:
    """Compute and draw what is asked for.

    Returns:
        ``samples``, one or two: for each the ``worlds``, the factual one and that after each step, with the ``values``
        of all variables and the ``image``, of a clip all frames one below the other; the ``noise`` of the first sample;
        the ``do`` as it was understood;
        ``python`` and ``command``, which draw the first sample's images.
    """
    scene, samples = subject.scene, worlds.asked(asked)
    told = iter(drawn(scene, list(itertools.chain(*samples)), asked.size))
    own = scene.noise(1, asked.seed, worlds.SPLIT, start=asked.index)
    return {
        "samples": [{"index": row[0].index, "worlds": list(itertools.islice(told, len(row)))} for row in samples],
        "noise": row(own, 0),
        "do": [{name: spelled(action) for name, action in step.items()} for step in asked.do],
        "python": code.python(subject, asked),
        "command": code.command(subject, asked),
    }


def spelled(action: float | Soft) -> float | dict[str, float]:
    """What is done to a factor, as JSON."""
    return action.model_dump() if isinstance(action, Soft) else action


def drawn(scene: Scene, asked: Sequence[World], size: int) -> list[dict[str, Any]]:
    """Values and image of some worlds."""
    values = worlds.solve(scene, asked)
    images = png.encode(strips(scene.render(values, size)))
    return [{"values": row(values, k), "image": inlined(image)} for k, image in enumerate(images)]


def inlined(image: bytes) -> str:
    """The address of a picture that stands in the page itself."""
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


def strips(clips: Pixels) -> Pixels:
    """Clips as images, all frames of each one below the other; images as they are."""
    return clips.reshape(len(clips), -1, *clips.shape[-2:])


def row(values: Mapping[str, Array], number: int) -> dict[str, float | list[float]]:
    """The values of one row, as JSON: of a clip a number for each frame where they are not all the same."""
    return {name: _told(array[number]) for name, array in values.items()}


def _told(value: Array) -> float | list[float]:
    """A number, or one for each frame; one for all where they are equal."""
    frames = np.atleast_1d(value)
    found: float | list[float] = float(frames[0]) if (frames == frames[0]).all() else frames.tolist()
    return found
