"""Marks lowered to columns: as many as a mark was guessed to have, or fewer, and what a plug-in may not give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pictures import AREAS, BLACK, drawing

from scmgen import ScmgenError, Shape, mark
from scmgen.render.lowering import columns, lowered
from scmgen.render.marks import MARKS


@pytest.mark.parametrize("entry", [entry for entry, _ in AREAS], ids=lambda entry: entry["mark"])
def test_a_mark_has_no_more_columns_than_are_reserved_for_it(entry: dict[str, Any]) -> None:
    scene = drawing({**entry, **BLACK})
    (compiled,) = scene.renderer.marks
    head, shape = lowered(compiled, scene.world({"a": [0.1, 0.2]}), 2)
    assert len(shape.geometry) <= columns(compiled)
    assert all(np.shape(column) == (2,) for column in [*head, *shape.geometry])


def test_the_largest_marks_reserve_a_column_for_each_coordinate() -> None:
    corners = [[0.1, 0.1 * (k % 7)] for k in range(64)]
    scene = drawing(
        {"mark": "path", "points": corners, **BLACK},
        {"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.4, "tips": 64, **BLACK},
    )
    assert [columns(compiled) for compiled in scene.renderer.marks] == [128, 256]


@pytest.fixture
def odd() -> Iterator[None]:
    def odd(x: Any) -> Shape:
        return Shape(1, [x])

    def broken(x: Any) -> Shape:
        raise KeyError("x")

    mark(odd)
    mark(broken)
    yield
    del MARKS["odd"], MARKS["broken"]


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize(
    ("name", "problem"),
    [("odd", "mark odd: 1 columns are no shape of kind 1"), ("broken", "mark broken: KeyError: 'x'")],
)
def test_what_a_plugin_lowers_wrongly_is_one_message(name: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        drawing({"mark": name, "x": 0.5, **BLACK}).render({"a": 0.5}, 16)
    assert str(caught.value) == f"s: draw.0: {problem}"
