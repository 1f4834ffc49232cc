"""Questions of the page: what fits a scene, and what is refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explored import ASKED

import scmgen
from scmgen.cli.explorer import question
from scmgen.errors import ScmgenError


def test_a_circular_value_is_wrapped(swing: Path) -> None:
    scene = scmgen.load_scene(swing)
    do = {"heading": -0.25, "angle": 0.7}
    assert question.read({**ASKED, "do": [do]}, scene).do == [{"angle": 0.7, "heading": 0.75}]


def test_what_a_step_does_holds_on_unless_it_is_done_anew(swing: Path) -> None:
    steps = [{"angle": 0.1}, {"length": {"scale": 0.5}}, {"angle": 0.2}]
    held = question.read({**ASKED, "do": steps}, scmgen.load_scene(swing)).held
    soft = question.Soft(scale=0.5)
    assert held == [{"angle": 0.1}, {"angle": 0.1, "length": soft}, {"angle": 0.2, "length": soft}]


FACTORS = "angle, heading, length, sort"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"do": [{"angle": 0.8}]}, "do(angle): 0.8 is outside the range -0.7 to 0.7 rad"),
        ({"do": [{"length": 0.1}]}, "do(length): 0.1 is outside the range 0.2 to 0.5"),
        ({"do": [{"sort": 2}]}, "do(sort): 2 is no level; levels are 0 to 1 (low, high)"),
        ({"do": [{"sort": 0.5}]}, "do(sort): 0.5 is no level; levels are 0 to 1 (low, high)"),
        ({"do": [{"lenght": 0.3}]}, "do(lenght): no such factor; did you mean 'length'?"),
        ({"do": [{"wobble": 0.3}]}, f"do(wobble): no such factor; allowed: {FACTORS}"),
        ({"do": [{"angle": 1e999}]}, "do.0.angle: a finite number is needed, found inf"),
        ({"do": [{"angle": "0.1"}]}, "do.0.angle: a number is needed, found '0.1'"),
        ({"do": [{"angle": None}]}, "do.0.angle: a number is needed, found None"),
        ({"do": [{"angle": True}]}, "do.0.angle: a number is needed, found True"),
        ({"do": [1]}, "do.0: a mapping (key: value) is needed, found 1"),
        ({"do": {}}, "do: a list is needed, found {}"),
        ({"do": []}, "do: at least 1 of these is needed, found []"),
        ({"do": 5 * [{}]}, "do: at most 4 entries are allowed, found [{}, {}, {}, {}, {}]"),
        ({"do": [{"angle": {"scal": 1}}]}, "do.0.angle.scal: unknown key; did you mean 'scale'?"),
        ({"do": [{"angle": {"shift": "1"}}]}, "do.0.angle.shift: a number is needed, found '1'"),
        ({"do": [{"sort": {"scale": 2}}]}, "do(sort): a level cannot be shifted or scaled; set one of them: low, high"),
        ({"parameters": {"woble": 1}}, "parameter woble: there is none; did you mean 'wobble'?"),
        ({"parameters": {"wobble": "1"}}, "parameters.wobble: a number is needed, found '1'"),
        ({"u": {"angel": 0.5}}, "noise of angel: there is none; did you mean 'angle'?"),
        ({"u": {"angle": 1}}, "noise of angle: 1 is not between 0 and 1"),
        ({"beside": -1}, "beside: at least 0 is needed, found -1"),
        ({"size": 15}, "size: at least 16 is needed, found 15"),
        ({"size": 1025}, "size: at most 1024 is allowed, found 1025"),
        ({"size": 64.5}, "size: a whole number is needed, found 64.5"),
        ({"index": -1}, "index: at least 0 is needed, found -1"),
        ({"index": 10**6}, "index: at most 999999 is allowed, found 1000000"),
        ({"seed": 2**53}, f"seed: at most {2**53 - 1} is allowed, found {2**53}"),
        ({"sede": 1}, "sede: unknown key; did you mean 'seed'?"),
    ],
)
def test_a_question_that_does_not_fit_says_why(part: dict[str, Any], message: str, swing: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        question.read({**ASKED, "do": [{}], **part}, scmgen.load_scene(swing))
    assert str(caught.value) == message


def test_a_hidden_variable_is_refused() -> None:
    with pytest.raises(ScmgenError, match=r"^do\(haze\): hidden; only factors can be intervened on: pendulum_angle, "):
        question.read({**ASKED, "do": [{"haze": 0.5}]}, scmgen.load_scene("pendulum"))


@pytest.mark.parametrize("body", [b"", b"{", b'{"seed": NaN}', b"[Infinity]", b"\xff", b"[" * 5_000, b"9" * 5_000])
def test_a_body_that_is_no_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(ScmgenError, match=r"^the request is not valid JSON$"):
        question.parse(body)
