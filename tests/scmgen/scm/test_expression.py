"""The equation language: what it computes, on arrays and on numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from language import X, Y, assert_same, evaluate, refused
from scipy import special

from scmgen.pictures import brought
from scmgen.pictures.plates import Plate
from scmgen.scm import vocabulary
from scmgen.scm.expression import NOISE, EquationError, parse
from scmgen.scm.vocabulary import Array

# What it computes


@pytest.mark.parametrize(
    ("text", "compute"),
    [
        ("x + y", lambda x, y: x + y),
        ("x - y", lambda x, y: x - y),
        ("x * y", lambda x, y: x * y),
        ("x / y", lambda x, y: x / y),
        ("x % y", np.mod),
        ("x ** y", np.power),
        ("-x", lambda x, y: -x),
        ("2 * x - y / 4", lambda x, y: 2 * x - y / 4),
        ("pi * x", lambda x, y: np.pi * x),
    ],
)
def test_arithmetic_is_that_of_numpy(text: str, compute: Callable[[Array, Array], Array]) -> None:
    with np.errstate(all="ignore"):
        assert_same(evaluate(text), compute(X, Y))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("7 - 4 - 2", 1.0),
        ("8 / 4 / 2", 1.0),
        ("-2 ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("2 ** -1", 0.5),
        ("2 * -3", -6.0),
        ("-7 % 3", 2.0),
        ("1 / 2", 0.5),
        ("1 + 1 < 3", 1.0),
        ("--3", 3.0),
        ("1_000", 1000.0),
        ("0x10", 16.0),
        (".5e1", 5.0),
        ("  1\n + \t 2  ", 3.0),
    ],
)
def test_precedence_is_that_of_mathematics(text: str, value: float) -> None:
    assert float(evaluate(text)) == value


def test_integer_literals_become_floats() -> None:
    value = parse("3").evaluate({})
    assert isinstance(value, np.float64) and value == 3.0


def test_power_towers_overflow_at_once() -> None:
    begun = time.thread_time()  # of this thread alone: other tests run beside it, and threads of theirs go on
    assert float(evaluate("9**9**9")) == np.inf
    assert time.thread_time() - begun < 0.5


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("x < y", X < Y),
        ("x <= y", X <= Y),
        ("x > y", X > Y),
        ("x >= y", X >= Y),
        ("x == y", X == Y),
        ("x != y", X != Y),
        ("-2 < x < 1", (X > -2) & (X < 1)),
        ("x < y < 2 != 3", (X < Y) & (Y < 2)),
        ("(x < y) == (y < x)", (X < Y) == (Y < X)),
    ],
)
def test_comparisons_are_zero_or_one(text: str, held: Array) -> None:
    assert_same(evaluate(text), held.astype(np.float64))


def test_comparisons_of_constants_are_numbers() -> None:
    assert float(evaluate("1 < 2 < 3")) == 1.0
    assert float(evaluate("1 < 2 > 3")) == 0.0
    assert float(evaluate("clip(5, 0, 1) == where(1, 1, 2)")) == 1.0


FUNCTIONS: dict[str, Array] = {
    "abs(x)": np.abs(X),
    "sqrt(abs(x))": np.sqrt(np.abs(X)),
    "exp(x)": np.exp(X),
    "log(abs(y))": np.log(np.abs(Y)),
    "sin(x)": np.sin(X),
    "cos(x)": np.cos(X),
    "tan(x)": np.tan(X),
    "tanh(x)": np.tanh(X),
    "arctan2(x, y)": np.arctan2(X, Y),
    "floor(x)": np.floor(X),
    "round(x)": np.rint(X),
    "min(x, y)": np.minimum(X, Y),
    "max(x, y)": np.maximum(X, Y),
    "min(x, y, 0)": np.minimum(np.minimum(X, Y), 0.0),
    "max(x, y, 0, 1)": np.maximum(np.maximum(X, Y), 1.0),
    "clip(x, -1, 2)": np.clip(X, -1.0, 2.0),
    "clip(x, y, 5)": np.clip(X, Y, 5.0),
    "where(x > y, x, y)": np.maximum(X, Y),
    "where(x, 1, 2)": np.where(X == 0, 2.0, 1.0),
    "sigmoid(x)": special.expit(X),
}


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_are_those_of_numpy(text: str) -> None:
    assert_same(evaluate(text), FUNCTIONS[text])


def test_every_function_is_tested() -> None:
    elsewhere = {
        "collide",
        "bounce",
        "deflect",
        "swing",
        "pick",
        "stroke",
        "lean",
        "prev",
        "each",
    }  # test_physics.py, and below
    assert {text.split("(")[0] for text in FUNCTIONS} | elsewhere == set(vocabulary.FUNCTIONS)


def test_prev_reads_earlier_frames_and_before_them_what_comes_first() -> None:
    expression = parse("prev(x, y) + 2 * prev(x, 0, 3)", moving=True)
    assert expression.names == {"y": 8} and expression.lags == {("x", 1): 5, ("x", 3): 22}
    assert expression.starting == {"y"} and not expression.each
    scope = {"y": Y, ("x", 1): None, ("x", 3): X}
    assert_same(expression.evaluate(scope), Y + 2.0 * X)
    assert_same(expression.evaluate({**scope, ("x", 1): X}), X + 2.0 * X)
    assert parse("y + prev(x, y)", moving=True).starting == frozenset()


def test_each_marks_a_noise_that_every_frame_draws() -> None:
    assert parse("x + each(uniform(0, 1))", moving=True).each and not parse("uniform(0, 1)", moving=True).each


def test_words_about_pictures_ask_the_bank_of_that_name() -> None:
    bank, u = brought.named("digits", "here"), np.linspace(0.01, 0.99, 5)
    expression = parse("pick(digits, level, u) + 0 * digits")
    assert expression.names == {"level": 13, "u": 20, "digits": 29} and expression.banks == {"digits": 5}
    picked = parse("pick(digits, 7, u)").evaluate({"u": u})
    assert np.array_equal(picked, bank.pick(7.0, u))
    glyphs = Plate(bank, "glyph")
    assert np.array_equal(parse("stroke(digits, n)").evaluate({"n": picked}), glyphs.widths(picked))
    assert np.array_equal(parse("lean(digits, n)").evaluate({"n": picked}), glyphs.slants(picked))


@pytest.mark.parametrize("text", ["pick(1, 2, 3)", "stroke(2 * digits, 1)", "lean(-digits, 1)"])
def test_what_is_no_name_of_pictures_is_refused(text: str) -> None:
    with pytest.raises(EquationError, match=r"takes the name of pictures first"):
        parse(text)


def test_pictures_that_a_scene_does_not_name_are_refused_with_the_nearest_guess() -> None:
    error = parse("pick(digit, 0, u)", "here").reject_bank("digit", ["digits"])
    assert str(error) == "here: no pictures 'digit'\n  pick(digit, 0, u)\n       ^^^^^\ndid you mean 'digits'?"
    said = str(parse("pick(digit, 0, u)").reject_bank("digit", []))
    assert said.endswith("declare them: pictures: {digit: {}}, or meshes")


def test_a_clip_with_crossed_bounds_is_not_a_number() -> None:
    assert np.isnan(evaluate("clip(x, 2, 1)")).all()


def test_names_are_the_parents_with_their_first_column() -> None:
    expression = parse("  b + a * pi + b + sin(c)")
    assert dict(expression.names) == {"b": 2, "a": 6, "c": 23}
    assert (expression.noise, expression.outputs) == (None, 1)


# Functions of several values, and plug-ins


@pytest.fixture
def parts() -> Iterator[None]:
    def whole_and_part(x: Array) -> tuple[Array, Array]:
        return np.floor(x), x - np.floor(x)

    vocabulary.function(outputs=2)(whole_and_part)
    yield
    del vocabulary.FUNCTIONS["whole_and_part"]


@pytest.mark.usefixtures("parts")
def test_a_function_of_two_values_stands_alone() -> None:
    expression = parse("whole_and_part(2 * x)")
    whole, part = expression.evaluate({"x": X})
    assert expression.outputs == 2
    assert_same(whole, np.floor(2 * X))
    assert_same(part, 2 * X - np.floor(2 * X))


@pytest.mark.usefixtures("parts")
def test_a_function_of_two_values_may_hold_the_noise() -> None:
    expression = parse("whole_and_part(x + uniform(0, 1))")
    whole, _ = expression.evaluate({"x": X, NOISE: np.full(X.shape, 0.5)})
    assert expression.noise == "uniform"
    assert_same(whole, np.floor(X + 0.5))


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("text", ["1 + whole_and_part(x)", "-whole_and_part(x)", "sin(whole_and_part(x))"])
def test_a_function_of_two_values_is_no_number(text: str) -> None:
    start = text.index("whole")
    carets = " " * (start + 2) + "^" * len("whole_and_part(x)")
    problem = "whole_and_part gives 2 values; it can only stand alone in 'a, b: whole_and_part(...)'"
    assert refused(text) == f"eq: {problem}\n  {text}\n{carets}"


def test_a_default_makes_an_argument_optional() -> None:
    def lift(x: Array, by: float = 2.0, times: float = 1.0) -> Array:
        return x + by * times

    vocabulary.function()(lift)
    try:
        assert_same(evaluate("lift(x)"), X + 2.0)
        assert_same(evaluate("lift(x, y)"), X + Y)
        assert refused("lift()") == "eq: lift takes 1 to 3 arguments, found 0\n  lift()\n  ^^^^^^"
    finally:
        del vocabulary.FUNCTIONS["lift"]


def test_plug_ins_of_constants_can_be_compared() -> None:
    def third() -> float:
        return 1 / 3

    vocabulary.function()(third)
    try:
        assert float(evaluate("third() == third()")) == 1.0
    finally:
        del vocabulary.FUNCTIONS["third"]
