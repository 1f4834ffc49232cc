"""The causal model: what a do changes, what it leaves alone bit for bit, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats

from scmgen.errors import ScmgenError
from scmgen.scm import vocabulary
from scmgen.scm.expression import EquationError
from scmgen.scm.model import SCM, Affine, Do, from_text
from scmgen.scm.vocabulary import Array

Where: TypeAlias = "slice | NDArray[np.bool_]"

# Random models as equation text, random interventions

LINEAR = ["{c} * {p}", "{p} / {c}", "{c} - {p}"]
SMOOTH = [
    *LINEAR,
    "sin({p})",
    "{c} * cos({p} + 0.3)",
    "{p} * abs({p})",
    "{p} * sin({q} + 2) / 2 + {q}",
    "sqrt(1 + {p} ** 2)",
]
ROUGH = [
    *SMOOTH,
    "tanh({p})",
    "where({p} > {q}, {p}, {c})",
    "max({p}, {q}, 0)",
    "floor({p})",
    "exp(-{p} ** 2)",
    "arctan2({p}, {q})",
    "sigmoid({p})",
    "({p} < {c})",
    "{p} % {c}",
    "log(1 + abs({p})) ** 1.7",
]
SMOOTH_NOISES = ["normal(0, 0.5)", "uniform(-1, 1)"]
NOISES = [*SMOOTH_NOISES, "bernoulli(0.3)", "category(1, 2, 1)", "normal({p}, 1 + abs({p}))", "bernoulli(sigmoid({p}))"]


@st.composite
def models(draw: st.DrawFn, forms: list[str] = ROUGH, noises: list[str] = NOISES) -> SCM:
    names = draw(st.permutations([f"v{i}" for i in range(draw(st.integers(3, 8)))]))
    texts = {name: draw(equations(names[:i], forms, noises)) for i, name in enumerate(names)}
    declared = draw(st.permutations(names))
    return from_text({name: texts[name] for name in declared}, {"w": 0.75})


@st.composite
def equations(draw: st.DrawFn, earlier: list[str], forms: list[str], noises: list[str]) -> str:
    if not earlier:
        return draw(st.sampled_from(["uniform(-1, 1)", "normal(0, 1)", "w * uniform(1, 2)"]))
    chosen = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))
    terms = [draw(terms_of(parent, earlier, forms)) for parent in chosen]
    if not terms or draw(st.integers(0, 3)):
        terms.append(draw(terms_of(draw(st.sampled_from(earlier)), earlier, noises)))
    return " + ".join(terms)


@st.composite
def terms_of(draw: st.DrawFn, parent: str, earlier: list[str], forms: list[str]) -> str:
    other, constant = draw(st.sampled_from(earlier)), draw(st.sampled_from(["0.5", "1.3", "w"]))
    return draw(st.sampled_from(forms)).format(p=parent, q=other, c=constant)


def table(scm: SCM, seed: int, n: int) -> dict[str, Affine]:
    """Targets and kinds (none, hard, shift, scale) drawn row by row."""
    rng = np.random.default_rng(seed)
    targets = [name for name in scm.variables if rng.random() < 0.5]
    return {name: row_table(rng, n) for name in targets}


def row_table(rng: np.random.Generator, n: int) -> Affine:
    kind, value = rng.integers(0, 4, n), rng.normal(size=n)
    scale = np.choose(kind, [np.ones(n), np.zeros(n), np.ones(n), value])
    shift = np.choose(kind, [np.zeros(n), value, value, np.zeros(n)])
    return Affine(scale, shift)


def rows(values: Mapping[str, Array], where: Where) -> dict[str, Array]:
    return {name: value[where] for name, value in values.items()}


def do_rows(do: Mapping[str, Affine], where: Where) -> Do:
    return {name: Affine(np.asarray(a.scale)[where], np.asarray(a.shift)[where]) for name, a in do.items()}


def assert_bits(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    assert list(found) == list(wanted)
    for name, value in found.items():
        assert value.tobytes() == wanted[name].tobytes(), name


N = 33
STEADY = settings(deadline=None)
SEEDS = st.integers(0, 10_000)


@STEADY
@given(models(), SEEDS)
def test_a_do_with_the_observed_value_changes_nothing(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    observed = scm.solve(noise)
    for name in scm.variables:
        assert_bits(scm.solve(noise, {name: observed[name]}), observed)
    assert_bits(scm.solve(noise, dict(observed)), observed)


@STEADY
@given(models(), SEEDS)
def test_composition_holds_under_an_intervention(scm: SCM, seed: int) -> None:
    noise, do = scm.noise(N, seed), table(scm, seed, N)
    world = scm.solve(noise, do)
    for name in scm.variables:
        assert_bits(scm.solve(noise, {**do, name: world[name]}), world)


@STEADY
@given(models(), SEEDS)
def test_what_does_not_descend_from_a_target_keeps_its_bits(scm: SCM, seed: int) -> None:
    noise, do = scm.noise(N, seed), table(scm, seed, N)
    observed, world = scm.solve(noise), scm.solve(noise, do)
    touched = set(do).union(*(scm.descendants(name) for name in do))
    same = [name for name in scm.variables if name not in touched]
    assert_bits({name: world[name] for name in same}, {name: observed[name] for name in same})


@STEADY
@given(models(), SEEDS)
def test_rows_that_are_left_alone_keep_their_bits(scm: SCM, seed: int) -> None:
    noise, do = scm.noise(N, seed), table(scm, seed, N)
    observed, world = scm.solve(noise), scm.solve(noise, do)
    alone = np.ones(N, dtype=bool)
    for action in do.values():
        alone &= (np.asarray(action.scale) == 1) & (np.asarray(action.shift) == 0)
    assert_bits(rows(world, alone), rows(observed, alone))


@STEADY
@given(models(), SEEDS)
def test_a_hard_do_gives_exactly_its_value(scm: SCM, seed: int) -> None:
    noise, values = scm.noise(N, seed), np.random.default_rng(seed).normal(size=N)
    for name in scm.variables:
        assert scm.solve(noise, {name: values})[name].tobytes() == values.tobytes()
        assert (scm.solve(noise, {name: 0.1})[name] == 0.1).all()


@STEADY
@given(models(), SEEDS)
def test_shift_and_scale_move_what_the_equation_gives(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    observed = scm.solve(noise)
    for name in scm.variables:
        np.testing.assert_array_equal(scm.solve(noise, {name: Affine(1, 0.3)})[name], observed[name] + 0.3)
        np.testing.assert_array_equal(scm.solve(noise, {name: Affine(-2, 0)})[name], observed[name] * -2)


@STEADY
@given(models(), SEEDS)
def test_mixed_rows_equal_separate_calls(scm: SCM, seed: int) -> None:
    noise, one, two = scm.noise(N, seed), table(scm, seed, N), table(scm, seed + 1, N)
    first = np.random.default_rng(seed).random(N) < 0.5
    idle = Affine(np.ones(N), np.zeros(N))
    mixed = {
        name: Affine(*(np.where(first, a, b) for a, b in zip(one.get(name, idle), two.get(name, idle), strict=True)))
        for name in {**one, **two}
    }
    world = scm.solve(noise, mixed)
    assert_bits(rows(world, first), rows(scm.solve(noise, one), first))
    assert_bits(rows(world, ~first), rows(scm.solve(noise, two), ~first))


@STEADY
@given(models(), SEEDS, st.sampled_from([1, 2, 7, 16]))
def test_rows_do_not_depend_on_their_batch(scm: SCM, seed: int, size: int) -> None:
    noise, do = scm.noise(N, seed), table(scm, seed, N)
    world = scm.solve(noise, do)
    for start in range(0, N, size):
        part = slice(start, start + size)
        assert_bits(scm.solve(rows(noise, part), do_rows(do, part)), rows(world, part))


@STEADY
@given(models(), SEEDS)
def test_noise_and_values_extend_a_smaller_n(scm: SCM, seed: int) -> None:
    whole = scm.solve(scm.noise(N, seed))
    assert_bits(scm.solve(scm.noise(10, seed)), rows(whole, slice(10)))
    assert_bits(scm.solve(scm.noise(10, seed, start=7)), rows(whole, slice(7, 17)))


@STEADY
@given(models(), SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_equations_means_nothing(scm: SCM, seed: int, random: object) -> None:
    texts = {e.targets[0]: e.expression.text for e in scm.equations}
    names = sorted(texts, key=lambda name: random.random())  # type: ignore[attr-defined]
    other = from_text({name: texts[name] for name in names}, scm.parameters)
    do = table(scm, seed, N)
    world, again = scm.solve(scm.noise(N, seed), do), other.solve(other.noise(N, seed), do)
    assert list(again) == names
    assert_bits({name: again[name] for name in world}, world)


@STEADY
@given(models(SMOOTH, SMOOTH_NOISES), SEEDS)
def test_edges_are_numerical_sensitivity(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    observed = scm.solve(noise)
    for cause in scm.variables:
        for effect in scm.variables:
            if cause != effect:
                held: Do = {name: observed[name] for name in scm.variables if name != effect}
                moved = scm.solve(noise, {**held, cause: observed[cause] + 0.37})[effect]
                assert scm.graph.has_edge(cause, effect) == bool((moved != observed[effect]).any())


@STEADY
@given(models(), SEEDS)
def test_descendants_are_total_numerical_effect_at_most(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    observed = scm.solve(noise)
    for cause in scm.variables:
        world = scm.solve(noise, {cause: Affine(1, 0.37)})
        moved = {name for name in scm.variables if (world[name] != observed[name]).any()}
        assert moved - {cause} <= scm.descendants(cause)


@STEADY
@given(models(), SEEDS)
def test_a_solution_shares_no_memory_with_what_it_was_given(scm: SCM, seed: int) -> None:
    noise = scm.noise(N, seed)
    value = np.zeros(N)
    before = {name: u.copy() for name, u in noise.items()}
    for array in scm.solve(noise, {scm.variables[0]: value}).values():
        array += 1
    assert_bits(noise, before)
    assert (value == 0).all()


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

SMALL = {"x": "uniform(0, 1)", "h": "w * x", "y": "h + big + normal(0, 1)"}


def small() -> SCM:
    return from_text(SMALL, {"w": 2.0}, {"big": 1.0})


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


# What is refused


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
