"""What the page asks: which sample, whose noise, which parameters, how large, and what is done, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from scmgen.dataset.interventions.timing import Timing
from scmgen.errors import ScmgenError, suggestion
from scmgen.render.frame import LARGEST, SMALLEST
from scmgen.scene import document
from scmgen.scene.bounds import FRAMES
from scmgen.scene.domain import Categorical, Circular, Continuous
from scmgen.scene.factor import Factor, Number
from scmgen.scene.scene import Scene

MOST = 2**53 - 1  # the largest whole number that a page can hold
STEPS = 4  # of a chain
_Whole = Annotated[int, Field(ge=0, le=MOST)]
_Position = Annotated[int, Field(ge=0, le=999_999)]
_Frame = Annotated[int, Field(ge=0, lt=FRAMES)]
TALLEST = 32_767  # pixels of a strip, the frames of a clip one below the other, which every browser shows


class Soft(BaseModel):
    """A soft intervention, as the kind ``soft``: scaled about the middle of the range, shifted by a share of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    scale: Number = 1.0
    shift: Number = 0.0


def _form(value: Any) -> str:
    return "[soft]" if isinstance(value, dict | Soft) else "[value]"


Action: TypeAlias = Annotated[
    Annotated[Number, Tag("[value]")] | Annotated[Soft, Tag("[soft]")],
    Discriminator(_form),
]
"""What is done to a factor: it is set to a value (of a categorical one the index of a level), or changed softly."""

Do: TypeAlias = dict[str, Action]


class Question(BaseModel):
    """One sample or two, and a chain of dos.

    Attributes:
        seed, index: the factual sample is number ``index`` of the split ``train`` under ``seed``.
        noise: number of the sample whose noise the other world has; ``index`` itself gives the counterfactual.
        beside: number of a second sample, under the same dos.
        size: pixels a side.
        do: the steps of a chain; what a step does holds on in the next, unless it is done anew.
        parameters: those that are not as the scene has them.
        u: noise that is set by hand, in all worlds of the first sample: variable -> number between 0 and 1.
        at, lasts: of a clip the frame from which on the dos hold, and in how many; None: :func:`beginning`, to the end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seed: _Whole
    index: _Position
    noise: _Position
    beside: _Position | None = None
    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
    do: Annotated[list[Do], Field(min_length=1, max_length=STEPS)]
    parameters: dict[str, Number] = {}
    u: dict[str, Number] = {}
    at: _Frame | None = None
    lasts: Annotated[int, Field(ge=1, le=FRAMES)] | None = None

    @property
    def held(self) -> list[Do]:
        """All that is done after each step: its own, and of the steps before what it does not do anew."""
        after: list[Do] = []
        for step in self.do:
            after.append({**(after[-1] if after else {}), **step})
        return after


def parse(body: bytes) -> Any:
    """Read strict JSON, in which there is no NaN.

    Raises:
        ScmgenError: if it is none.
    """
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ScmgenError("the request is not valid JSON") from None


def _refuse(word: str) -> None:
    raise ValueError(word)


def read(data: Any, scene: Scene) -> Question:
    """Check a question against the scene; circular values are wrapped into their range.

    Raises:
        ScmgenError: if something is missing, unknown, not finite, or outside its range.
    """
    try:
        question = Question.model_validate(data)
    except ValidationError as error:
        where, problem = document.explain(Question, error)
        raise ScmgenError(f"{'.'.join(map(str, where)) or 'question'}: {problem}") from None
    steps = [{name: action(name, value, scene) for name, value in step.items()} for step in question.do]
    ordered = [{name: step[name] for name in scene.factors if name in step} for step in steps]
    for name in question.parameters:
        parameter(name, scene)
    for name, value in question.u.items():
        uniform(name, value, scene)
    timing({"at": question.at, "lasts": question.lasts}, scene)
    strip(question.size, scene)
    at = beginning(scene) if question.at is None else question.at
    return question.model_copy(update={"do": ordered, "at": at})


def action(name: str, value: float | Soft, scene: Scene) -> float | Soft:
    """What is done to a factor, if that can be done; circular values are wrapped into their range.

    Raises:
        ScmgenError: if there is no such factor, or it cannot be changed so.
    """
    if name in scene.hidden:
        raise ScmgenError(f"do({name}): hidden; only factors can be intervened on: {', '.join(scene.factors)}")
    if name not in scene.factors:
        raise ScmgenError(f"do({name}): no such factor; {suggestion(name, scene.factors)}")
    factor = scene.factors[name]
    if isinstance(value, Soft):
        if factor.levels:
            raise ScmgenError(f"do({name}): a level cannot be shifted or scaled; set one of them: {factor.domain}")
        return value
    match factor.domain:
        case Circular(low, high) as circle:
            return value if low <= value <= high else low + (value - low) % circle.span
        case Categorical(levels) as domain if value not in range(len(levels)):
            raise ScmgenError(f"do({name}): {value:g} is no level; levels are 0 to {len(levels) - 1} ({domain})")
        case Continuous(low, high) as domain if not low <= value <= high:
            raise ScmgenError(f"do({name}): {value:g} is outside the range {domain}{unit(factor)}")
    return value


def parameter(name: str, scene: Scene) -> None:
    """Raise :class:`ScmgenError` unless the scene has such a parameter."""
    if name not in scene.scm.parameters:
        raise ScmgenError(f"parameter {name}: there is none; {suggestion(name, scene.scm.parameters)}")


def uniform(name: str, value: float, scene: Scene) -> None:
    """Raise :class:`ScmgenError` unless a variable has noise, and noise may have this value."""
    if name not in scene.scm.exogenous:
        raise ScmgenError(f"noise of {name}: there is none; {suggestion(name, scene.scm.exogenous)}")
    if not 0 < value < 1:
        raise ScmgenError(f"noise of {name}: {value:g} is not between 0 and 1")


def beginning(scene: Scene) -> int | None:
    """The frame from which on a do holds if nobody says: late enough to see what was before; None in a still scene."""
    return None if scene.frames is None else scene.frames // 4


def timing(told: Mapping[str, int | None], scene: Scene) -> None:
    """Raise :class:`ScmgenError` unless the scene has the frames that are told of a do."""
    Timing(**{word: str(number) for word, number in told.items() if number is not None}).check_time(scene, "do")


def strip(size: int, scene: Scene) -> None:
    """Raise :class:`ScmgenError` if a clip of the scene is taller than browsers show."""
    if size * (scene.frames or 1) > TALLEST:
        most = TALLEST // (scene.frames or 1)
        raise ScmgenError(f"size: {scene.frames} frames of {size} px are too tall for a browser; at most {most} px fit")


def unit(factor: Factor) -> str:
    """The unit of a factor after a number; nothing if it has none."""
    return "" if factor.unit == "1" else f" {factor.unit}"
