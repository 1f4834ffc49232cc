"""The noises: their closed forms, both tails, what they refuse, parents in their arguments, and abduction."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from checkout import ROOT
from scipy import stats
from shell import scmgen as shell

from scmgen import ScmgenError
from scmgen.scm import abduction, vocabulary
from scmgen.scm.expression import NOISE, parse
from scmgen.scm.model import from_text
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

EDGE = 2.0**-53  # the smallest uniform of a stream
TAILS = np.array([EDGE, 1e-12, 1e-6, 0.3, 0.5, 0.9, 1 - 1e-6, 1 - 1e-12, 1 - EDGE])
CONTINUOUS = [
    ("uniform(-1, 3)", stats.uniform(-1, 4)),
    ("normal(2, 3)", stats.norm(2, 3)),
    ("laplace(2, 3)", stats.laplace(2, 3)),
    ("exponential(0.7)", stats.expon(scale=0.7)),
    ("beta(2, 0.5)", stats.beta(2, 0.5)),
    ("beta(30, 70)", stats.beta(30, 70)),
    ("gamma(10, 0.2)", stats.gamma(10, scale=0.2)),
    ("gamma(0.5, 3)", stats.gamma(0.5, scale=3)),
    ("triangular(-1, 0.5, 4)", stats.triang(0.3, -1, 5)),
    ("triangular(0, 0, 1)", stats.triang(0, 0, 1)),
    ("triangular(0, 1, 1)", stats.triang(1, 0, 1)),
    ("truncnormal(1, 2, 0, 5)", stats.truncnorm(-0.5, 2, 1, 2)),
    ("truncnormal(0, 1, -10, -8)", stats.truncnorm(-10, -8)),
    ("truncnormal(0, 1, 6, 7)", stats.truncnorm(6, 7)),
]
COUNTS = [1e-3, 0.5, 3.3, 40.0, 1e4, 1e6]


def value(text: str, u: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.broadcast_to(parse(text).evaluate({NOISE: u}), len(u)))


def test_they_are_registered_with_their_arities_and_the_page_lists_them() -> None:
    arities = {name: (word.fewest, word.most, word.discrete) for name, word in vocabulary.NOISES.items()}
    assert arities == {
        "normal": (2, 2, False),
        "uniform": (2, 2, False),
        "bernoulli": (1, 1, True),
        "category": (2, None, True),
        "laplace": (2, 2, False),
        "exponential": (1, 1, False),
        "beta": (2, 2, False),
        "gamma": (2, 2, False),
        "triangular": (3, 3, False),
        "truncnormal": (4, 4, False),
        "poisson": (1, 1, True),
    }
    page = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    table = re.findall(
        r"^\| `(\w+)\(([\w, .]+)\)` \|[^|]+\|[^|]+\|[^|]+\|$", page.partition("| noise |")[2], re.MULTILINE
    )
    assert {name: arguments.count(",") + 1 for name, arguments in table} == {
        name: 3 if most is None else most for name, (_, most, _) in arities.items()
    }


@pytest.mark.parametrize(("text", "law"), CONTINUOUS)
def test_samples_follow_the_closed_form(text: str, law: stats.rv_continuous) -> None:
    assert stats.kstest(value(text, uniforms(0, "train", "x", 0, 20_000)), law.cdf).pvalue > 0.01


@pytest.mark.parametrize(("text", "law"), CONTINUOUS)
def test_values_rise_with_u_and_are_exact_in_both_tails(text: str, law: stats.rv_continuous) -> None:
    found = value(text, np.sort([*TAILS, *(np.arange(500) + 0.5) / 500]))
    assert np.isfinite(found).all() and (np.diff(found) >= 0).all()
    low = TAILS < 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a search that scipy.stats begins badly, and ends well
        exact = np.concatenate([law.ppf(TAILS[low]), law.isf(1 - TAILS[~low])])
    np.testing.assert_allclose(value(text, TAILS), exact, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(law.cdf(value(text, TAILS[2:-2])), TAILS[2:-2], rtol=1e-6)


@pytest.mark.parametrize("rate", COUNTS)
def test_a_count_is_the_least_whose_distribution_function_reaches_u(rate: float) -> None:
    u = np.concatenate([TAILS, uniforms(0, "train", "x", 0, 2_000)])
    count, law = value(f"poisson({rate!r})", u), stats.poisson(rate)
    assert (count == np.floor(count)).all() and (count >= 0).all()
    low, high = u < 0.5, u >= 0.5
    assert (law.cdf(count[low]) >= u[low]).all() and (law.sf(count[high]) <= 1 - u[high]).all()
    assert (law.cdf(count[low] - 1) < u[low]).all()
    assert ((law.sf(count[high] - 1) > 1 - u[high]) | (count[high] == 0)).all()


def test_counts_are_as_frequent_as_they_should_be() -> None:
    count = value("poisson(2.5)", uniforms(0, "train", "x", 0, 20_000))
    seen = np.bincount(np.minimum(count, 9).astype(int), minlength=10)
    law = stats.poisson(2.5)
    assert stats.chisquare(seen, len(count) * np.array([*law.pmf(range(9)), law.sf(8)])).pvalue > 0.01


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("truncnormal(0, 1, 40, 41)", 40.0),
        ("truncnormal(0, 1, -41, -40)", -40.0),
        ("truncnormal(0, 1, 1e6, 2e6)", 1e6),
        ("truncnormal(0, 1, -1e300, -1e200)", -1e200),
        ("truncnormal(0, 1e-300, 1, 2)", 1.0),
        ("truncnormal(0, 1e-300, -2, -1)", -1.0),
        ("truncnormal(5, 1, 3, 3)", 3.0),
        ("triangular(2, 2, 2)", 2.0),
        ("laplace(2, 0)", 2.0),
        ("exponential(0)", 0.0),
        ("poisson(0)", 0.0),
    ],
)
def test_what_has_next_to_no_width_is_where_it_should_be(text: str, at: float) -> None:
    np.testing.assert_allclose(value(text, np.array([1e-9, 0.1, 0.5, 0.9, 1 - 1e-9])), at, rtol=0.02)


def test_an_interval_far_out_in_a_tail_is_no_heap() -> None:
    found = value("truncnormal(0, 1, 40, 41)", uniforms(0, "train", "x", 0, 5_000))
    assert len(np.unique(found)) == 5_000
    assert stats.kstest(found - 40, stats.expon(scale=1 / 40).cdf).statistic < 0.03  # so it is, nearly, out there


@pytest.mark.parametrize(
    "text",
    [
        "laplace(0, 0 - x)",
        "exponential(0 - x)",
        "beta(0 * x, 1)",
        "beta(1, 0 - x)",
        "gamma(0 * x, 1)",
        "gamma(1, 0 - x)",
        "triangular(x, 0, 1)",
        "triangular(0, 1, x)",
        "truncnormal(0, 0 * x, 0, 1)",
        "truncnormal(0, 1, x, 0)",
        "poisson(0 - x)",
        "poisson(1e13 * x)",
    ],
)
def test_arguments_without_a_distribution_are_reported_with_variable_and_row(text: str) -> None:
    model = from_text({"x": "uniform(0.5, 0.7)", "y": text})
    with pytest.raises(ScmgenError) as caught:
        model.solve({"x": np.full(3, 0.5), "y": np.full(3, 0.5)})
    said = "y is nan in row 0 (3 of 3 rows are not finite); its equation read x = 0.6"
    assert str(caught.value) == f"equations.y: {said}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("laplace(1)", "laplace takes 2 arguments, found 1"),
        ("triangular(0, 1)", "triangular takes 3 arguments, found 2"),
    ],
)
def test_their_arity_is_fixed(text: str, found: str) -> None:
    with pytest.raises(ScmgenError, match=found):
        parse(text)


PARENTS = {
    "x": "uniform(0.2, 0.8)",
    "a": "laplace(x, 0.1 + x)",
    "b": "x - exponential(1 / x)",
    "c": "2 * beta(1 + x, 2 * x)",
    "d": "triangular(0 - x, 0, 2 * x)",
    "e": "truncnormal(5 * x, x, 1, 3)",
    "n": "poisson(9 * x)",
}


def test_parents_may_stand_in_the_arguments_row_by_row() -> None:
    model = from_text(PARENTS)
    noise = model.noise(300, seed=3)
    values = model.solve(noise)
    for row in range(0, 300, 60):
        alone = model.solve({name: u[row : row + 1] for name, u in noise.items()})
        assert {name: array[0] for name, array in alone.items()} == {name: array[row] for name, array in values.items()}


def test_a_sample_is_the_same_whatever_is_drawn_with_it() -> None:
    model = from_text(PARENTS)
    whole, part = model.solve(model.noise(50, seed=1)), model.solve(model.noise(7, seed=1, start=20))
    assert all((part[name] == whole[name][20:27]).all() for name in PARENTS)


def test_abduction_recovers_the_noise_of_all_but_counts() -> None:
    model = from_text(PARENTS)
    assert abduction.without_inverse(model) == {"n": "poisson: a level leaves its noise open between two bounds"}
    noise = model.noise(300, seed=5)
    values, lines = model.solve(noise), abduction.lines(model)
    for name in "abcde":
        recovered = abduction.recover(lines[name], values[name], values["x"][:, None])
        np.testing.assert_allclose(recovered, noise[name], atol=1e-9)


def test_abduction_says_so_where_values_cannot_be_told_apart() -> None:
    flat = from_text({"x": "uniform(0, 1)", "y": "x + laplace(0, 0)", "z": "x + beta(1e-4, 1e-4)"})
    reason = "its equation is not one-to-one in its noise"
    assert abduction.without_inverse(flat) == {"y": reason, "z": reason}


SCENE = """
name: drops
equations:
  wind: truncnormal(0, 0.2, -0.3, 0.3)
  size: 0.05 + 0.1 * beta(2, 5)
  place: triangular(0.3, 0.4 + 0.2 * size, 0.7)
  drops: poisson(20 * size)
  late: 0.1 * drops + exponential(0.01)
  tint: laplace(0.5, 0.01)
factors:
  wind: {range: [-0.3, 0.3]}
  size: {range: [0.05, 0.15]}
  place: {range: [0.3, 0.7]}
draw:
  - {mark: fill, rgb: [0, tint, 0.1 * late]}
  - {mark: disc, x: place, y: 0.5 + wind, radius: size, rgb: [1, 1, 1]}
"""


def test_a_data_set_of_them_builds_verifies_and_is_audited(tmp_path: Path) -> None:
    home = tmp_path
    (home / "drops.yaml").write_text(SCENE)
    built = shell(
        "build", "drops.yaml", "--interventions", "--n", "60", "--size", "16", "-o", "d", "-j", "1", home=home
    )
    assert (built.returncode, built.stderr) == (0, "")
    verified = shell("verify", "d", "--all", "-j", "1", home=home)
    assert (verified.returncode, verified.stderr) == (0, "") and verified.stdout.endswith("d: verified\n")
    assert "| `drops` | `poisson(20 * size)` | poisson |" in (home / "d" / "README.md").read_text()
    audited = shell("audit", "drops.yaml", "--n", "600", "--interventions", home=home)
    assert "ok      clamped" in audited.stdout and "ok      out-of-range" in audited.stdout
