"""What JSON from outside must look like, as data; and the first place where it does not.

A form is a type, a set of allowed values, ``[form]`` for a list, ``{str: form}`` for a mapping with any keys,
``{"key": form}`` for one that must have these, or a tuple of forms of which one must fit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from cdm.errors import CdmError

Form = Any
_HUGE = sys.float_info.max
_LONG, _FEW = 60, 30  # characters of what was found in a message; entries that are shown


def parse(text: str | bytes, where: str) -> Any:
    """JSON from outside.

    Raises:
        CdmError: if it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CdmError(f"{where}: damaged: not valid JSON ({error})") from None


def misfit(value: Any, form: Form, path: str = "") -> str | None:
    """Where a value does not have its form, and what is needed there; None if it has it."""
    if isinstance(form, tuple):
        faults = [misfit(value, option, path) for option in form]
        return None if None in faults else faults[0]
    if isinstance(form, list):
        return (
            _first(enumerate(value), form[0], path, "[{}]") if isinstance(value, list) else _worded(path, form, value)
        )
    if isinstance(form, Mapping):
        return _mapping(value, form, path)
    return None if _fits(value, form) else _worded(path, form, value)


def _mapping(value: Any, form: Mapping[Any, Form], path: str) -> str | None:
    if not isinstance(value, dict):
        return _worded(path, form, value)
    if str in form:
        return _first(value.items(), form[str], path, ".{}")
    missing = [key for key in form if key not in value]
    if missing:
        return f"{path.lstrip('.') + ' ' if path else ''}has no {', '.join(missing)}"
    return next((fault for key in form if (fault := misfit(value[key], form[key], f"{path}.{key}"))), None)


def _first(items: Any, form: Form, path: str, step: str) -> str | None:
    return next((fault for key, value in items if (fault := misfit(value, form, path + step.format(key)))), None)


def _fits(value: Any, form: Form) -> bool:
    if isinstance(form, set | frozenset):
        return isinstance(value, str | int | float) and value in form
    if form is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and -_HUGE <= value <= _HUGE
    if form is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value is None if form is None else isinstance(value, form)


_WORDS: dict[Any, str] = {
    float: "a number", int: "a whole number from 0 on", str: "a text", dict: "a mapping", bool: "true or false",
    None: "null",
}  # fmt: skip


def _worded(path: str, form: Form, value: Any) -> str:
    return f"{path.lstrip('.') or 'it'}: {_needed(form)} is needed, found {spelt(value)}"


def spelt(value: Any) -> str:
    """A value as JSON, shortened: what was found, for a message."""
    if isinstance(value, list | dict) and len(value) > _FEW:
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value):,} entries"
    try:
        text = json.dumps(value[:_LONG] if isinstance(value, str) else value)
    except (RecursionError, ValueError):  # nested beyond what can be written, or a whole number of thousands of digits
        return "what cannot be written in short"
    return text if len(text) < _LONG else text[: _LONG - 3] + "..."


def _needed(form: Form) -> str:
    if isinstance(form, list):
        return "a list"
    if isinstance(form, Mapping):
        return "a mapping"
    if isinstance(form, set | frozenset):
        return f"one of {', '.join(str(word) for word in sorted(form))}"
    return _WORDS[form]
