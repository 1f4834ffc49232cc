"""The registries that plug-ins and decorators fill, and what was in them before any test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from scmgen.dataset.interventions import kinds
from scmgen.pictures import brought
from scmgen.render import marks
from scmgen.scene import plugins
from scmgen.scm import vocabulary

_HELD: tuple[dict[Any, Any], ...] = (
    vocabulary.FUNCTIONS, vocabulary.NOISES, marks.MARKS, kinds.KINDS, plugins._loaded, brought.BANKS
)  # fmt: skip


def _copied() -> list[dict[Any, Any]]:
    return [dict(registry) for registry in _HELD]


def _put(words: Sequence[Mapping[Any, Any]]) -> None:
    for registry, found in zip(_HELD, words, strict=True):
        registry.clear()
        registry.update(found)


_FIRST = _copied()


@contextmanager
def kept() -> Iterator[None]:
    """What is registered in the block leaves with it."""
    before = _copied()
    try:
        yield
    finally:
        _put(before)


@contextmanager
def fresh() -> Iterator[None]:
    """The same, and in the block nothing is known that was not there before any test."""
    with kept():
        _put(_FIRST)
        yield
