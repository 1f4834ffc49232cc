"""The parts of a manifest: what each may hold, and what it answers."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest
from damage import Json, damaged

from scmgen.storage import manifest


@pytest.fixture(scope="module")
def plain(small: Path) -> Json:
    """Give the JSON of a small generated data set; a test works on a copy."""
    data: Json = orjson.loads((small / "manifest.json").read_bytes())
    return data


def test_a_number_that_was_not_finite_reads_as_nan(plain: Json, tmp_path: Path) -> None:
    """JSON has no infinity: a deviation that overflowed was written as null."""
    known = manifest.read(damaged(plain, tmp_path, lambda data: data["factors"]["light_angle"].update(std=None)))
    assert math.isnan(known.factors["light_angle"].std)
