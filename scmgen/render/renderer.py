"""The seam between a scene and its pixels: what a renderer can do, and which there are.

A renderer is what the ``draw`` part of a scene compiles to, or another part that it has the words of. Nothing
outside this room knows how one works, so another one needs to bring nothing but this.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.pictures.bank import Kind
from scmgen.render.frame import Frame, Pixels

World: TypeAlias = Mapping[str, Any]
"""All that a drawing may read: of each variable its values ``(n,)``, of each parameter and level its one value."""

Locate: TypeAlias = Callable[[tuple[str | int, ...]], str]
"""A place in a scene document, in words for errors."""


@dataclass(frozen=True)
class Exactness:
    """How nearly a second drawing repeats the first, on any machine: shares of bytes that may differ.

    Attributes:
        image: of any one image.
        together: of all images that are compared.
    """

    image: float
    together: float


@dataclass(frozen=True)
class Object:
    """What can be looked at by itself in a drawing: a group, or a mark that is in none.

    Attributes:
        name: what the scene calls a group; of a mark its place and what it is, such as ``draw.3 disc``.
        reads: the names that anything of it reads.
        placing: the names that its place, size and form read.
        lone: whether it is a mark without a group.
    """

    name: str
    reads: frozenset[str]
    placing: frozenset[str]
    lone: bool = False


@dataclass(frozen=True)
class Apart:
    """An object by itself, in some rows: what would be seen of it if nothing stood before it.

    Attributes:
        name: of the object.
        drawn: ``(n,)`` whether it is in the drawing at all.
        mask: ``(n, height, width)`` where it would be seen.
        seen: ``(n,)`` whether any of it is on top when all is drawn.
        beyond: ``(n,)`` whether any of it lies outside the frame.
    """

    name: str
    drawn: NDArray[np.bool_]
    mask: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    beyond: NDArray[np.bool_]


class Renderer(Protocol):
    """A compiled drawing. Pixels are a pure function of it, of a world and of a frame.

    Attributes:
        version: what the pixels depend on besides the scene; it changes when they do.
        exact: how nearly drawing again repeats them.
        section: the part of a scene that it compiles: ``draw``, or ``stage``.
    """

    version: ClassVar[str]
    exact: ClassVar[Exactness]
    section: ClassVar[str]

    @classmethod
    def compile(cls, document: Any, names: set[str], locate: Locate, pictures: Mapping[str, Kind]) -> Renderer:
        """Compile its part of a scene.

        Args:
            document: what the scene says there.
            names: what it may read.
            locate: where a part of it stands.
            pictures: what it may show of what is brought, and as what kind.

        Raises:
            ScmgenError: on the first thing that does not fit, with its place.
        """

    def placed(self, locate: Locate) -> Renderer:
        """The same drawing, whose errors name the places of another text of it."""

    def rough(self) -> Renderer:
        """The same drawing for a look at it, quick and less exact; itself if it takes no time."""

    def seconds(self, frame: Frame) -> float:
        """About how long an image takes, on one core of a usual machine."""

    @property
    def summary(self) -> str:
        """How much is drawn, in a few words."""

    @property
    def reads(self) -> frozenset[str]:
        """The names that drawing reads."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in order: group g has the value g + 1 in a mask."""

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """For each group the names that anything of it reads."""

    @property
    def objects(self) -> tuple[Object, ...]:
        """All that can be looked at by itself: the groups in order, and after them each mark without one."""

    def draw(self, world: World, frame: Frame) -> Pixels:
        """Images ``(n, height, width, 3)``, in colour whether the frame is grey or not.

        Raises:
            ScmgenError: as :meth:`rehearse`.
        """

    def masks(self, world: World, frame: Frame) -> Pixels:
        """The group on top of each pixel, ``(n, height, width)``; 0 where there is none."""

    def apart(self, world: World, frame: Frame, names: Collection[str]) -> Iterator[Apart]:
        """The objects of these names by themselves, one in memory at a time; each comes once for every few rows."""

    def rehearse(self, world: World) -> None:
        """Compute everything that drawing computes but the pixels.

        Raises:
            ScmgenError: if something that would be drawn is not finite.
        """


def length(world: World) -> int:
    """How many rows a batch has."""
    return next(len(value) for value in world.values() if np.ndim(value))


RENDERERS: dict[str, type[Renderer]] = {}
"""The renderers that were imported, by the name that a scene knows them by."""

OURS = "marks"  # the renderer of a scene that names none
HOMES = {  # the module that registers each, imported when a scene is compiled
    OURS: "scmgen.render.drawing",
    "mitsuba": "scmgen.render.mitsuba.renderer",
    "mujoco": "scmgen.render.mujoco.renderer",
}


def named(name: str) -> type[Renderer]:
    """The renderer of a name, one of :data:`HOMES` or registered by whoever brought it."""
    if name not in RENDERERS:
        importlib.import_module(HOMES[name])
    return RENDERERS[name]


def renderer(name: str) -> Callable[[type[Any]], type[Any]]:
    """Register a class as a renderer."""

    def register(kind: type[Any]) -> type[Any]:
        RENDERERS[name] = kind
        return kind

    return register
