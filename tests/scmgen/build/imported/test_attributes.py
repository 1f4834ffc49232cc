"""Columns as factors: the period of a circular one is the given one, or the shortest customary one that holds it."""

from __future__ import annotations

import math
from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import GOOD, call, read

from scmgen.build.imported.attributes import attribute
from scmgen.build.imported.request import Request

here = labelled_folder.here


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD, "--circular on", "t.csv, column 'on': has levels (0, 1, ...), which cannot be circular"),
        (
            "file,x\na,1.5\nb,-900\n",
            "--circular x",
            "t.csv, column 'x': runs from -900 to 1.5: write its period, --circular x=LOW:HIGH",
        ),
        (GOOD, "--circular x=0:2", "t.csv, column 'x': runs from -4 to 3, outside its period 0 to 2"),
    ],
)
def test_a_column_that_cannot_be_circular_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("values", "period", "unit"),
    [
        ("0.5,1", (0.0, 1.0), "turn"),
        ("-0.5,3", (-math.pi, math.pi), "rad"),
        ("0.5,6", (0.0, 2 * math.pi), "rad"),
        ("-90.5,90", (-180.0, 180.0), "deg"),
        ("0.5,270", (0.0, 360.0), "deg"),
    ],
)
def test_the_period_of_a_circular_column_is_the_shortest_that_holds_it(
    values: str, period: tuple[float, float], unit: str, here: Path
) -> None:
    first, second = values.split(",")
    table = read(f"file,x\na,{first}\nb,{second}\n")
    factor = attribute(Request(Path("images"), (), circular={"x": None}), table, "x", "x")
    assert (factor.range, factor.unit, factor.circular) == (period, unit, True)


def test_a_given_period_keeps_its_unit_only_if_it_is_a_customary_one(here: Path) -> None:
    table = read("file,day\na,0.5\nb,6.5\n")
    units = {
        period: attribute(Request(Path("images"), (), circular={"day": period}), table, "day", "day").unit
        for period in ((0.0, 7.0), (-180.0, 180.0))
    }
    assert units == {(0.0, 7.0): "1", (-180.0, 180.0): "deg"}


def test_levels_range_over_their_numbers_and_a_renamed_column_keeps_its_header(here: Path) -> None:
    table = read("file,the kind\na,red\nb,blue\nc,red\n", categorical=("the kind",))
    factor = attribute(Request(Path("images"), ()), table, "the kind", "the_kind")
    assert (factor.range, factor.levels, factor.long_name) == ((0.0, 1.0), ("blue", "red"), "the kind")
