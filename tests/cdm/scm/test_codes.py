"""Codes of all factors side by side, and what users and checkpoints say of one."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE, both

from cdm.errors import CdmError
from cdm.scm.codes import Factor, from_data
from cdm.scm.domains import Categorical, Circular, Continuous

NUMBER, ANGLE, LEVEL = Continuous(2.0, 6.0), Circular(0.0, 360.0), Categorical(("cube", "ball", "cone"))


def test_every_value_survives_its_code() -> None:
    values = torch.tensor([[2.0, 0.0, 0.0], [3.5, 123.0, 1.0], [6.0, 359.0, 2.0]])
    codes = CODE.encode(values)
    assert codes.shape == (3, CODE.width) == (3, 6)
    assert torch.allclose(CODE.decode(codes), values, atol=1e-3)
    assert codes[:, 0].tolist() == [-1.0, -0.25, 1.0]


def test_a_code_survives_its_plain_data() -> None:
    assert from_data(CODE.data()) == CODE


def test_sums_and_spread_follow_the_blocks() -> None:
    assert CODE.sums(torch.ones(1, 6)).tolist() == [[1.0, 2.0, 3.0]]
    assert CODE.spread(torch.tensor([[1.0, 2.0, 3.0]])).tolist() == [[1.0, 2.0, 2.0, 3.0, 3.0, 3.0]]


@pytest.mark.parametrize(
    ("factor", "text", "message"),
    [
        (0, "7", "size = 7: a number from 2 to 6 is needed"),
        (0, "nan", "size = nan: a number from 2 to 6 is needed"),
        (0, "big", "size = big: a number from 2 to 6 is needed"),
        (1, "inf", "hue = inf: a number from 0 to 360 deg is needed"),
        (2, "bal", "kind = bal: no level of that name; did you mean 'ball'? there are cube, ball, cone"),
        (2, "3", "kind = 3: no level of that name; there are cube, ball, cone"),
    ],
)
def test_what_is_no_value_is_refused(factor: int, text: str, message: str) -> None:
    with pytest.raises(CdmError, match=f"^{re.escape(message)}$"):
        CODE.factors[factor].read(text)


def test_values_are_read_as_users_write_them() -> None:
    assert [CODE.factors[0].read("3.5"), CODE.factors[2].read("cone"), CODE.factors[2].read("1")] == [3.5, 2.0, 1.0]
    assert CODE.factors[1].read("-30") == -30.0  # an angle is an angle


def test_the_plain_data_of_a_factor_are_what_checkpoints_hold() -> None:
    assert Factor("k", LEVEL).data() == {
        "name": "k", "kind": "categorical", "low": 0.0, "high": 2.0, "levels": ["cube", "ball", "cone"], "unit": "1",
    }  # fmt: skip
    assert list(Factor("a", ANGLE, "deg").data().items()) == [
        ("name", "a"), ("kind", "circular"), ("low", 0.0), ("high", 360.0), ("levels", []), ("unit", "deg"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"high": 2.0}, "factor size: a range from 2 to 2 and no levels"),
        ({"kind": "circular", "low": math.nan}, "factor size: a range from nan to 6 and no levels"),
        ({"kind": "categorical"}, "factor size: no levels"),
    ],
)
def test_a_factor_without_values_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CdmError, match=f"^{re.escape(message)}$"):
        from_data([{**Factor("size", NUMBER).data(), **changes}])


def test_a_code_of_two_frames_holds_that_of_one() -> None:
    assert (CODE.frames, CODE.frame) == (1, CODE)
    assert (both(CODE).frames, both(CODE).frame) == (2, CODE)
    assert from_data(both(CODE).data()) == both(CODE) and both(CODE).width == 2 * CODE.width
