"""The words of the language: noises in closed form, and what a plug-in adds, from one file to verified data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkout import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from language import assert_same
from scipy import special, stats
from shell import scmgen as shell

import scmgen
from scmgen.errors import ScmgenError
from scmgen.scm import abduction, vocabulary
from scmgen.scm.expression import NOISE, parse
from scmgen.scm.model import from_text
from scmgen.scm.vocabulary import Array

PAGE = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
PLUGIN = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "@noise" in block)
SCENE = """
name: counts
equations:
  a: cauchy(0.5, 0.001)
  b: 0.2 * a + cauchy(0.1 * a, 0.001)
  often: geometric(0.5 + 0.4 * tanh(a))
  c: 0.5 + 0.01 * often + uniform(-0.1, 0.1)
factors:
  a: {range: [0, 1]}
  b: {range: [-0.5, 1]}
  c: {range: [0, 1]}
draw:
  - {mark: disc, x: a, y: c, radius: 0.1 + 0.2 * abs(b), rgb: [0, 0, 0]}
"""


@pytest.fixture
def noises(monkeypatch: pytest.MonkeyPatch) -> dict[str, vocabulary.Noise]:
    """Give a vocabulary of noises in which what a test registers is forgotten afterwards."""
    own = dict(vocabulary.NOISES)
    monkeypatch.setattr(vocabulary, "NOISES", own)
    return own


def test_a_data_set_with_noises_of_a_plugin_builds_and_verifies(tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text(PLUGIN)
    (tmp_path / "counts.yaml").write_text(SCENE)
    sizes = ("--n", "60", "--shard-size", "20", "--size", "16", "-o", "d", "-j", "2")
    unaided = shell("build", "counts.yaml", *sizes, home=tmp_path)
    assert unaided.returncode == 2 and "unknown function 'cauchy'" in unaided.stderr
    built = shell("build", "counts.yaml", "--interventions", *sizes, "--plugin", "more.py", home=tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    verified = shell("verify", "d", "--all", "--plugin", "more.py", home=tmp_path)
    assert (verified.returncode, verified.stderr) == (0, "") and verified.stdout.endswith("d: verified\n")
    card = (tmp_path / "d" / "README.md").read_text()
    assert "| `often` | `geometric(0.5 + 0.4 * tanh(a))` | geometric |" in card


def test_abduction_knows_which_noise_of_a_plugin_it_can_recover(noises: dict[str, Any]) -> None:
    exec(PLUGIN, {})  # noqa: S102  its own text
    model = from_text({"a": "cauchy(0, 1)", "b": "a + cauchy(0, abs(a))", "n": "geometric(0.5 + 0.4 * tanh(a))"})
    reason = "geometric: a level leaves its noise open between two bounds"
    assert abduction.without_inverse(model) == {"n": reason}
    noise = model.noise(200, seed=1)
    values = model.solve(noise)
    recovered = abduction.recover(abduction.lines(model)["b"], values["b"], values["a"][:, None])
    np.testing.assert_allclose(recovered, noise["b"], atol=1e-9)


def test_a_noise_of_a_plugin_has_its_distribution_and_its_arity(noises: dict[str, Any]) -> None:
    exec(PLUGIN, {})  # noqa: S102  its own text
    u = (np.arange(20_000) + 0.5) / 20_000
    assert stats.kstest(parse("cauchy(2, 3)").evaluate({NOISE: u}), "cauchy", (2, 3)).statistic < 1e-3
    assert (noises["cauchy"].fewest, noises["cauchy"].most, noises["cauchy"].discrete) == (2, 2, False)
    with pytest.raises(ScmgenError, match="cauchy takes 2 arguments, found 3"):
        parse("cauchy(1, 2, 3)")
    with pytest.raises(ScmgenError, match="b is nan in row 0"):
        from_text({"b": "cauchy(0, 0 - 1)"}).solve({"b": u})


def noise_raises(u: Any) -> Any:
    raise KeyError("oops")


def noise_writes(u: Any) -> Any:
    u[:] = 0
    return u


def noise_shrinks(u: Any) -> Any:
    return np.zeros(2)


@pytest.mark.parametrize(
    ("transport", "problem"),
    [
        (noise_raises, "KeyError: 'oops'"),
        (noise_writes, "ValueError: assignment destination is read-only"),
        (noise_shrinks, "ValueError: operands could not be broadcast together with remapped shapes"),
    ],
)
def test_a_noise_that_misbehaves_is_one_message(
    transport: Callable[..., Any], problem: str, noises: dict[str, Any]
) -> None:
    scmgen.noise()(transport)
    with pytest.raises(ScmgenError) as caught:
        from_text({"x": f"{transport.__name__}()"}).solve({"x": np.full(5, 0.5)})
    assert str(caught.value).startswith(f"plug-in noise {transport.__name__}: {problem}")


def uniform(u: Any, low: Any, high: Any) -> Any:
    return low


def sin(u: Any) -> Any:
    return u


def no_uniforms() -> Any:
    return 0.0


def named(u: Any, *, scale: Any) -> Any:
    return u


@pytest.mark.parametrize(
    ("transport", "problem"),
    [
        (uniform, "plug-in noise uniform: 'uniform' cannot name a noise: it is a word of the language"),
        (sin, "plug-in noise sin: 'sin' cannot name a noise: it is a word of the language"),
        (no_uniforms, "plug-in noise no_uniforms: the first argument is u, the uniforms, and has no default"),
        (named, "plug-in noise named: arguments must be plain positional ones"),
    ],
)
def test_what_is_no_noise_is_not_registered(
    transport: Callable[..., Any], problem: str, noises: dict[str, Any]
) -> None:
    before = dict(noises)
    with pytest.raises(ScmgenError) as caught:
        scmgen.noise()(transport)
    assert (str(caught.value), noises) == (problem, before)


def draws(text: str, n: int = 20_000, **scope: object) -> Array:
    u = np.random.default_rng(20_240_607).uniform(size=n)
    return np.asarray(parse(text).evaluate({NOISE: u, **scope}))


@pytest.mark.parametrize(
    ("text", "distribution"),
    [
        ("normal(0, 1)", stats.norm()),
        ("normal(-3, 0.5)", stats.norm(-3, 0.5)),
        ("2 * normal(1, 3) + 5", stats.norm(7, 6)),
        ("uniform(0, 1)", stats.uniform()),
        ("uniform(-0.7, 2)", stats.uniform(-0.7, 2.7)),
        ("exp(normal(0, 0.3))", stats.lognorm(0.3)),
        ("-log(uniform(0, 1))", stats.expon()),
    ],
)
def test_continuous_noise_has_its_closed_form(text: str, distribution: stats.rv_frozen) -> None:
    assert stats.kstest(draws(text), distribution.cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("bernoulli(0.3)", [0.7, 0.3]),
        ("1 - bernoulli(0.9)", [0.9, 0.1]),
        ("category(1, 1)", [0.5, 0.5]),
        ("category(2, 1, 5, 2)", [0.2, 0.1, 0.5, 0.2]),
        ("category(0.1, 0.2, 0.3, 0.1, 0.3)", [0.1, 0.2, 0.3, 0.1, 0.3]),
    ],
)
def test_discrete_noise_has_its_closed_form(text: str, shares: list[float]) -> None:
    values = draws(text)
    counts = np.bincount(values.astype(int), minlength=len(shares))
    assert_same(values, values.astype(int).astype(float))
    assert stats.chisquare(counts, np.array(shares) * values.size).pvalue > 0.01


def test_noise_arguments_read_parents_row_by_row() -> None:
    u = np.array([0.5, 0.5, 0.25, 0.75])
    x = np.array([0.0, 1.0, 2.0, 4.0])
    assert_same(parse("normal(x, 1 + x)").evaluate({NOISE: u, "x": x}), x + (1 + x) * special.ndtri(u))
    assert_same(parse("uniform(-x, x)").evaluate({NOISE: u, "x": x}), -x + 2 * x * u)
    assert_same(parse("bernoulli(x / 4)").evaluate({NOISE: u, "x": x}), [0.0, 0.0, 1.0, 1.0])
    assert_same(parse("category(1, x, 1)").evaluate({NOISE: u, "x": x}), [2.0, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_sure_events_are_sure(probability: float) -> None:
    assert (draws(f"bernoulli({probability})") == probability).all()
    assert (draws(f"category({1 - probability}, {probability})") == probability).all()


@pytest.mark.parametrize(
    "text",
    [
        "normal(0, -1)",
        "uniform(1, 0)",
        "bernoulli(-0.1)",
        "bernoulli(1.1)",
        "category(0, 0)",
        "category(1, -1)",
        "category(exp(1000), 1)",
        "category(1e308, 1e308)",
    ],
)
def test_noise_outside_its_domain_is_not_a_number(text: str) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(draws(text, 10)).all()


@settings(deadline=None)
@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(2, 8))
def test_a_category_is_a_level(u: float, levels: int) -> None:
    text = f"category({', '.join(['1'] * levels)})"
    level = float(parse(text).evaluate({NOISE: np.array([u])})[0])
    assert 0 <= level < levels and level == int(level)


@pytest.fixture
def parts() -> Iterator[None]:
    def whole_and_part(x: Array) -> tuple[Array, Array]:
        return np.floor(x), x - np.floor(x)

    vocabulary.function(outputs=2)(whole_and_part)
    yield
    del vocabulary.FUNCTIONS["whole_and_part"]


@pytest.mark.usefixtures("parts")
def test_a_name_is_registered_once() -> None:
    def whole_and_part(x: Array) -> Array:
        return x

    with pytest.raises(ScmgenError) as caught:
        vocabulary.function()(whole_and_part)
    assert str(caught.value) == (
        "plug-in function whole_and_part: 'whole_and_part' cannot name a function: it is a word of the language"
    )


def test_a_plug_in_takes_positional_arguments_only() -> None:
    def spread(*values: Array) -> Array:
        return values[0]

    with pytest.raises(ScmgenError) as caught:
        vocabulary.function()(spread)
    assert str(caught.value) == "plug-in function spread: arguments must be plain positional ones"
    assert "spread" not in vocabulary.FUNCTIONS
