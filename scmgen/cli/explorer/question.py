"""What the page asks: which sample, whose noise, how large, and what is done."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scmgen.errors import ScmgenError, suggestion
from scmgen.render.frame import LARGEST, SMALLEST
from scmgen.scene import document
from scmgen.scene.domain import Categorical, Circular, Continuous
from scmgen.scene.factor import Factor, Number
from scmgen.scene.scene import Scene

MOST = 2**53 - 1  # the largest whole number that a page can hold
_Whole = Annotated[int, Field(ge=0, le=MOST)]
_Position = Annotated[int, Field(ge=0, le=999_999)]


class Question(BaseModel):
    """One sample and a do.

    Attributes:
        seed, index: the factual sample is number ``index`` of the split ``train`` under ``seed``.
        noise: number of the sample whose noise the other world has; ``index`` itself gives the counterfactual.
        size: pixels a side.
        do: factor -> value, the index of a level for a categorical one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seed: _Whole
    index: _Position
    noise: _Position
    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
    do: dict[str, Number]


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
    do = {name: _value(name, value, scene) for name, value in question.do.items()}
    return question.model_copy(update={"do": {name: do[name] for name in scene.factors if name in do}})


def _value(name: str, value: float, scene: Scene) -> float:
    if name in scene.hidden:
        raise ScmgenError(f"do({name}): hidden; only factors can be intervened on: {', '.join(scene.factors)}")
    if name not in scene.factors:
        raise ScmgenError(f"do({name}): no such factor; {suggestion(name, scene.factors)}")
    factor = scene.factors[name]
    match factor.domain:
        case Circular(low, high) as circle:
            return value if low <= value <= high else low + (value - low) % circle.span
        case Categorical(levels) as domain if value not in range(len(levels)):
            raise ScmgenError(f"do({name}): {value:g} is no level; levels are 0 to {len(levels) - 1} ({domain})")
        case Continuous(low, high) as domain if not low <= value <= high:
            raise ScmgenError(f"do({name}): {value:g} is outside the range {domain}{_unit(factor)}")
    return value


def _unit(factor: Factor) -> str:
    return "" if factor.unit == "1" else f" {factor.unit}"
