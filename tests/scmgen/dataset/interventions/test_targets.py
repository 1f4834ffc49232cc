"""Whom a step targets, and how often."""

from __future__ import annotations

import numpy as np
from chainlet import ALARM, sample
from scipy import stats


def test_each_factor_alone_and_nothing_come_equally_often() -> None:
    mask = sample("hard", 600).twins[0].table.mask
    assert mask.sum(axis=0).tolist() == [100] * 5
    assert [int((mask.sum(axis=1) == k).sum()) for k in (0, 1, 2)] == [100, 500, 0]


def test_sizes_choose_how_many_targets_a_set_has() -> None:
    mask = sample("hard:sizes=[2,3]", 2_000).twins[0].table.mask
    sets, counts = np.unique(mask, axis=0, return_counts=True)
    assert {*sets.sum(axis=1).tolist()} == {2, 3}
    assert (len(sets), {*counts.tolist()}) == (20, {100})  # 10 pairs and 10 triples


def test_among_restricts_the_targets() -> None:
    mask = sample("hard:among=[b,c]", 300).twins[0].table.mask
    assert mask.sum(axis=0).tolist() == [0, 0, 100, 0, 100]


def test_chosen_sets_come_equally_often_and_no_other() -> None:
    mask = sample("hard:sets=[[a,b],[c]]", 300).twins[0].table.mask
    sets, counts = np.unique(mask, axis=0, return_counts=True)
    assert (sets.tolist(), counts.tolist()) == ([[0, 0, 0, 0, 1], [1, 0, 1, 0, 0]], [150, 150])


def test_independent_targets_hit_each_factor_with_their_probability_and_never_all() -> None:
    mask = sample("hard:probability=0.4", 20_000).twins[0].table.mask
    assert mask.sum(axis=1).max() == 4
    whole = 1 - 0.4**5
    for hits in mask.sum(axis=0).tolist():
        assert stats.binomtest(hits, 20_000, (0.4 - 0.4**5) / whole).pvalue > ALARM
    both = int((mask[:, 0] * mask[:, 2]).sum())
    assert stats.binomtest(both, 20_000, (0.4**2 - 0.4**5) / whole).pvalue > ALARM
