"""Forms of plain data, and where a value departs from its own."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")


from cdm.data import schema


@pytest.mark.parametrize(
    ("value", "form", "message"),
    [
        (3, int, None),
        (True, int, "it: a whole number from 0 on is needed, found true"),
        (3, float, None),
        ("x" * 99, float, f'it: a number is needed, found "{"x" * 56}...'),
        ([1, None], [(int, None)], None),
        ([[1], ["x"]], [[int]], '[1][0]: a whole number from 0 on is needed, found "x"'),
        ({"a": {"b": 1}}, {str: {"b": str}}, "a.b: a text is needed, found 1"),
        ({"a": {}}, {str: {"b": str}}, "a has no b"),
        ({"a": 1}, {"a": int, "b": int}, "has no b"),
    ],
)
def test_a_misfit_says_where_it_is(value: Any, form: Any, message: str | None) -> None:
    assert schema.misfit(value, form) == message
