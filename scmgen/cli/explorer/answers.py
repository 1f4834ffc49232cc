"""What the page shows: the scene, and two worlds with their images, the difference and the graph."""

from __future__ import annotations

import base64
import functools
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from scmgen.cli.explorer import code, question
from scmgen.cli.explorer.question import Question
from scmgen.cli.explorer.subject import Subject
from scmgen.scene.domain import Circular
from scmgen.scene.scene import Scene
from scmgen.scm import graph
from scmgen.scm.graph_picture import picture
from scmgen.scm.model import Affine
from scmgen.scm.vocabulary import Array
from scmgen.storage import png

SPLIT = "train"
_SHADES = np.rint(255 * np.sqrt(np.arange(256) / 255)).astype(np.uint8)  # the root shows faint changes too


class Explorer:
    """A scene that is explored; ``find`` finds it, again when its file has changed.

    Any number of threads may ask; one is answered at a time.

    Raises:
        ScmgenError: as ``find``.
    """

    def __init__(self, find: Callable[[], Subject], seed: int | None = None) -> None:
        self._find, self._lock = find, Lock()
        self._take(find())
        self.seed = self.subject.seed if seed is None else seed

    def describe(self) -> dict[str, Any]:
        """Say what the scene holds, see :func:`describe`, and which seed to begin with."""
        with self._lock:
            return {**describe(self.subject), "seed": self.seed}

    def reload(self) -> dict[str, Any]:
        """Read the scene again and describe it; one that does not fit leaves the old one in force.

        Raises:
            ScmgenError: about the file, as on the command line.
        """
        with self._lock:
            self._take(self._find())
        return self.describe()

    def answer(self, data: Any) -> dict[str, Any]:
        """Answer a question of the page, see :func:`answer`, with the ``graph`` and the ``milliseconds`` it took.

        Raises:
            ScmgenError: if the question does not fit the scene, or the scene gives a value that is not finite.
        """
        with self._lock:
            start = time.perf_counter()
            asked = question.read(data, self.subject.scene)
            shown = {**answer(self.subject, asked), "graph": self._picture(tuple(asked.do))}
            return {**shown, "milliseconds": 1000 * (time.perf_counter() - start)}

    def _take(self, subject: Subject) -> None:
        self.subject = subject
        known = subject.scene.factor_graph
        self._picture = functools.lru_cache(64)(lambda targets: picture.svg(known, targets=targets))


def describe(subject: Subject) -> dict[str, Any]:
    """Name, factors (in declared order) and equations of a scene, as JSON."""
    scene, known = subject.scene, subject.scene.factor_graph
    return {
        "name": subject.title,
        "description": scene.document.description,
        "citation": scene.document.citation,
        "file": subject.reference if subject.from_file else "",
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
        "equations": [
            {"targets": list(equation.targets), "text": equation.expression.text} for equation in scene.scm.equations
        ],
        "parameters": dict(scene.scm.parameters),
    }


def _step(low: float, high: float) -> float:
    """A round number that is a hundredth of a range, or up to half as much."""
    digit, _, power = f"{(high - low) / 100:e}".partition("e")
    return float(f"{max(k for k in (1, 2, 5) if k <= float(digit))}e{power}")


def _causes(known: nx.MultiDiGraph, name: str) -> list[str]:
    hidden = [a if b == name else b for a, b in graph.edges(known, "bidirected") if name in (a, b)]
    shared = [f"a hidden cause shared with {', '.join(hidden)}"] if hidden else []
    return [a for a, b in graph.edges(known, "directed") if b == name] + shared


def answer(subject: Subject, asked: Question) -> dict[str, Any]:
    """Compute and draw the factual world and the one under the do.

    Returns:
        For ``factual`` and ``twin`` the ``values`` of all variables and the ``image``; the image of their
        ``difference``; the factors that ``moved``; the ``do`` as it was understood; ``python``, ``command``.
    """
    scene = subject.scene
    values = worlds(scene, asked)
    pixels = scene.render(values, asked.size)
    images = [*png.encode(pixels), *png.encode(_difference(pixels))]
    factual, twin, difference = (f"data:image/png;base64,{base64.b64encode(image).decode()}" for image in images)
    return {
        "factual": {"values": _row(values, 0), "image": factual},
        "twin": {"values": _row(values, 1), "image": twin},
        "difference": difference,
        "moved": [name for name in scene.factors if values[name][0] != values[name][1]],
        "do": asked.do,
        "python": code.python(subject, asked),
        "command": code.command(subject, asked),
    }


def worlds(scene: Scene, asked: Question) -> dict[str, Array]:
    """Every variable in the factual world (row 0) and in the one under the do (row 1), in one pass."""
    own, other = (scene.noise(1, asked.seed, SPLIT, start) for start in (asked.index, asked.noise))
    noise = {name: np.concatenate([own[name], other[name]]) for name in own}
    do = {name: Affine(np.array([1.0, 0.0]), np.array([0.0, value])) for name, value in asked.do.items()}
    return scene.scm.solve(noise, do)


def _row(values: dict[str, Array], row: int) -> dict[str, float]:
    return {name: float(array[row]) for name, array in values.items()}


def _difference(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest change of a channel ``(1, size, size)``: black where there is none."""
    change = np.maximum(pixels[:1], pixels[1:]) - np.minimum(pixels[:1], pixels[1:])
    return np.asarray(_SHADES[functools.reduce(np.maximum, (change[..., channel] for channel in range(3)))])
