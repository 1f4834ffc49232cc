"""Causal models, noises and interventions that make no sense, and in which words they are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from random_models import small

from scmgen.errors import ScmgenError
from scmgen.scm.expression import EquationError
from scmgen.scm.model import Affine, Do, from_text


def refused(build: Callable[[], object], kind: type[ScmgenError] = ScmgenError) -> str:
    with pytest.raises(kind) as caught:
        build()
    return str(caught.value)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            {"x": "uniform(0, 1)", "y": "2 * xs + 1"},
            "equations.y: unknown name 'xs'\n  2 * xs + 1\n      ^^\ndid you mean 'x'?",
        ),
        (
            {"x": "uniform(0, 1)", "y": "2 * qqq"},
            "equations.y: unknown name 'qqq'\n  2 * qqq\n      ^^^\nallowed: one, w, x, y",
        ),
        ({"x": "x + uniform(0, 1)"}, "equations.x: the equations form a cycle: x -> x"),
        (
            {"u": "uniform(0, 1)", "a": "c + u", "b": "a", "d": "b", "c": "b"},
            "equations.a: the equations form a cycle: a -> b -> c -> a",
        ),
        (
            {"x": "uniform(0, 1)", "sin": "x"},
            "equations.sin: 'sin' cannot name a variable: it is a word of the language",
        ),
        (
            {"x": "uniform(0, 1)", "pi": "3"},
            "equations.pi: 'pi' cannot name a variable: it is a word of the language",
        ),
        (
            {"uniform": "uniform(0, 1)"},
            "equations.uniform: 'uniform' cannot name a variable: it is a word of the language",
        ),
        (
            {"lambda": "uniform(0, 1)"},
            "equations.lambda: 'lambda' cannot name a variable: "
            "a name is letters, digits and _, begins with a letter, and is no Python keyword",
        ),
        (
            {"~": "uniform(0, 1)"},
            "equations.~: '~' cannot name a variable: "
            "a name is letters, digits and _, begins with a letter, and is no Python keyword",
        ),
        (
            {"_x": "uniform(0, 1)"},
            "equations._x: '_x' cannot name a variable: "
            "a name is letters, digits and _, begins with a letter, and is no Python keyword",
        ),
        (
            {"x": "uniform(0, 1)", "x ": "2"},
            "equations.x : 'x' is already a variable",
        ),
        ({"w": "uniform(0, 1)"}, "equations.w: 'w' is already a parameter"),
        ({"one": "uniform(0, 1)"}, "equations.one: 'one' is already a level of a factor"),
        ({"x": "1", "y": "x + 1"}, "equations.x: no equation has noise; give one a uniform(low, high)"),
        ({}, "equations: no equation has noise; give one a uniform(low, high)"),
        ({"a, b": "uniform(0, 1)"}, "equations.a, b: 2 variable(s) for an expression of 1 value(s)"),
        (
            {"x": "uniform(0, 1"},
            "equations.x: '(' was never closed\n  uniform(0, 1\n         ^\n"
            "in flow style ({...} or [...]) YAML splits at commas: write one line a variable, or quote the text",
        ),
    ],
)
def test_a_model_that_makes_no_sense_is_refused(texts: dict[str, str], message: str) -> None:
    assert refused(lambda: from_text(texts, {"w": 1.0}, {"one": 1.0})) == message


def test_all_that_makes_no_sense_is_told_whatever_else_does_not() -> None:
    texts = {
        "a": "b + sine(q)",
        "b": "a",
        "c": "d // 2",
        "d": "prev(c, 0)",
        "e": "f",
        "f": "e",
        "1)": "",
        "g": "g + r * a",
    }
    told = [line for line in refused(lambda: from_text(texts)).splitlines() if line.startswith("equations.")]
    assert sorted(told) == [
        "equations.1): '1)' cannot name a variable: a name is letters, digits and _, begins with a letter, and is no "
        "Python keyword",
        "equations.a: the equations form a cycle: a -> b -> a",
        "equations.a: unknown function 'sine'",
        "equations.a: unknown name 'q'",
        "equations.c: FloorDiv is not in the language",
        "equations.d: prev needs frames",
        "equations.e: the equations form a cycle: e -> f -> e",
        "equations.g: the equations form a cycle: g -> g",
        "equations.g: unknown name 'r'",
    ]


def test_a_place_can_be_given_for_each_equation() -> None:
    texts = {"x": "uniform(0, 1)", "y": "x + z"}
    message = refused(lambda: from_text(texts, where={"y": "swing.yaml: line 7"}), EquationError)
    assert message == "swing.yaml: line 7: unknown name 'z'\n  x + z\n      ^\nallowed: x, y"


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_cycle_that_is_named_depends_on_no_hash_seed(seed: str) -> None:
    code = (
        "from scmgen.scm.model import from_text\n"
        "try: from_text({'u': 'uniform(0, 1)', 'a': 'c + u', 'b': 'a', 'c': 'b + e', 'd': 'c', 'e': 'd'})\n"
        "except Exception as error: print(error)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "equations.a: the equations form a cycle: a -> b -> c -> a\n"


def test_replace_refuses_what_does_not_exist() -> None:
    scm = small()
    assert refused(lambda: scm.replace({"hh": "1"})) == "replace: no equation 'hh'; did you mean 'h'?"
    assert refused(lambda: scm.replace({"q": "1"})) == "replace: no equation 'q'; allowed: h, x, y"
    assert refused(lambda: scm.replace(parameters={"ww": 1})) == "replace: no parameter 'ww'; did you mean 'w'?"
    assert refused(lambda: scm.replace(parameters={"big": 1})) == "replace: no parameter 'big'; allowed: w"
    assert refused(lambda: scm.replace({"x": "y + 0"}, where="splits.ood")) == (
        "splits.ood.x: the equations form a cycle: x -> h -> y -> x"
    )


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        (
            "log(x - 0.5)",
            "nan",
            "equations.y: y is nan in row 1 (1 of 3 rows are not finite); its equation read x = 0.25",
        ),
        (
            "1 / (x - 0.25) + w",
            "inf",
            "equations.y: y is inf in row 1 (1 of 3 rows are not finite); its equation read x = 0.25, w = 2",
        ),
        (
            "9**9**9",
            "inf",
            "equations.y: y is inf in row 0 (3 of 3 rows are not finite); its equation read nothing but noise",
        ),
        (
            "where(x < 0.6, sqrt(-x), 0)",
            "nan",
            "equations.y: y is nan in row 0 (2 of 3 rows are not finite); its equation read x = 0.5",
        ),
    ],
)
def test_a_value_that_is_not_finite_names_variable_and_row(text: str, value: str, message: str) -> None:
    scm = from_text({"x": "uniform(0, 1)", "y": text}, {"w": 2.0})
    assert refused(lambda: scm.solve({"x": [0.5, 0.25, 0.75] if "log" not in text else [0.625, 0.25, 0.75]})) == message
    assert f"y is {value}" in message


def test_noise_out_of_its_domain_names_variable_and_row() -> None:
    scm = from_text({"x": "uniform(-1, 1)", "y": "normal(0, x)"})
    noise = {"x": [0.75, 0.25], "y": [0.5, 0.5]}
    assert refused(lambda: scm.solve(noise)) == (
        "equations.y: y is nan in row 1 (1 of 2 rows are not finite); its equation read x = -0.5"
    )


def test_a_hard_do_rescues_rows_that_are_not_finite() -> None:
    scm = from_text({"x": "uniform(0, 1)", "y": "log(x - 0.5)"})
    do = {"y": Affine([1, 0], [0, 7])}
    np.testing.assert_array_equal(scm.solve({"x": [0.75, 0.25]}, do)["y"], [np.log(0.25), 7.0])


def test_a_do_that_is_not_finite_is_refused() -> None:
    scm = small()
    noise = {"x": [0.5, 0.5], "y": [0.5, 0.5]}
    assert refused(lambda: scm.solve(noise, {"h": [1.0, np.nan]})) == (
        "equations.h: h is nan in row 1 (1 of 2 rows are not finite); its equation read w = 2, x = 0.5"
    )


U2 = [0.5, 0.5]


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ({"x": U2}, "noise is needed for exactly these variables: x, y; found x"),
        ({}, "noise is needed for exactly these variables: x, y; found nothing"),
        ({"x": U2, "y": U2, "h": U2}, "noise is needed for exactly these variables: x, y; found x, y, h"),
        (
            {"x": U2, "y": [0.5]},
            "every noise must be one array of shape (n,); found shapes [(1,), (2,)]",
        ),
        (
            {"x": [U2], "y": [U2]},
            "every noise must be one array of shape (n,); found shapes [(1, 2)]",
        ),
        ({"x": [0.5, 0.0], "y": U2}, "the noise of x must lie inside (0, 1)"),
        ({"x": U2, "y": [1.0, 0.5]}, "the noise of y must lie inside (0, 1)"),
        ({"x": U2, "y": [np.nan, 0.5]}, "the noise of y must lie inside (0, 1)"),
    ],
)
def test_noise_that_does_not_fit_is_refused(noise: dict[str, list[float]], message: str) -> None:
    assert refused(lambda: small().solve(noise)) == message


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ({"xx": 1.0}, "do(xx): no such variable; did you mean 'x'?"),
        ({"w": 1.0}, "do(w): no such variable; allowed: h, x, y"),
        ({"x": [1.0, 2.0, 3.0]}, "do(x): give numbers, a scalar or one for each of the 2 samples"),
        ({"x": "one"}, "do(x): give numbers, a scalar or one for each of the 2 samples"),
        ({"x": Affine([1.0] * 3, 0.0)}, "do(x): give numbers, a scalar or one for each of the 2 samples"),
    ],
)
def test_a_do_that_does_not_fit_is_refused(do: Do, message: str) -> None:
    assert refused(lambda: small().solve({"x": U2, "y": U2}, do)) == message
