"""The names of what stands beside the shards of a data set."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from scmgen.storage import manifest
from scmgen.storage.manifest import Manifest

_GRAPH = ("graph.json", "graph.svg")

_FILES = (*_GRAPH, "sheet.png", "README.md", "croissant.json", manifest.FILE)  # in the order of writing

_INDEX = re.compile(r"wids-[a-z0-9_]+\.json")


def names(known: Manifest) -> tuple[str, ...]:
    """What :func:`compose` writes."""
    graph = known.graph is not None
    return (*map(_index, known.splits), *(name for name in _FILES if graph or name not in _GRAPH))


def wids(known: Manifest, split: str) -> dict[str, Any]:
    """The shards of a split as the library ``wids`` takes them for random access."""
    shards = known.of_split(split)
    listed = [{"url": s.name, "nsamples": s.samples, "filesize": s.bytes, "sha256": s.sha256} for s in shards]
    return {
        "__kind__": "wids-shard-index-v1",
        "wids_version": 1,
        "name": f"{known.name}-{split}",
        "shardlist": listed,
    }


def found(there: Set[str]) -> list[str]:
    """Which of some files stand beside shards, in the order of removing: first what makes it a data set."""
    written = sorted(name for name in there if _INDEX.fullmatch(name))
    return [*(name for name in reversed(_FILES) if name in there), *written]


def _index(split: str) -> str:
    return f"wids-{split}.json"
