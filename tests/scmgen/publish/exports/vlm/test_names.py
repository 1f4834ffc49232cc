"""Names of factors in three modes, and their values in words."""

from __future__ import annotations

import pytest

from scmgen import ScmgenError
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.publish.exports.vlm.names import names
from scmgen.storage.entries import FactorEntry

LOTS = Lots(0)


def factor(long_name: str, levels: tuple[str, ...] = (), span: tuple[float, float] = (2.0, 4.0)) -> FactorEntry:
    kind, bounds = ("categorical", (0.0, len(levels) - 1.0)) if levels else ("continuous", span)
    return FactorEntry(kind, bounds, levels, False, 0.0, 1.0, 0.0, 1.0, "1", long_name)  # type: ignore[arg-type]


FACTORS = {
    "size": factor("how large\nit is"),
    "kind_of": factor("", ("disc", "star")),
    "low": factor("place"),
    "high": factor("place"),
}


def test_described_names_are_those_of_the_scene_and_tell_factors_apart() -> None:
    called = names("described", FACTORS, LOTS).factors
    assert called == {"size": "how large it is", "kind_of": "kind of", "low": "place, low", "high": "place, high"}


def test_permuted_names_are_all_of_another_factor() -> None:
    described = names("described", FACTORS, LOTS).factors
    for seed in range(8):
        permuted = names("permuted", FACTORS, Lots(seed)).factors
        assert sorted(permuted.values()) == sorted(described.values())
        assert all(permuted[name] != described[name] for name in FACTORS)


def test_neutral_names_mean_nothing_and_hide_the_order_of_the_scene() -> None:
    orders = {tuple(names("neutral", FACTORS, Lots(seed)).factors.values()) for seed in range(8)}
    assert all(sorted(order) == ["X1", "X2", "X3", "X4"] for order in orders) and len(orders) > 3


def test_values_are_places_in_the_range_or_levels() -> None:
    described, neutral = (names(mode, FACTORS, LOTS) for mode in ("described", "neutral"))
    assert [described.value("size", value) for value in (2.0, 2.5, 4.2)] == ["0", "25", "110"]
    assert (described.value("kind_of", 1.0), neutral.value("kind_of", 1.0)) == ("star", "level 2")


def test_one_factor_has_no_other_ones_name_to_take() -> None:
    with pytest.raises(ScmgenError) as caught:
        names("permuted", {"size": FACTORS["size"]}, LOTS)
    assert str(caught.value) == "--names permuted: size is the only factor, and has no other's name to take"
