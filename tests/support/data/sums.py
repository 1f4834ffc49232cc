"""The pendulum in many small shards, and the sums of its files, in a directory and in memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.spec import Spec

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

INDICES = {"wids-test.json", "wids-train.json", "wids-validation.json"}
LOADABLE = {"manifest.json", "README.md", "croissant.json", "graph.json", "graph.svg", "sheet.png", *INDICES}
RECIPE = "build pendulum --n 300 --size 16 --shard-size 20"

Sums = dict[str, str]
"""Name -> sha256 of every file or object of a data set."""


def recipe(n: int = 300, **overrides: Any) -> Spec:
    return catalogue.spec(catalogue.find("pendulum"), n=n, **{"size": 16, "shard_size": 20, **overrides})


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def local(out: Path) -> Sums:
    return {path.name: digest(path.read_bytes()) for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sums:
    """Build 300 samples in 16 shards in a directory, undisturbed."""
    out = tmp_path_factory.mktemp("whole") / "d"
    build(recipe(), out)
    return local(out)


@pytest.fixture
def memory() -> Iterator[str]:
    """Give the URL of an empty folder in the memory of this process."""
    import fsspec

    yield "memory://sets/pendulum"
    fsspec.filesystem("memory").store.clear()


def recalled(url: str) -> Sums:
    import fsspec

    system, root = fsspec.url_to_fs(url)
    return {name.rpartition("/")[2]: digest(system.cat_file(name)) for name in sorted(system.ls(root, detail=False))}
