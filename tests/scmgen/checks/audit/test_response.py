"""One mechanism at a time: every other factor is held, and a private noise reaches one factor only."""

from __future__ import annotations

import numpy as np
import pytest
from bare_scene import population, scene

from scmgen.checks.audit.response import caused, private, respond


def test_a_response_holds_every_other_factor() -> None:
    of = scene(
        {
            "a": "uniform(0, 1)",
            "helper": "2 * a",
            "b": "helper + uniform(0, 1)",
            "c": "helper + 10 * b + uniform(0, 1)",
        },
        "a",
        "b",
        "c",
    )
    some = population(of)
    found = respond(some, ["b", "c"], do={"a": some.values["a"] + 1})
    assert found["b"] == pytest.approx(some.values["b"] + 2)
    assert found["c"] == pytest.approx(some.values["c"] + 2)  # b is held, although it would move
    assert respond(some, ["c"], noise={"c": some.noise["c"] / 2})["c"] == pytest.approx(
        some.values["c"] - some.noise["c"] / 2
    )
    assert np.array_equal(respond(some, ["a"], do={"b": some.values["b"]})["a"], some.values["a"])


def test_a_noise_is_private_if_it_reaches_one_factor_only() -> None:
    of = scene(
        {
            "shared": "uniform(0, 1)",
            "own": "uniform(0, 1)",
            "late": "uniform(0, 1)",
            "a": "shared + own",
            "b": "shared + a + uniform(0, 1)",
            "c": "uniform(0, 1)",
            "d": "late",
        },
        "a",
        "b",
        "c",
        "d",
    )
    assert [private(of, name) for name in "abcd"] == [("own",), ("b",), ("c",), ("late",)]
    assert [caused(of, name) for name in "abcd"] == [True, True, False, False]
