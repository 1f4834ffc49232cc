"""Bounds are told by the name of the option, with what was found."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.errors import CdmError
from cdm.methods.parts import bounds


@pytest.mark.parametrize(
    ("bound", "good", "bad", "told"),
    [
        (bounds.some, 1, 0, "x: at least 1 is needed, found 0"),
        (bounds.positive, 0.1, 0.0, "x: more than 0 is needed, found 0"),
        (bounds.shares, 1.0, 1.5, "x: a share from 0 to 1 is needed, found 1.5"),
        (bounds.eighths, 16, 12, "x: a multiple of 8 is needed, found 12"),
        (bounds.eighths, 8, 0, "x: a multiple of 8 is needed, found 0"),
    ],
)
def test_the_first_that_is_out_of_bounds_is_told(
    bound: Callable[..., None], good: float, bad: float, told: str
) -> None:
    options: Any = SimpleNamespace(first=good, x=bad)
    bound(options, "first")
    with pytest.raises(CdmError) as caught:
        bound(options, "first", "x")
    assert str(caught.value) == told
