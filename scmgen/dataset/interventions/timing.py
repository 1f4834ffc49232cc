"""When a step acts, in a scene that moves: from which frame on, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from scmgen.dataset.interventions.before import Before, Rows
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene
from scmgen.scm.vocabulary import Array

RANDOM, EACH, END = "random", "each", "end"
_AT = re.compile(r"\d{1,9}(-\d{1,9})?")
_LASTS = re.compile(r"[1-9]\d{0,8}")

Draw = Callable[[str], Array]


def _at(value: Any) -> Any:
    if value is not None and str(value) not in (RANDOM, EACH) and not _AT.fullmatch(str(value)):
        raise ValueError(f"a frame such as 8, frames such as 4-8, {RANDOM} or {EACH} is needed, found {value!r:.80}")
    return None if value is None else str(value)


def _lasts(value: Any) -> Any:
    if value is not None and str(value) != END and not _LASTS.fullmatch(str(value)):
        raise ValueError(f"a number of frames from 1 on, or {END}, is needed, found {value!r:.80}")
    return None if value is None else str(value)


def span(at: str) -> tuple[int, int]:
    """The first and the last of frames such as ``4-8``, or a frame twice.

    >>> span("4-8"), span("3")
    ((4, 8), (3, 3))
    """
    first, _, last = at.partition("-")
    return int(first), int(last or first)


def _frames(value: Any) -> Any:
    if value is not None and not _AT.fullmatch(str(value)):
        raise ValueError(f"a frame such as 8, or frames such as 4-8, is needed, found {value!r:.80}")
    return None if value is None else str(value)


Frames = Annotated[str | None, BeforeValidator(_frames)]
"""A frame, or the first and the last of some, if anything is said."""


class Timing(BaseModel):
    """When a step acts on a clip. A step on still images has none of it.

    Attributes:
        at: the frame in which it begins: a number, the least and the last such as ``4-8``, ``random`` (from frame 1
            on, so that something comes before it; the default), or ``each``: in each frame targets are drawn anew.
        lasts: for how many frames, or to the ``end`` (the default).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Annotated[str | None, BeforeValidator(_at)] = None
    lasts: Annotated[str | None, BeforeValidator(_lasts)] = None

    @model_validator(mode="after")
    def _one_span(self) -> Timing:
        if self.at == EACH and self.lasts is not None:
            raise ValueError("lasts: with at=each what is done is drawn anew in each frame, and lasts one")
        return self

    def check_time(self, scene: Scene, where: str) -> None:
        """See that the frames exist in which a step acts.

        Raises:
            ScmgenError: if one does not, or the scene has none.
        """
        if scene.frames is None:
            for option in ("at", "lasts"):
                if getattr(self, option) is not None:
                    raise ScmgenError(f"{where}: {option}: {scene.name} stands still, and has no frames")
            return
        first, last = self._beginnings(scene.frames)
        if not first <= last < scene.frames:
            found = self.at if first <= last else f"{self.at}, whose first is after its last"
            raise ScmgenError(f"{where}: at: no such frame: frames are 0 to {scene.frames - 1}, found {found}")

    def acting(self, rows: Rows, frames: int) -> NDArray[np.bool_]:
        """In which frames of each row the step acts: ``(n, frames)``."""
        if self.at == EACH:
            return np.ones((rows.count, frames), bool)
        first, last = self._beginnings(frames)
        begins = first + np.floor(rows.draw("/at") * (last - first + 1)).astype(np.int64)
        length = frames if self.lasts in (None, END) else int(self.lasts or 0)
        number = np.arange(frames)
        return np.asarray((number >= begins[:, None]) & (number < begins[:, None] + length))

    def _beginnings(self, frames: int) -> tuple[int, int]:
        """The first and the last frame in which it may begin."""
        if self.at in (None, RANDOM, EACH):
            return 1, frames - 1
        return span(str(self.at))

    def filmed(self, before: Before) -> Before:
        """What a step on a clip starts from, each frame of each sample as a row of its own.

        What is drawn for a sample holds in all its frames, or with ``each`` is drawn for each of them.
        """
        frames, rows = before.scene.frames or 1, before.rows

        def spread(draw: Callable[[str], Any]) -> Callable[[str], Any]:
            def drawn(name: str) -> Any:
                if self.at != EACH:
                    return np.repeat(draw(name), frames)
                return np.stack([draw(f"{name}[{frame}]") for frame in range(frames)], axis=1).ravel()

            return drawn

        def arms(name: str, count: int) -> NDArray[np.int64]:
            return np.asarray(spread(lambda stream: rows.arms(stream, count))(name))

        flat = Rows(spread(rows.draw), arms, rows.count * frames, rows.prefix)
        return replace(before, rows=flat, values={name: array.ravel() for name, array in before.values.items()})
