"""Checks of numbers: each thing that can be wrong with an equation is found, and it alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bare_scene import population, scene
from sound_scene import Change, N, dataset, equation, factor, over, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.values import check

second = equation("second", "place + uniform(-0.02, 0.02)")
second_factor = factor("second", range=[0.2, 0.8])
second_drawn = over(mark="rect", x=0.9, y=0.5, width=0.05, height="second / 2", rgb=[0, 0, 0])


@pytest.mark.parametrize(
    ("check", "subject", "changes", "figure", "words"),
    [
        (
            "clamped",
            "length",
            [equation("length", "max(0.3, 0.1 + 0.4 * place + uniform(-0.05, 0.05) + 0.1 * shape)")],
            (0.2, 0.6),
            "piles up at 0.3, in ",
        ),
        (
            "clamped",
            "place",
            [equation("place", "round(uniform(25, 75)) / 100")],
            (0.99, 1.0),
            "takes few values: 100.0%",
        ),
        ("clamped", "place", [equation("place", "0.25 + abs(uniform(-0.5, 0.5))")], (0.99, 1.0), "folds the noise"),
        (
            "clamped",
            "tilt",
            [equation("tilt", "(0.3 * place + 0.1 * shape + uniform(-0.8, 0.8)) % 1")],
            (0.99, 1.0),
            "folds the noise",
        ),
        (
            "out-of-range",
            "length",
            [factor("length", range=[0.2, 0.6])],
            (0.001, 0.1),
            "of observations lie outside 0.2 to 0.6; they run 0.1",
        ),
        (
            "deterministic-child",
            "length",
            [equation("length", "0.1 + 0.4 * place + 0.1 * shape")],
            (0, 0),
            "has causes but no noise of its own",
        ),
        (
            "deterministic-child",
            "length",
            [equation("length", "0.1 + 0.4 * place + 0.1 * shape + uniform(-5e-5, 5e-5)")],
            (0, 1e-4),
            "of its variance",
        ),
        (
            "unfaithful-edge",
            "shape -> length",
            [equation("length", "0.1 + 0.4 * place + 1e-4 * shape + uniform(-0.05, 0.05)")],
            (0, 0.01),
            "do(shape) over its range moves length by ",
        ),
        (
            "correlation",
            "place, second",
            [second, second_factor, second_drawn],
            (0.99, 1),
            "cannot be told apart: r = 0.99",
        ),
        ("balance", "shape", [equation("shape", "category(1, 0)")], (0, 0), "box: never observed"),
    ],
)
def test_each_fault_is_found_and_it_alone(
    check: str, subject: str, changes: list[Change], figure: tuple[float, float], words: str
) -> None:
    done = audit(dataset(*changes), N)
    assert dict.fromkeys(subjects(done)) == {(check, subject): None}
    first = next(found for found in done.findings if found.check == check and found.severity == "fault")
    assert figure[0] <= first.figure <= figure[1]
    assert words in first.sentence
    assert not done.ok


def test_a_noise_that_reaches_its_factor_by_a_helper_is_its_own() -> None:
    helped = [equation("jolt", "uniform(-0.05, 0.05)"), equation("length", "0.1 + 0.4 * place + 0.1 * shape + jolt")]
    assert subjects(audit(dataset(*helped), N)) == []
    clipped = [helped[0], equation("length", "max(0.3, 0.1 + 0.4 * place + 0.1 * shape + jolt)")]
    assert subjects(audit(dataset(*clipped), N)) == [("clamped", "length")]


def test_a_hidden_cause_is_a_note() -> None:
    shared = [
        equation("breeze", "uniform(0, 0.05)"),
        equation("length", "0.1 + 0.4 * place + 0.1 * shape + breeze + uniform(-0.05, 0)"),
        equation("tilt", "(0.3 * place + 0.1 * shape + 2 * breeze + uniform(-0.2, 0.1)) % 1"),
    ]
    done = audit(dataset(*shared), N)
    assert subjects(done) == [] and ("true-graph", "tilt <-> length") in subjects(done, "note")


def test_paths_that_cancel_are_a_note_that_says_whether_a_linear_method_could_know() -> None:
    drawn = over(mark="rect", x=0.9, y=0.5, width=0.05, height="0.5 + second", rgb=[0, 0, 0])
    domain = factor("second", range=[-0.5, 0.5])
    one = equation("second", "length - 0.4 * place + uniform(-0.2, 0.2)")
    cancelled = the(audit(dataset(one, domain, drawn), 4_000), "unfaithful-edge", "note")
    assert cancelled.subject == "place -> second" and "and independent as it seems" in cancelled.sentence
    bent = equation("second", "4 * (place - 0.5) ** 2 + uniform(-0.2, 0.2)")
    seen = the(audit(dataset(bent, domain, drawn), 4_000), "unfaithful-edge", "note")
    assert seen.subject == "place -> second" and "but dependent" in seen.sentence


def test_a_rare_level_is_a_note() -> None:
    done = audit(dataset(equation("shape", "category(1, 0.02)")), N)
    assert subjects(done) == [] and the(done, "balance", "note").sentence.startswith("box is rare: ")


def test_a_few_equal_values_are_chance_and_more_are_a_clamp() -> None:
    of = scene({"x": "uniform(0, 1)"}, "x")
    some = population(of, 1_000)
    for ties, checks in ((4, []), (20, ["clamped"])):
        values = np.concatenate([np.full(ties, 0.5), some.values["x"][ties:]])
        found = check(replace(some, values={"x": values}), 0)
        assert [finding.check for finding in found] == checks
