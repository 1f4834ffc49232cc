"""What stands beside the shards of a data set: graph, card, Croissant description, and last the manifest."""

from __future__ import annotations

import functools
from collections.abc import Set
from typing import Any

import orjson

from scmgen import card, croissant, manifest

_FILES = ("graph.json", "README.md", "croissant.json", manifest.FILE)  # in the order of writing
_indented = functools.partial(orjson.dumps, option=orjson.OPT_INDENT_2)


def compose(data: dict[str, Any]) -> dict[str, bytes]:
    """The files beside the shards from the manifest, in the order of writing: the manifest makes it a data set."""
    parts = (_indented(data["graph"]), card.readme(data).encode(), _indented(croissant.describe(data)), _indented(data))
    return dict(zip(names(data), parts, strict=True))


def names(data: dict[str, Any]) -> tuple[str, ...]:
    """What :func:`compose` writes."""
    return _FILES


def found(there: Set[str]) -> list[str]:
    """Which of some files stand beside shards, in the order of removing: first what makes it a data set."""
    return [name for name in reversed(_FILES) if name in there]
