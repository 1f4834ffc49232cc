"""Lessons: a YAML of steps, each with a text, and where it wants with a state of the page and a question.

A lesson is a stranger's file: it is data alone, and the page shows its words as text.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from scmgen.cli.explorer import question, worlds
from scmgen.cli.explorer.answers import spelled
from scmgen.cli.explorer.question import MOST, STEPS, Soft
from scmgen.errors import ScmgenError, gathered, suggestion
from scmgen.render.frame import SMALLEST
from scmgen.scene import document
from scmgen.scene.bounds import FRAMES
from scmgen.scene.document import Document, Place
from scmgen.scene.factor import Number
from scmgen.scene.scene import Scene

BUNDLED = Path(__file__).parent / "lessons"
_SUFFIXES = (".yaml", ".yml")
_NUMBER: TypeAdapter[float] = TypeAdapter(Number)
_Sample = Annotated[int, Field(ge=0, le=999_999)]
_Frame = Annotated[int, Field(ge=0, le=FRAMES)]
_Words = Annotated[str, Field(min_length=1, max_length=4_000)]
_Line = Annotated[str, Field(min_length=1, max_length=120)]


class Change(BaseModel):
    """A soft intervention in a lesson, as :class:`scmgen.cli.explorer.question.Soft`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: Number = 1.0
    shift: Number = 0.0


def _done(value: Any) -> Any:
    """One step of a chain, or several."""
    return value if isinstance(value, list) else [value]


class State(BaseModel):
    """What the page shows: the words of an address, and their defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: _Sample = 0
    seed: Annotated[int, Field(ge=0, le=MOST)] | None = None
    noise: _Sample | None = None
    beside: _Sample | None = None
    difference: bool = False
    do: Annotated[list[dict[str, Any]], BeforeValidator(_done), Field(min_length=1, max_length=STEPS)] = [{}]
    parameters: dict[str, Number] = {}
    u: dict[str, Number] = {}
    frame: _Frame | None = None
    at: _Frame | None = None
    lasts: _Frame | None = None


class Step(BaseModel):
    """One step: what is told, what the page shows, and what is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Line
    text: _Words
    state: State | None = None
    question: _Words | None = None
    answer: _Words | None = None

    @model_validator(mode="after")
    def _both(self) -> Step:
        if (self.question is None) != (self.answer is None):
            raise ValueError("a question goes with an answer, and an answer with a question")
        return self


class Lesson(BaseModel):
    """A lesson as its file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Line
    scene: _Line | None = None
    about: Annotated[str, Field(max_length=4_000)] = ""
    steps: Annotated[list[Step], Field(min_length=1, max_length=60)]


@dataclass(frozen=True)
class Read:
    """A lesson, and the document that it was read from, which knows its lines."""

    lesson: Lesson
    source: Document
    place: Path

    @property
    def scene(self) -> str | None:
        """The scene that the lesson is about, as a command line names it; a file is looked for beside the lesson's."""
        named = self.lesson.scene
        return str(self.place.parent / named) if named and Path(named).suffix in _SUFFIXES else named

    def taught(self, scene: Scene) -> dict[str, Any]:
        """The lesson as the page reads it, if all its states fit the scene.

        Raises:
            ScmgenError: of all that does not fit, each with its line.
        """
        steps = []
        with gathered() as each:
            for number, step in enumerate(self.lesson.steps):
                with each():
                    state = None if step.state is None else self._state(step.state, scene, ("steps", number, "state"))
                    words = step.model_dump(include={"title", "text", "question", "answer"})
                    steps.append({**words, "state": state})
        own = self.place.parent != BUNDLED  # it may change while it is taught
        return {"title": self.lesson.title, "about": self.lesson.about, "own": own, "steps": steps}

    def _state(self, state: State, scene: Scene, place: Place) -> dict[str, Any]:
        """A state as the page holds it."""
        with gathered() as each:
            for name in state.parameters:
                with each():
                    self._placed((*place, "parameters", name), question.parameter, name, scene)
            for name, value in state.u.items():
                with each():
                    self._placed((*place, "u", name), question.uniform, name, value, scene)
            do = [dict(self._acts(step, scene, self._step(place, k), each)) for k, step in enumerate(state.do)]
        plain = state.model_dump(include={"noise", "beside", "difference", "parameters", "u"})
        seed = {} if state.seed is None else {"seed": state.seed}
        times = state.model_dump(include={"frame", "at", "lasts"}, exclude_none=True)
        held = {"index": state.sample, **seed, **plain, **times, "do": do}
        self._placed(place, question.timing, {"at": state.frame}, scene)
        self._placed(place, _solve, held, scene)
        return held

    def _step(self, place: Place, number: int) -> Place:
        """Where a step of a chain stands; one alone needs no list."""
        whole = (*place, "do")
        return (*whole, number) if (*whole, number) in self.source.lines else whole

    def _acts(self, step: dict[str, Any], scene: Scene, place: Place, each: Any) -> Iterator[tuple[str, Any]]:
        for name, given in step.items():
            with each():
                where = (*place, name)
                action = self._placed(where, question.action, name, self._act(name, given, scene, where), scene)
                yield name, spelled(action)

    def _act(self, name: str, given: Any, scene: Scene, place: Place) -> float | Soft:
        """What a lesson does to a factor: a number, a level by its name, or a soft intervention."""
        if isinstance(given, dict):
            return Soft(**document.validate(Change, self.source, place).model_dump())
        levels = scene.factors[name].domain.levels if name in scene.factors else ()
        if given in levels:
            return float(levels.index(given))
        try:
            return float(_NUMBER.validate_python(given))
        except ValidationError:
            needed = suggestion(str(given), levels) if levels else "a number, or {scale: 0.5, shift: 0.1}, is needed"
            raise ScmgenError(f"{self.source.locate(place)}: found {given!r:.80}; {needed}") from None

    def _placed(self, place: Place, check: Any, *given: Any) -> Any:
        """What a check gives, its error with the line of the lesson."""
        try:
            return check(*given)
        except ScmgenError as error:
            raise ScmgenError(f"{self.source.locate(place)}: {error}") from None


def question_of(state: Mapping[str, Any], seed: int, size: int) -> dict[str, Any]:
    """What the page asks to show a state; ``seed`` is that of the page, for a state that names none."""
    asked = {name: part for name, part in state.items() if name not in ("difference", "frame")}
    noise = state["index"] if state["noise"] is None else state["noise"]
    return {"seed": seed, "size": size, **asked, "noise": noise}


def _solve(state: Mapping[str, Any], scene: Scene) -> None:
    """Raise unless the worlds of a state can be computed."""
    asked = question.read(question_of(state, 0, SMALLEST), scene)
    changed = scene.changed(parameters=asked.parameters, where="parameters")
    worlds.solve(changed, list(itertools.chain(*worlds.asked(asked))))


def bundled() -> list[str]:
    """The names of the lessons that come with the package."""
    return sorted(path.stem for path in BUNDLED.glob("*.yaml"))


def read(named: str) -> Read:
    """Read a lesson: a bundled one by its name, or a YAML file.

    Raises:
        ScmgenError: if there is no such lesson, or of all that does not fit, each with its line.
    """
    place = Path(named)
    if place.suffix not in _SUFFIXES:
        if named not in bundled():
            raise ScmgenError(f"--lesson {named}: no such lesson; {suggestion(named, bundled())}; or give a YAML file")
        place = BUNDLED / f"{named}.yaml"
    source = document.read(place)
    return Read(document.validate(Lesson, source), source, place)
