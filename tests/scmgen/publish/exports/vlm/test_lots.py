"""Choices by lot: the same for one purpose, and even over many."""

from __future__ import annotations

from collections import Counter

from scmgen.publish.exports.vlm.lots import Lots


def test_an_order_depends_on_seed_split_and_purpose_alone() -> None:
    one = Lots(3, "test").shuffled(range(20), "x")
    assert one == Lots(3, "test").shuffled(range(20), "x") and sorted(one) == list(range(20))
    others = (Lots(4, "test").shuffled(range(20), "x"), Lots(3, "train").shuffled(range(20), "x"))
    assert one not in (*others, Lots(3, "test").shuffled(range(20), "y"))


def test_each_thing_is_had_equally_often() -> None:
    lots = Lots(0)
    had = [lots.one("ABCD", number, "letters") for number in range(40)]
    assert Counter(had) == dict.fromkeys("ABCD", 10)
    assert had[:20] != had[20:]
