"""Making something of a document, and of one with faults finding all of them: what it meant is used all the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from scmgen.errors import ScmgenError, nearest, together
from scmgen.scene import document
from scmgen.scene.document import Document, Place, spelt

Model = TypeVar("Model", bound=BaseModel)
Made = TypeVar("Made")
StandIn: TypeAlias = Callable[[Place, Any], Any]
"""Gives what fits at a place instead of what was found there; None if nobody knows."""


def made(
    model: type[Model],
    told: Document,
    use: Callable[[Model, Callable[[Place], str]], Made],
    stand_in: StandIn,
    also: Iterable[str] = (),
) -> Made:
    """Check a document as :func:`scmgen.scene.document.validate` does, and make something of it.

    ``use(checked, locate)`` makes it. It is called, too, for a document with faults, once keys are spelt right and
    entries that do not fit have their stand-ins, so that its faults are told with them.

    Raises:
        ScmgenError: of all that does not fit.
    """
    try:
        whole = document.validate(model, told, also=also)
    except ScmgenError as error:
        meant = _mended(model, _meant(model, told), stand_in)
        try:
            use(model.model_validate(meant.data), meant.locate)
        except ScmgenError as more:
            raise together([error, more]) from None
        except ValidationError:
            pass  # nobody knows what was meant
        raise
    return use(whole, told.locate)


def _details(model: type[BaseModel], data: Any) -> list[Any]:
    """What does not fit, as pydantic says it."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _inside(data: Any, place: Iterable[str | int]) -> Any:
    """What stands at a place."""
    return functools.reduce(lambda whole, part: whole[part], place, data)


def _meant(model: type[BaseModel], told: Document) -> Document:
    """A document whose misspelt keys are those that are nearest to them, if there are such; others are left out."""
    data, lines = deepcopy(told.data), dict(told.lines)
    for found in (spelt(one["loc"]) for one in _details(model, data) if one["type"] == "extra_forbidden"):
        *place, key = found
        inner = _inside(data, place)
        meant, value = nearest(str(key), document.keys(model, tuple(place))), inner.pop(key)
        if meant and meant not in inner:
            inner[meant] = value
            below = {known[len(found) :]: line for known, line in lines.items() if known[: len(found)] == found}
            lines |= {(*place, meant, *rest): line for rest, line in below.items()}
    return replace(told, data=data, lines=lines)


def _mended(model: type[BaseModel], told: Document, stand_in: StandIn) -> Document:
    """A document with stand-ins for entries that do not fit, as far as there are some; it is itself changed."""
    for place in {spelt(one["loc"])[:2]: None for one in _details(model, told.data)}:
        if place:
            inner, key = _inside(told.data, place[:-1]), place[-1]
            fit = stand_in(place, inner.get(key) if isinstance(inner, dict) else inner[key])
            if fit is not None:
                inner[key] = deepcopy(fit)
    return told
