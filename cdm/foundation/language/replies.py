"""What a language model must answer at each stage, checked; whatever else it says is told back to it or refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cdm.errors import CdmError

_FEW = 3  # faults that are told back at a time
_UNSENT = {"minLength", "maxLength", "minItems", "maxItems", "title", "default"}  # that strict servers do not take
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


def aloud(text: str) -> str:
    """What a model said, without the thoughts that some write down before."""
    return _THOUGHT.sub("", text).strip()


def plain(text: str) -> str:
    """A text in one line, without what is not printed, such as the escapes of a terminal.

    Raises:
        ValueError: if nothing is left of it.
    """
    line = " ".join("".join(letter for letter in " ".join(text.split()) if letter.isprintable()).split())
    if not line:
        raise ValueError("an empty text")
    return line


def paragraph(text: str) -> str:
    """An answer in words, in one line.

    Raises:
        CdmError: if it is empty.
    """
    try:
        return plain(aloud(text))
    except ValueError as error:
        raise CdmError(str(error)) from None


_Words = Annotated[str, Field(max_length=200), AfterValidator(plain)]
_Sentences = Annotated[str, Field(max_length=2000), AfterValidator(plain)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NamedConcept(_Reply):
    """A concept as a model names it."""

    name: _Words
    value: _Words
    values: list[_Words] = Field(max_length=12)


class Concepts(_Reply):
    """The answer to ``concepts``."""

    concepts: list[NamedConcept] = Field(min_length=1, max_length=64)


class Edge(_Reply):
    """A direct cause."""

    cause: _Words
    effect: _Words


class Edges(_Reply):
    """The answer to ``edges``."""

    edges: list[Edge] = Field(max_length=1000)


class Intervention(_Reply):
    """A value that a concept could be set to."""

    concept: _Words
    value: _Words


class Interventions(_Reply):
    """The answer to ``propose``."""

    interventions: list[Intervention] = Field(max_length=64)


class Phrase(_Reply):
    """The answer to ``intervene``."""

    phrase: _Words


class State(_Reply):
    """What becomes of one concept."""

    concept: _Words
    value: _Words
    phrase: _Words


class States(_Reply):
    """The answer to ``propagate``."""

    states: list[State] = Field(max_length=64)


class Prompt(_Reply):
    """The answer to ``keep``."""

    prompt: _Sentences


class Verdict(_Reply):
    """The answer to ``judge``."""

    shown: bool


R = TypeVar("R", bound=BaseModel)


def read(form: type[R], text: str) -> R:
    """An answer in its form: its JSON, without what some models write around it.

    Raises:
        CdmError: what is wrong with it, in words that the model is told.
    """
    said = aloud(text)
    start, end = said.find("{"), said.rfind("}")
    try:
        return form.model_validate_json(said[start : end + 1] if 0 <= start < end else said)
    except ValidationError as error:
        raise CdmError("; ".join(map(_worded, error.errors(include_url=False)[:_FEW]))) from None


def schema(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a form, as far as servers that decode by one take it."""
    kept: dict[str, Any] = _stripped(form.model_json_schema())
    return kept


def _stripped(part: Any) -> Any:
    if isinstance(part, list):
        return [_stripped(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {key: _stripped(value) for key, value in part.items() if key not in _UNSENT or isinstance(value, dict)}


def _worded(fault: Any) -> str:
    place = ".".join(map(str, fault["loc"]))
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
