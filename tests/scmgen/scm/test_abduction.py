"""Abduction: u from value and parents, and the equations that do not give it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scmgen import ScmgenError
from scmgen.scm import abduction, vocabulary
from scmgen.scm.model import SCM, from_text

U = "uniform(0, 1)"
ONE_TO_ONE = [
    "x + normal(0, 0.1)",
    "x - y - uniform(0, 2)",
    "x * uniform(0, 1)",
    "(x - 2) * uniform(0, 1)",
    "sqrt(9 + x ** 2) + uniform(-0.25, 0.25)",
    "exp(normal(x, 1))",
    "1 / (1 + uniform(0, x))",
    "tanh(x + y + normal(0, 0.5))",
    "normal(2 * x, 0.1 + abs(y))",
    "where(y > 0, x, -x) + uniform(-1, 1)",
    "sin(uniform(-1, 1)) + x",
    "(x + y + uniform(-0.4, 0.4)) % 1",
    "(x + 7 * y + uniform(-0.5, 0.5)) % 1",
    "-pi + (3 * x - uniform(-2, 2)) % (2 * pi)",
    "y - (x + uniform(0, 0.3)) % (0.5 + x)",
    "(0.2 + (y + uniform(-0.2, 0.2)) % 1) - x",
    "10 - (1 - (x + uniform(-0.2, 0.2)) % 1)",
]
SEVERAL = [
    "abs(normal(x, 1))",
    "clip(x + uniform(-1, 1), 0.6, 0.7)",
    "max(x, uniform(0, 1))",
    "round(x + normal(0, 1))",
    "where(y > 0.5, x, uniform(0, 1))",
    "floor(3 * uniform(0, 1)) + x",
    "(x + uniform(-0.8, 0.8)) % 1",
    "sin(uniform(0, pi)) + x",
    "x + 0 * uniform(0, 1)",
]


def child(text: str) -> SCM:
    return from_text({"x": "uniform(0.5, 1.5)", "y": "uniform(-1, 1)", "z": text})


@pytest.mark.parametrize("text", ONE_TO_ONE)
def test_u_is_recovered(text: str) -> None:
    scm = child(text)
    assert abduction.without_inverse(scm) == {}
    noise = scm.noise(2_000, seed=5)
    values = scm.solve(noise)
    line = abduction.lines(scm)["z"]
    parents = np.stack([values[name] for name in line.parents], axis=1)
    u = abduction.recover(line, values["z"], parents)
    assert np.abs(u - noise["z"]).max() < 1e-7
    assert np.abs(line(parents, u) - values["z"]).max() < 1e-9
    far = {name: np.full(2_000, 0.9) for name in ("x", "y")}
    twin = line(np.stack([far[name] for name in line.parents], axis=1), u)
    assert np.abs(twin - scm.solve(noise, far)["z"]).max() < 1e-9


@pytest.mark.parametrize("text", SEVERAL)
def test_an_equation_that_gives_one_value_for_several_u_is_named(text: str) -> None:
    scm = child(text)
    assert abduction.without_inverse(scm) == {"z": "its equation is not one-to-one in its noise"}
    values = scm.solve(scm.noise(500, seed=5))
    line = abduction.lines(scm)["z"]
    parents = np.stack([values[name] for name in line.parents], axis=1)
    with pytest.raises(ScmgenError, match=r"^z in row \d+: several noises give the same value"):
        abduction.recover(line, values["z"], parents)


@pytest.mark.parametrize(("text", "noise"), [("bernoulli(sigmoid(x))", "bernoulli"), ("category(1, x, 2)", "category")])
def test_levels_leave_their_noise_open(text: str, noise: str) -> None:
    found = abduction.without_inverse(child(text))
    assert found == {"z": f"{noise}: a level leaves its noise open between two bounds"}


def test_roots_and_helpers_are_never_named() -> None:
    scm = from_text({"x": "category(1, 2)", "a": "abs(normal(0, 1))", "h": "round(x + a)", "z": f"h + {U}"})
    assert abduction.without_inverse(scm) == {}


@settings(deadline=None, max_examples=50)
@given(
    st.floats(-5, 5),
    st.floats(0.01, 5),
    st.lists(st.integers(0, 2**52 - 1), min_size=1, max_size=20),
)
def test_u_comes_back_from_any_normal(loc: float, scale: float, counts: list[int]) -> None:
    line = abduction.lines(from_text({"m": U, "s": U, "z": "normal(m, s)"}))["z"]
    u = (np.array(counts) + 0.5) * 2.0**-52
    parents = np.tile([loc, scale], (len(u), 1))
    value = line(parents, u)
    assert np.abs(line(parents, abduction.recover(line, value, parents)) - value).max() <= 1e-9 * (1 + abs(loc) + scale)


def test_a_value_that_its_parents_cannot_give_is_refused() -> None:
    line = abduction.lines(child("x + uniform(-1, 1)"))["z"]
    message = (
        r"^z = 2.5 in row 1 \(1 of 2 rows\): no noise gives it with these parents; was it intervened on, or rounded\?$"
    )
    with pytest.raises(ScmgenError, match=message):
        abduction.recover(line, np.array([1.0, 2.5]), np.array([[1.0], [1.0]]))


def test_a_helper_that_does_not_fit_its_parents_is_refused() -> None:
    line = abduction.lines(child("2 * x"))["z"]
    assert abduction.recover(line, np.array([2.0]), np.array([[1.0]])).tolist() == [0.0]
    with pytest.raises(ScmgenError, match=r"^z = 2.1 in row 0 \(1 of 1 rows\): its equation gives another value"):
        abduction.recover(line, np.array([2.1]), np.array([[1.0]]))


def test_a_line_is_refused_what_the_causal_model_refuses() -> None:
    line = abduction.lines(child("log(x) + uniform(0, 1)"))["z"]
    with pytest.raises(ScmgenError, match="the noise of z must lie inside"):
        line(np.array([[1.0]]), np.array([1.0]))
    with pytest.raises(ScmgenError, match=r"equations\.z: z is nan in row 1"):
        line(np.array([[1.0], [-1.0]]), np.array([0.5, 0.5]))


def test_variables_that_share_a_noise_are_refused() -> None:
    def pair_of(x: Any, y: Any) -> Any:
        return x + y, x - y

    vocabulary.function(outputs=2)(pair_of)
    try:
        scm = from_text({"x": U, "a, b": f"pair_of(x, {U})"})
        with pytest.raises(ScmgenError, match="a, b share one noise; give the noise a line of its own"):
            abduction.lines(scm)
        apart = from_text({"x": U, "y": U, "a, b": "pair_of(x, y)"})
        values = apart.solve(apart.noise(5, seed=0))
        found = abduction.lines(apart)
        parents = np.stack([values["x"], values["y"]], axis=1)
        assert all((found[name](parents, np.zeros(5)) == values[name]).all() for name in ("a", "b"))
    finally:
        del vocabulary.FUNCTIONS["pair_of"]
