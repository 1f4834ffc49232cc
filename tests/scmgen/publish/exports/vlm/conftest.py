"""A small set of questions, written once for all tests of them, which none may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from questions import Asked, asked

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.storage.loading.reader import Data


@pytest.fixture(scope="session")
def circuit(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Give 80 pairs of the circuit, 64 of them in the training split."""
    place = tmp_path_factory.mktemp("asked") / "circuit"
    build(catalogue.spec(catalogue.find("circuit"), n=80, size=32, interventions=parse("hard")), place, workers=1)
    return scmgen.load(place)


@pytest.fixture(scope="session")
def described(circuit: Data, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Give its questions: eight of each kind, with none and with two examples."""
    return asked(circuit, tmp_path_factory.mktemp("described") / "set")


@pytest.fixture(scope="session")
def neutral(circuit: Data, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Give the same questions under names that mean nothing."""
    return asked(circuit, tmp_path_factory.mktemp("neutral") / "set", names="neutral")


@pytest.fixture
def place(described: Asked) -> Path:
    """Give where they lie."""
    return described.place
