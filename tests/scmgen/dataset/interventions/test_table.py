"""The do-table: names of kinds stay whole, whatever they stand beside."""

from __future__ import annotations

import numpy as np

from scmgen.dataset.batch import Batch, Twin, put, take
from scmgen.dataset.interventions.table import KIND, DoTable, nothing

LONG = "a_kind_with_quite_a_long_name"


def batch(kind: str) -> Batch:
    table = nothing(3, 2)
    named = DoTable(np.full(3, kind, KIND), table.mask, table.scale, table.shift)
    return Batch("train", 0, 3, np.zeros(3, np.int64), {}, {}, (Twin(named, {}),))


def test_a_long_name_is_put_into_a_batch_of_short_ones_whole() -> None:
    short = batch("hard")
    put(short, np.array([1]), take(batch(LONG), np.array([0])))
    assert short.twins[0].table.kinds.tolist() == ["hard", LONG, "hard"]


def test_a_later_table_keeps_its_own_names() -> None:
    after, before = batch(LONG).twins[0].table, batch("soft").twins[0].table
    assert after.over(before).rows(np.array([2])).kinds.tolist() == [LONG]
    assert nothing(2, 1).kinds.tolist() == ["none", "none"]
