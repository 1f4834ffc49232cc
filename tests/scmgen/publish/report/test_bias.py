"""What misleads: a hidden cause beside what a do moves, and what a selection makes of independent causes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reported import Reader

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.publish import report


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("room") / "d"
    build(catalogue.spec(catalogue.find("thermostat-selected"), n=1500, size=16), out)
    return out


def test_a_hidden_cause_is_told_beside_what_a_do_moves(room: Path) -> None:
    told = Reader(report.compose(scmgen.load(room))).tables["hidden causes"]
    assert told[0] == ["pair", "correlation as seen", "the first is set", "the second is set"]
    (pair, seen, first, second) = told[1]
    assert pair == "room <-> window"
    assert float(seen) > 0.7  # they go together
    assert float(first) == 0.0  # and the room does nothing to the window
    whole = catalogue.load_scene("thermostat").sample(20_000)
    deviations = float(whole["window"].std() / whole["room"].std())
    assert float(second) == pytest.approx((-0.25 + 0.55 * 0.25) * deviations, abs=0.03)  # which cools the room


def test_a_selection_is_told_beside_a_split_without_one(room: Path) -> None:
    data = scmgen.load(room)
    told = Reader(report.compose(data)).tables["selection of train"]
    assert told[0] == ["pair", "train", "test"]
    rows = {pair: (float(here), float(there)) for pair, here, there in told[1:]}
    worlds = [data.labels(split).sel(world="factual") for split in ("train", "test")]
    here, there = (float(np.corrcoef(world["setting"], world["window"])[0, 1]) for world in worlds)
    assert rows["setting, window"] == pytest.approx((here, there), abs=0.006)
    assert here < -0.5 and abs(there) < 0.15
    assert "room &gt; 0.42" in report.compose(data)


def test_a_split_that_holds_something_out_says_so(tmp_path: Path) -> None:
    splits = [
        {"name": "train", "share": 0.5, "hold_out": "(pendulum_angle > 0) * (light_angle > 1.575)"},
        {"name": "test", "share": 0.5},
    ]
    build(catalogue.spec(catalogue.find("pendulum"), n=1200, size=16, splits=splits), tmp_path / "d")
    page = report.compose(scmgen.load(tmp_path / "d"))
    assert "The split train holds only samples without (pendulum_angle &gt; 0) * (light_angle &gt; 1.575)." in page
    told = {row[0]: float(row[1]) for row in Reader(page).tables["selection of train"][1:]}
    assert told["pendulum_angle, light_angle"] < -0.2


def test_categories_have_a_strength_and_a_set_without_either_says_nothing(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("spurious-pairs-95"), n=400, size=16), tmp_path / "pairs")
    told = Reader(report.compose(scmgen.load(tmp_path / "pairs"))).tables["hidden causes"]
    assert told[1][0] == "background <-> object"
    assert float(told[1][1]) > 0.8 and [float(moved) for moved in told[1][2:]] == [0.0, 0.0]
    build(catalogue.spec(catalogue.find("pendulum"), n=60, size=16), tmp_path / "plain")
    assert "What misleads" not in report.compose(scmgen.load(tmp_path / "plain"))
