"""Values from noise, frame by frame: closed forms, interventions in time, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.model import SCM, Affine, from_text
from scmgen.scm.vocabulary import Array

MODEL = {
    "mass": "uniform(1, 2)",
    "start": "normal(0, 1)",
    "x": "0.8 * prev(x, start) + each(normal(0, 0.5)) / mass",
    "y": "x + prev(x, 0, 2) + each(uniform(0, 1))",
    "apart": "prev(apart, 0) + each(normal(0, 1))",
    "clock": "time * dt + 0 * mass",
}


def model(frames: int = 12) -> SCM:
    return from_text(MODEL, {"dt": 0.5}, frames=frames)


def bits(array: Array) -> Array:
    return np.asarray(array.view(np.uint64))


def test_a_first_order_process_has_its_autocorrelation() -> None:
    """Of a stationary AR(1) process with the coefficient a the correlation over k frames is a ** k."""
    scm = from_text({"x": "0.7 * prev(x, 0) + each(normal(0, sqrt(0.51)))"}, frames=40)
    values = scm.solve(scm.noise(20_000, 4))["x"][:, 30:]  # what it began with is forgotten
    for k in range(1, 6):
        found = np.corrcoef(values[:, 9], values[:, 9 - k])[0, 1]
        assert abs(found - 0.7**k) < 0.03, k
    assert abs(values[:, 9].var() - 1.0) < 0.04


def test_a_random_walk_adds_up_its_noise() -> None:
    scm = from_text({"x": "prev(x, 0) + each(normal(0, 1))"}, frames=16)
    assert np.abs(scm.solve(scm.noise(20_000, 5))["x"].var(axis=0) / np.arange(1, 17) - 1.0).max() < 0.06


def test_an_impulse_dies_away_as_the_coefficient_says() -> None:
    scm = model()
    noise = scm.noise(50, 0)
    at = np.arange(12)[None] == 4
    pushed = scm.solve(noise, {"x": Affine(1.0, np.where(at, 1.0, 0.0))})
    answer = pushed["x"] - scm.solve(noise)["x"]
    expected = np.where(np.arange(12) < 4, 0.0, 0.8 ** (np.arange(12.0) - 4))
    np.testing.assert_allclose(answer, np.broadcast_to(expected, answer.shape), atol=1e-12)
    echo = pushed["y"] - scm.solve(noise)["y"]
    np.testing.assert_allclose(echo[:, 6], expected[6] + expected[4], atol=1e-12)


def test_a_do_from_a_frame_on_leaves_what_was_before_and_what_does_not_follow() -> None:
    scm = model()
    noise, on = scm.noise(30, 1), np.arange(12)[None] >= 5
    factual = scm.solve(noise)
    after = scm.solve(noise, {"x": Affine(np.where(on, 0.0, 1.0), np.where(on, 9.0, 0.0))})
    assert (after["x"][:, 5:] == 9.0).all()
    for name in scm.variables:
        assert np.array_equal(bits(factual[name][:, :5].copy()), bits(after[name][:, :5].copy())), name
    for name in ("mass", "start", "apart", "clock"):
        assert np.array_equal(bits(factual[name]), bits(after[name])), name
    back = scm.solve(noise, {"x": factual["x"]})
    assert all(np.array_equal(back[name], factual[name]) for name in scm.variables)


def test_a_do_lasts_for_all_frames_where_one_value_is_given() -> None:
    scm = model()
    noise = scm.noise(3, 1)
    assert (scm.solve(noise, {"x": 2.0})["x"] == 2.0).all()
    assert (scm.solve(noise, {"x": np.array([1.0, 2.0, 3.0])})["x"] == np.array([[1.0], [2.0], [3.0]])).all()
    with pytest.raises(ScmgenError, match=r"do\(x\): give numbers, a scalar or one for each of the 3 samples, or one "):
        scm.solve(noise, {"x": np.zeros((3, 11))})


@pytest.mark.parametrize("frames", [2, 7])
def test_a_shorter_clip_is_the_beginning_of_a_longer_one(frames: int) -> None:
    short, long = model(frames), model(12)
    few, many = short.solve(short.noise(5, 2)), long.solve(long.noise(5, 2))
    for name in long.variables:
        assert np.array_equal(few[name], many[name][:, :frames]), name


def test_noise_is_drawn_once_unless_each_frame_has_its_own() -> None:
    scm = model()
    noise, values = scm.noise(20, 3), scm.solve(scm.noise(20, 3))
    assert scm.fresh == {"x", "y", "apart"}
    for name, u in noise.items():
        assert u.shape == (20, 12)
        assert (len(np.unique(u[0])) == 12) == (name in scm.fresh)
    assert (values["mass"] == values["mass"][:, :1]).all()
    np.testing.assert_allclose(values["clock"][0], 0.5 * np.arange(12))
    still = from_text({"mass": MODEL["mass"]})
    assert np.array_equal(still.noise(20, 3)["mass"], noise["mass"][:, 0])


def test_noise_and_values_that_do_not_fit_are_refused() -> None:
    scm = model()
    with pytest.raises(ScmgenError, match=r"one array of shape \(n, 12\); found shapes \[\(3, 11\)\]"):
        scm.solve({name: u[:, :11] for name, u in scm.noise(3, 0).items()})
    with pytest.raises(ScmgenError, match=r"shape \(n, 12\); found shapes \[\(3,\)\]"):
        scm.solve({name: u[:, 0] for name, u in scm.noise(3, 0).items()})
    wild = from_text({"x": "exp(prev(x, 10)) + each(uniform(0, 1))"}, frames=6)
    with pytest.raises(ScmgenError, match=r"x is inf in row 0 in frame 1 \(2 of 2 .*read prev\(x, 1 before\)"):
        wild.solve(wild.noise(2, 0))


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        ({"x": "prev(z, 0) + each(uniform(0, 1))"}, r"unknown name 'z'\n  prev\(z, 0\).*\n       \^\nallowed: x"),
        (
            {"a": "b + uniform(0, 1)", "b": "a"},
            r"a cycle: a -> b -> a within a frame; one of them may read an earlier frame: prev\(b, 0\)",
        ),
        ({"x": "prev(dt, 0) + uniform(0, 1)"}, r"equations.x: prev\(dt, ...\): 'dt' is a parameter, no variable"),
        ({"time": "uniform(0, 1)"}, r"equations.time: 'time' is already the number of the frame"),
        ({"x": "prev(x, y) + uniform(0, 1)"}, r"unknown name 'y'"),
    ],
)
def test_what_does_not_fit_in_time_is_refused(equations: dict[str, str], said: str) -> None:
    with pytest.raises(ScmgenError, match=said):
        from_text(equations, frames=4)
