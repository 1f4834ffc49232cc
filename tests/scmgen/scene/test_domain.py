"""Domains: what a number, a phase and a category do differently, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scmgen.scene.domain import Categorical, Circular, Continuous, Domain, domain, flags, plain
from scmgen.scene.factor import Factor
from scmgen.scm.model import from_text
from scmgen.storage.imported import Attribute

REAL, ROUND = Continuous(-1.0, 3.0), Circular(0.0, 2.0)
TWO, FOUR = Categorical(("a", "b")), Categorical(("p", "q", "r", "s"))
EVERY = (REAL, ROUND, TWO, FOUR)
U = (np.arange(1_000) + 0.5) / 1_000


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (Factor(range=(-1, 3)), REAL),
        (Factor(range=(0, 2), circular=True), ROUND),
        (Factor(levels=("a", "b")), TWO),
        (Attribute(range=(-1, 3)), REAL),
        (Attribute(range=(0, 2), circular=True), ROUND),
        (Attribute(range=(0, 1), levels=("a", "b")), TWO),
    ],
)
def test_scenes_and_tables_give_the_same_domains(factor: Factor | Attribute, expected: Domain) -> None:
    assert factor.domain == expected


@pytest.mark.parametrize("known", EVERY)
def test_what_is_written_of_a_domain_reads_back_as_it(known: Domain) -> None:
    written = plain(known)
    assert list(written) == ["range", "levels", "circular"]
    assert domain(written["range"], written["levels"], written["circular"]) == known


@pytest.mark.parametrize("known", EVERY)
def test_a_do_stays_in_the_domain_and_reaches_all_of_it(known: Domain) -> None:
    values = known.at(U)
    low, high = known.bounds
    assert known.contains(values).all()
    assert values.min() - low < 0.005 and high - values.max() < 0.005


@pytest.mark.parametrize("known", EVERY)
def test_a_flip_stays_in_the_domain_and_moves_every_value(known: Domain) -> None:
    values = known.at(U[::-1])
    flipped = known.flip(values, U)
    assert known.contains(flipped).all() and (known.distance(values, flipped) > 0).mean() > 0.99


def test_a_flip_is_a_mirror_half_a_turn_or_another_level() -> None:
    assert REAL.flip(np.array([-1.0, 0.0]), U[:2]).tolist() == [3.0, 2.0]
    assert ROUND.flip(np.array([0.5, 1.5]), U[:2]).tolist() == [1.5, 0.5]
    counts = np.bincount(FOUR.flip(np.zeros(1_000), U).astype(int), minlength=4)
    assert counts[0] == 0 and np.ptp(counts[1:]) <= 1


def test_what_lies_in_a_domain() -> None:
    values = np.array([-1.5, -1.0, 0.5, 1.0, 3.5])
    assert REAL.contains(values).tolist() == [False, True, True, True, False]
    assert ROUND.contains(values).all()
    assert TWO.contains(values).tolist() == [False, False, False, True, False]


def test_distances_go_the_shorter_way_round() -> None:
    a, b = np.array([0.1, 0.0, 1.0]), np.array([1.9, 0.5, 3.0])
    assert ROUND.distance(a, b) == pytest.approx([0.2, 0.5, 0.0])
    assert REAL.distance(a, b) == pytest.approx([1.8, 0.5, 2.0])
    assert FOUR.distance(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist() == [0.0, 1.0]


def test_spread_is_a_standard_deviation_or_the_share_of_unequal_pairs() -> None:
    rng = np.random.default_rng(0)
    u = rng.random(20_000)
    assert REAL.spread(u) == pytest.approx(1 / math.sqrt(12), rel=0.03)
    assert ROUND.spread(1e-3 * u) == pytest.approx(1e-3 / math.sqrt(12), rel=0.05)
    assert TWO.spread((u < 0.5).astype(float)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("known", EVERY)
def test_dispersion_is_the_mean_squared_distance_of_values_drawn_apart(known: Domain) -> None:
    rng = np.random.default_rng(1)
    one, other = (known.at(0.25 * rng.random(50_000)) for _ in range(2))
    apart = float((known.distance(one, other) ** 2).mean())
    assert known.dispersion(one) == pytest.approx(apart, rel=0.05, abs=1e-12)


@pytest.mark.parametrize("known", EVERY)
def test_normalised_columns_have_names_and_an_inverse(known: Domain) -> None:
    values = known.at(U)
    columns = known.normalise(values, 0.5, 2.0)
    assert columns.shape == (1_000, len(known.columns("x")))
    np.testing.assert_allclose(known.denormalise(columns, 0.5, 2.0), values, atol=1e-12)


def test_what_columns_are_called() -> None:
    assert [known.columns("x") for known in EVERY[:3]] == [["x"], ["x:cos", "x:sin"], ["x:0", "x:1"]]


def test_words() -> None:
    assert [str(known) for known in (REAL, ROUND, FOUR)] == ["-1 to 3", "0 to 2", "p, q, r, s"]
    assert [known.kind for known in (REAL, ROUND, FOUR)] == ["continuous", "circular", "categorical"]
    assert (REAL.spell(0.12345), REAL.spell(0.12345, ".2f"), FOUR.spell(2.0)) == ("0.1235", "0.12", "r")


@pytest.mark.parametrize("known", EVERY)
def test_the_equation_of_a_domain_draws_as_a_do_does(known: Domain) -> None:
    model = from_text({"x": known.equation()}, {}, {}, {})
    np.testing.assert_allclose(model.solve({"x": U})["x"], known.at(U), atol=1e-12)


def test_bars_and_classes() -> None:
    assert [known.bars(24) for known in EVERY] == [24, 24, 2, 4]
    assert np.bincount(REAL.classes(REAL.at(U), 8)).tolist() == [125] * 8
    assert FOUR.classes(np.array([-1.0, 2.0, 9.0]), 8).tolist() == [0, 2, 3]


def test_moves() -> None:
    assert REAL.moved(np.array([-1.0, 3.0]), 0.25).tolist() == [0.0, 2.0]  # towards the further end
    assert ROUND.moved(np.array([1.8]), 0.25) == pytest.approx([0.3])
    assert FOUR.moved(np.zeros(4), 0.25).tolist() == [1.0, 2.0, 3.0, 1.0]


def test_conventions_of_netcdf() -> None:
    assert REAL.attributes() == {"circular": 0, "valid_range": [-1.0, 3.0]}
    assert ROUND.attributes() == {"circular": 1, "valid_range": [0.0, 2.0]}
    assert TWO.attributes() == {"circular": 0, "flag_values": [0, 1], "flag_meanings": "a b"}
    assert flags(["not smiling", "smiling"])["flag_meanings"] == "not_smiling smiling"
