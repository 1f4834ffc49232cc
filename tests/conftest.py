"""Small data sets that the tests of shards, verification and readers share; none may change them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen import catalogue
from scmgen.build import build
from scmgen.interventions import parse


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 300 pairs of the pendulum with masks at 64 px: train 100 + 100 + 40, validation 30, test 30."""
    out = tmp_path_factory.mktemp("small") / "pendulum"
    build(catalogue.spec(catalogue.find("pendulum"), n=300, shard_size=100, size=64, masks=True), out, workers=1)
    return out


@pytest.fixture(scope="session")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything at once: a chain in environments, with masks and effects, whose labels tell nothing of it."""
    out = tmp_path_factory.mktemp("weak") / "pendulum"
    source = catalogue.find("pendulum")
    more = {"masks": True, "effects": True, "labels": "hidden", "environments": catalogue.interventional(source.scene)}
    build(catalogue.spec(source, n=40, size=16, interventions=parse("hard; soft:scale=0.5"), **more), out)
    return out
