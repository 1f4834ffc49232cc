"""Marks: the area that each covers, its defaults and turns, and those of a plug-in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pictures import AREAS, BLACK, drawing, picture

from scmgen import ScmgenError, Shape, mark
from scmgen.render import marks
from scmgen.render.shapes import POLYGON


@pytest.mark.parametrize(("entry", "area"), AREAS)
def test_a_mark_covers_its_area(entry: dict[str, Any], area: float) -> None:
    darkness = 1 - picture({**entry, **BLACK}, size=128).mean() / 255
    assert darkness == pytest.approx(area, abs=0.004)


def test_every_mark_is_tried_above() -> None:
    assert {entry["mark"] for entry, _ in AREAS} == {
        name for name, word in marks.MARKS.items() if word.coloured and not word.shows and not word.spelled
    }


@pytest.mark.parametrize(("entry", "area"), AREAS)
@pytest.mark.parametrize("default", ["alpha", "rotate", "when", "soft"])
def test_defaults_written_out_change_nothing(entry: dict[str, Any], area: float, default: str) -> None:
    plain = {**entry, **BLACK}
    assert np.array_equal(picture(plain), picture({**plain, default: marks.COMMON[default]}))


def test_rotation_is_counter_clockwise_about_the_middle() -> None:
    bar = {"mark": "rect", "x": 0.5, "y": 0.5, "width": 0.6, "height": 0.2, **BLACK}
    assert np.array_equal(picture({**bar, "rotate": "pi / 2"}), np.rot90(picture(bar)))
    turned = picture({**bar, "rotate": "pi / 4"}, size=64)
    assert turned[24, 40].tolist() == [0, 0, 0] and turned[40, 40].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    "entry", [entry for entry, _ in AREAS if entry["mark"] in ("line", "polygon", "star", "path", "ellipse")]
)
def test_a_whole_turn_changes_nothing(entry: dict[str, Any]) -> None:
    plain = {**entry, **BLACK}
    difference = picture(plain).astype(int) - picture({**plain, "rotate": "2 * pi"})
    assert np.abs(difference).max() <= 1


def bad_kind(x: Any) -> Shape:
    return Shape(99, [x])


def too_few(x: Any) -> Shape:
    return Shape(POLYGON, [x, x, x, x])


def raising(x: Any) -> Shape:
    raise KeyError("oops")


@pytest.mark.parametrize(
    ("lower", "problem"),
    [
        (bad_kind, "1 columns are no shape of kind 99"),
        (too_few, "4 columns are no shape of kind 4"),
        (raising, "KeyError: 'oops'"),
    ],
)
def test_a_mark_of_a_plugin_that_misbehaves(lower: Any, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(lower)
    word = marks.MARKS.pop(lower.__name__)
    monkeypatch.setitem(marks.MARKS, lower.__name__, word)  # gone again after the test
    scene = drawing({"mark": lower.__name__, "x": "a", **BLACK})
    with pytest.raises(ScmgenError) as caught:
        scene.render({"a": 0.5})
    assert str(caught.value) == f"s: draw.0: mark {lower.__name__}: {problem}"


def test_marks_that_cannot_be_registered() -> None:
    def disc(x: Any) -> Shape:
        return Shape(0, [])

    def many(*x: Any) -> Shape:
        return Shape(0, [])

    def veiled(alpha: Any) -> Shape:
        return Shape(0, [])

    for lower, problem in [
        (disc, "disc: there is a mark of that name already"),
        (many, "many: 'x': a channel is a plain argument"),
        (veiled, "veiled: every mark has 'alpha'; give the channel another name"),
    ]:
        with pytest.raises(ScmgenError) as caught:
            mark(lower)
        assert str(caught.value) == f"plug-in mark {problem}"
