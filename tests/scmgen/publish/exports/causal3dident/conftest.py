"""A small data set with the factors of ident3d, and its export."""

from __future__ import annotations

from pathlib import Path

import pytest
from idents import flat

import scmgen
from scmgen.build.generated import build
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    place = tmp_path_factory.mktemp("flat") / "data"
    build(flat().spec, place)
    return scmgen.load(place)


@pytest.fixture(scope="module")
def out(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exports.export(data, "causal3dident", tmp_path_factory.mktemp("export") / "set")
