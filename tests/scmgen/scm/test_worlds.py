"""Worlds of random models: what a do changes, and what it leaves alone bit for bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from random_models import SEEDS, SMOOTH, SMOOTH_NOISES, STEADY, N, assert_bits, do_rows, models, rows, table

from scmgen.scm.model import SCM, Affine, Do, from_text


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
