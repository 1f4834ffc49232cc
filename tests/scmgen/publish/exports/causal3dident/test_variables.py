"""The latents of Causal3DIdent: ten columns in the order of its loaders."""

from __future__ import annotations

import math

import numpy as np
from idents import flat

from scmgen.publish.exports.causal3dident import variables

DATASET = flat(n=3)
FACTORS = DATASET.scene.factors
LOW, HIGH = np.array([[*factor.domain.bounds] for factor in FACTORS.values()], np.float64).T


def test_the_ends_of_ranges_are_the_ends_of_latents() -> None:
    ends = np.stack([LOW, HIGH])
    assert variables.unit(FACTORS, ends).tolist() == [[-1.0] * 10, [1.0] * 10]  # type: ignore[arg-type]
    assert variables.plain(FACTORS, ends)[1].tolist() == HIGH[1:].tolist()  # type: ignore[arg-type]
    low, high = variables.stretched(FACTORS, ends)  # type: ignore[arg-type]
    assert low.tolist() == [-2, -2, -2, -1, -1, -1, 0, 0, 0, 0]
    assert np.allclose(high, [2, 2, 2, 1, 1, 1, math.tau, math.tau, math.tau, math.tau])


def test_what_a_data_set_does_not_have_is_zero() -> None:
    assert variables.shapes(FACTORS, np.array([[1.0, *LOW[1:]]])).tolist() == [[1, 0]]  # type: ignore[arg-type]
    assert variables.gathered(FACTORS, np.ones((2, 11)), ["x", "nothing"]).tolist() == [[1, 0]] * 2  # type: ignore[arg-type]
