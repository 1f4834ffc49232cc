"""The parts of a manifest: what each may hold, and what it answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from forged import Json, damaged

from scmgen.scene.domain import Categorical, Continuous
from scmgen.storage import manifest
from scmgen.storage.entries import FactorEntry, FileEntry, RegimeEntry, SceneEntry, ShardEntry, SpecEntry


@pytest.fixture(scope="module")
def plain(small: Path) -> Json:
    """Give the JSON of a small generated data set; a test works on a copy."""
    data: Json = orjson.loads((small / "manifest.json").read_bytes())
    return data


def test_a_number_that_was_not_finite_reads_as_nan(plain: Json, tmp_path: Path) -> None:
    """JSON has no infinity: a deviation that overflowed was written as null."""
    known = manifest.read(damaged(plain, tmp_path, lambda data: data["factors"]["light_angle"].update(std=None)))
    assert math.isnan(known.factors["light_angle"].std)


def test_a_shard_and_what_stands_beside_it_are_its_files() -> None:
    lone = ShardEntry("a-train-000000.tar", "train", 3, 10, "0" * 64)
    truth = FileEntry("a-train-000000.truth.jsonl", 5, "1" * 64)
    assert lone.files == (lone,)
    both = replace(lone, truth=truth)
    assert both.files == (both, truth)


def test_a_factor_has_the_domain_that_its_entry_says() -> None:
    moments = {"mean": 0.5, "std": 0.5, "min": 0.0, "max": 1.0}
    assert FactorEntry("continuous", (0.0, 2.0), (), False, **moments).domain == Continuous(0.0, 2.0)
    assert FactorEntry("categorical", (0.0, 1.0), ("a", "b"), False, **moments).domain == Categorical(("a", "b"))
    with pytest.raises(ValueError, match="type 'continuous', but range, levels and circular are those of a circular"):
        FactorEntry("continuous", (0.0, 1.0), (), True, **moments)


def test_a_split_starts_its_steps_where_its_own_say_or_those_of_the_data_set() -> None:
    steps = ({"kind": "hard"}, {"kind": "hard", "base": "factual"})
    own = RegimeEntry("own", 1.0, interventions=({"kind": "soft", "base": "factual"}, {"kind": "hard"}))
    spec = SpecEntry(SceneEntry({}), splits=(RegimeEntry("train", 1.0), own), interventions=steps)
    assert spec.bases("train") == ["previous", "factual"]
    assert spec.bases("own") == ["factual", "previous"]
