"""What a soft intervention keeps."""

from __future__ import annotations

import numpy as np
from chainlet import sample, targeted


def test_a_soft_do_keeps_the_parents() -> None:
    batch = sample("soft:scale=0.5,shift=0.1")
    before, after = batch.values, batch.twins[0].values
    for name, top in (("a", 1.0), ("b", 1.1), ("c", 1.1)):
        hit = targeted(batch, name)
        assert np.allclose(after[name][hit], top / 2 + 0.5 * (before[name][hit] - top / 2) + 0.1 * top)
    assert not targeted(batch, "shape").any()
    upstream = targeted(batch, "a")
    assert np.allclose(
        after["b"][upstream], before["b"][upstream] + 0.5 * (after["a"][upstream] - before["a"][upstream])
    )


def test_a_soft_do_on_cause_and_effect_acts_on_both_mechanisms() -> None:
    batch = sample("soft:scale=0.5,sets=[[a,b]]", 500)
    a, b = batch.twins[0].values["a"], batch.twins[0].values["b"]
    assert np.allclose(a, 0.25 + 0.5 * batch.values["a"])
    unscaled = batch.values["b"] + 0.5 * (a - batch.values["a"])
    assert np.allclose(b, 0.55 + 0.5 * (unscaled - 0.55))
