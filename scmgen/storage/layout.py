"""The names of what stands beside the shards of a data set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

MANIFEST = "manifest.json"  # what makes a folder a data set
MARKER = ".build.json"  # what stands in it while its data set is under way
GRAPH = ("graph.json", "graph.svg")
SHEET, CARD, CROISSANT = "sheet.png", "README.md", "croissant.json"

_FILES = (*GRAPH, SHEET, CARD, CROISSANT, MANIFEST)  # in the order of writing
_INDEX = re.compile(r"wids-[a-z0-9_]+\.json")
_PICTURES = re.compile(r"pictures-[A-Za-z][A-Za-z0-9_]*\.npz")


def index(split: str) -> str:
    """The index of a split's shards for random access."""
    return f"wids-{split}.json"


def pictures(bank: str) -> str:
    """The pictures of a bank that travels with a data set."""
    return f"pictures-{bank}.npz"


def embedded(name: str) -> bool:
    """Whether a file has such a name."""
    return _PICTURES.fullmatch(name) is not None


def names(splits: Iterable[str], graph: bool, banks: Iterable[str] = ()) -> tuple[str, ...]:
    """What is written beside the shards of these splits, in order; ``graph``: whether it is known."""
    return (*map(index, splits), *map(pictures, banks), *(name for name in _FILES if graph or name not in GRAPH))


def beside(there: Set[str]) -> list[str]:
    """Which of some files stand beside shards, in the order of removing: first what makes it a data set."""
    written = sorted(name for name in there if _INDEX.fullmatch(name) or embedded(name))
    return [*(name for name in reversed(_FILES) if name in there), *written]
