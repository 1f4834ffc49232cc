"""What a mechanism change follows."""

from __future__ import annotations

import numpy as np
from chainlet import sample, targeted


def test_a_mechanism_change_follows_another_equation_with_the_same_noise() -> None:
    batch = sample("mechanism:b=0.9 - 0.5 * a + uniform(-0.1, 0.1)", 500)
    hit, values = targeted(batch, "b"), batch.twins[0].values
    assert hit.sum() == 250
    assert np.allclose(values["b"][hit], 0.9 - 0.5 * values["a"][hit] - 0.1 + 0.2 * batch.noise["b"][hit])
    assert np.array_equal(values["b"][~hit], batch.values["b"][~hit])
    assert set(batch.twins[0].table.kinds.tolist()) == {"mechanism", "none"}


def test_mechanisms_of_cause_and_effect_change_together() -> None:
    batch = sample("mechanism:b=0.2 + 0.1 * a + uniform(0, 0.1),c=1 - b + uniform(0, 0.1),sizes=2", 300)
    values, noise = batch.twins[0].values, batch.noise
    assert np.allclose(values["b"], 0.2 + 0.1 * values["a"] + 0.1 * noise["b"])
    assert np.allclose(values["c"], 1 - values["b"] + 0.1 * noise["c"])
