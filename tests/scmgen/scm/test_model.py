"""The causal model: its distributions, what it says about itself, and the same with another mechanism."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from random_models import SEEDS, STEADY, N, assert_bits, models, small
from scipy import special, stats

from scmgen.scm import vocabulary
from scmgen.scm.model import SCM, from_text
from scmgen.scm.vocabulary import Array

# Distributions against their closed form

CHAIN = {
    "a": "normal(1, 2)",
    "b": "-0.5 * a + normal(0, 1)",
    "c": "a + 2 * b + normal(b, 3)",
    "d": "bernoulli(0.3)",
    "e": "category(1, d, 2)",
}
MANY = 40_000


def test_a_linear_gaussian_model_has_its_mean_and_covariance() -> None:
    scm = from_text(CHAIN)
    values = scm.solve(scm.noise(MANY, 5))
    found = np.stack([values[name] for name in "abc"])
    weights = np.array([[1, 0, 0], [-0.5, 1, 0], [1 - 1.5, 3, 1]])
    covariance = weights @ np.diag([4, 1, 9]) @ weights.T
    np.testing.assert_allclose(found.mean(axis=1), weights @ [1, 0, 0], atol=0.1)
    np.testing.assert_allclose(np.cov(found), covariance, atol=0.4)
    for name, mean, deviation in zip("abc", weights @ [1, 0, 0], np.sqrt(np.diag(covariance)), strict=True):
        assert stats.kstest(values[name], stats.norm(mean, deviation).cdf).pvalue > 0.005


def test_an_interventional_distribution_has_its_closed_form() -> None:
    scm = from_text(CHAIN)
    values = scm.solve(scm.noise(MANY, 6), {"b": 2.0})
    assert stats.kstest(values["a"], stats.norm(1, 2).cdf).pvalue > 0.005
    assert stats.kstest(values["c"], stats.norm(1 + 3 * 2.0, np.sqrt(4 + 9)).cdf).pvalue > 0.005


def test_discrete_variables_have_their_conditional_distribution() -> None:
    scm = from_text(CHAIN)
    values = scm.solve(scm.noise(MANY, 7))
    counts = np.histogram2d(values["d"], values["e"], bins=[2, 3])[0]
    shares = np.array([[0.7 * 1 / 3, 0.0, 0.7 * 2 / 3], [0.3 / 4, 0.3 / 4, 0.3 / 2]])
    assert counts[0, 1] == 0
    keep = shares.ravel() > 0
    assert stats.chisquare(counts.ravel()[keep], shares.ravel()[keep] * MANY).pvalue > 0.005


def test_noises_of_different_variables_are_independent() -> None:
    scm = from_text({f"v{i}": "normal(0, 1)" for i in range(6)})
    values = scm.solve(scm.noise(MANY, 8))
    off = np.corrcoef(np.stack(list(values.values()))) - np.eye(6)
    assert np.abs(off).max() < 5 / np.sqrt(MANY)


# What a model says about itself


def test_the_graph_is_what_the_equations_read() -> None:
    scm = small()
    assert scm.variables == ("x", "h", "y")
    assert scm.exogenous == ("x", "y")
    assert list(scm.graph.edges) == [("x", "h"), ("h", "y")]
    assert scm.descendants("x") == {"h", "y"} and scm.descendants("y") == frozenset()


def test_values_are_those_of_the_equations() -> None:
    u = np.array([0.25, 0.5, 0.75])
    values = small().solve({"x": u, "y": u[::-1]})
    np.testing.assert_array_equal(values["h"], 2 * u)
    np.testing.assert_array_equal(values["y"], 2 * u + 1 + special.ndtri(u[::-1]))


def test_noise_is_named_by_seed_split_and_attempt() -> None:
    scm = small()
    base = scm.noise(5, 0)["x"]
    others = [scm.noise(5, 1), scm.noise(5, 0, "test"), scm.noise(5, 0, attempt=1), scm.noise(5, 0, start=5)]
    assert list(scm.noise(5, 0)) == ["x", "y"]
    assert not any(np.isin(other["x"], base).any() for other in others)


@pytest.fixture
def parts() -> Iterator[None]:
    def parts_of(x: Array, by: Array) -> tuple[Array, Array]:
        return np.floor(x / by), x % by

    vocabulary.function(outputs=2)(parts_of)
    yield
    del vocabulary.FUNCTIONS["parts_of"]


@pytest.mark.usefixtures("parts")
def test_two_variables_share_an_equation() -> None:
    scm = from_text(
        {"late": "part + 1", "whole, part": "parts_of(x, uniform(1, 2))", "x": "uniform(0, 9)", "last": "whole"}
    )
    noise = scm.noise(N, 1)
    values = scm.solve(noise)
    by = 1 + noise["whole"]
    assert scm.exogenous == ("whole", "x")
    assert sorted(scm.graph.edges) == [("part", "late"), ("whole", "last"), ("x", "part"), ("x", "whole")]
    np.testing.assert_array_equal(values["whole"], np.floor(values["x"] / by))
    np.testing.assert_array_equal(values["late"], values["x"] % by + 1)


@pytest.mark.usefixtures("parts")
def test_one_of_two_variables_is_intervened_on() -> None:
    scm = from_text({"x": "uniform(0, 9)", "whole, part": "parts_of(x, 2)"})
    noise = scm.noise(N, 1)
    observed, world = scm.solve(noise), scm.solve(noise, {"part": 5.0})
    assert (world["part"] == 5.0).all()
    assert world["whole"].tobytes() == observed["whole"].tobytes()


# Another mechanism


def test_replace_changes_the_mechanism_under_the_same_noise() -> None:
    scm = small()
    other = scm.replace({"h": "w * x ** 2"}, {"w": 3.0})
    noise = scm.noise(N, 2)
    np.testing.assert_array_equal(other.solve(noise)["h"], 3.0 * other.solve(noise)["x"] ** 2.0)
    assert other.solve(noise)["x"].tobytes() == scm.solve(noise)["x"].tobytes()
    assert (scm.parameters, other.parameters) == ({"w": 2.0}, {"w": 3.0})
    assert other.constants == {"big": 1.0}


def test_replace_by_nothing_is_the_same_model() -> None:
    scm = small()
    assert_bits(scm.replace().solve(scm.noise(N, 3)), scm.solve(scm.noise(N, 3)))


@STEADY
@given(models(), SEEDS)
def test_replace_by_a_constant_is_a_hard_do(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    for name in scm.variables:
        if set(scm.exogenous) != {name}:
            other = scm.replace({name: "0.25"})
            kept = {key: u for key, u in noise.items() if key != name}
            assert_bits(other.solve(kept), scm.solve(noise, {name: 0.25}))


@pytest.mark.usefixtures("parts")
def test_replace_names_a_shared_equation_by_all_its_targets() -> None:
    scm = from_text({"x": "uniform(0, 9)", "whole,part": "parts_of(x, 2)"})
    other = scm.replace({"whole, part": "parts_of(x, 3)"})
    values = other.solve(other.noise(N, 0))
    np.testing.assert_array_equal(values["part"], values["x"] % 3)


def test_a_model_is_a_line_however_many_equations_it_has() -> None:
    assert repr(from_text(CHAIN)) == "<SCM of 5 variables, 5 with noise: a, b, c, d, e>"
    wide = repr(from_text({f"x{k}": "uniform(0, 1)" for k in range(500)}))
    assert wide.endswith("x7 and 492 more>")
