"""How much one factor says about another: the measure of the field for each pair of types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scmgen.checks.audit.association import association, independence
from scmgen.scene.factor import Factor
from scmgen.scm import noise as streams

REAL, ROUND, TWO, FOUR = (
    Factor(range=(0.0, 1.0)),
    Factor(range=(0.0, 2.0), circular=True),
    Factor(levels=("a", "b")),
    Factor(levels=("p", "q", "r", "s")),
)


def uniforms(name: str, n: int = 4_000) -> np.ndarray[Any, np.dtype[np.float64]]:
    return streams.uniforms(0, "test", name, 0, n)


def test_association_is_the_measure_of_the_field_for_each_pair_of_types() -> None:
    from scipy.stats import contingency

    x = uniforms("x")
    y, angle = 0.5 * x + 0.3 * uniforms("y"), np.mod(2 * x + 0.5 * uniforms("angle"), 2.0)
    four = np.floor(4 * np.mod(x + 0.3 * uniforms("four"), 1.0))
    two = (four + uniforms("two") > 2.5).astype(float)
    factors = {"x": REAL, "y": REAL, "angle": ROUND, "two": TWO, "four": FOUR}
    values = {"x": x, "y": -y, "angle": angle, "two": two, "four": four}
    found = dict(zip(factors, association(factors, values), strict=True))
    at = {name: k for k, name in enumerate(factors)}
    assert found["x"][at["y"]] == pytest.approx(np.corrcoef(x, -y)[0, 1], abs=1e-12)
    table = np.array([[((two == a) & (four == b)).sum() for b in range(4)] for a in range(2)])
    assert found["two"][at["four"]] == pytest.approx(contingency.association(table, "cramer"), abs=1e-12)
    means = np.array([x[four == k].mean() for k in range(4)])[four.astype(int)]
    assert found["x"][at["four"]] == pytest.approx(np.sqrt(means.var() / x.var()), abs=1e-12)
    design = np.stack([np.ones_like(x), np.sin(np.pi * angle), np.cos(np.pi * angle)], axis=1)
    fitted = design @ np.linalg.lstsq(design, x, rcond=None)[0]
    assert found["x"][at["angle"]] == pytest.approx(np.sqrt(fitted.var() / x.var()), abs=1e-12)
    matrix = association(factors, values)
    assert np.array_equal(matrix, matrix.T) and (np.diag(matrix) == 1).all()


def test_association_of_two_categories_with_two_levels_has_a_sign() -> None:
    one = (uniforms("one") < 0.5).astype(float)
    assert association({"a": TWO, "b": TWO}, {"a": one, "b": 1 - one})[0, 1] == pytest.approx(-1)
    assert association({"a": TWO, "x": REAL}, {"a": one, "x": -one})[0, 1] == pytest.approx(1)  # a ratio has none


def test_association_with_what_never_varies_is_nothing_however_large_it_is() -> None:
    x = uniforms("x")
    values = {"x": x, "c": np.full_like(x, 1e308), "d": np.full_like(x, 0.0), "e": 1e300 * x}
    found = association(dict.fromkeys(values, REAL), values)
    assert found[0].tolist() == [1.0, 0.0, 0.0, pytest.approx(1.0)]


def test_independence_is_rejected_at_its_rate_and_dependence_is_found() -> None:
    real, two = REAL.domain, TWO.domain
    rejected = sum(independence(real, uniforms(f"a{k}", 500), real, uniforms(f"b{k}", 500)) < 0.05 for k in range(200))
    assert rejected <= 22  # P(more) < 1e-4 at 5 %
    x = uniforms("x")
    assert independence(real, x, real, (x - 0.5) ** 2) < 1e-6
    assert independence(two, (x < 0.5).astype(float), real, np.ones_like(x)) == 1.0
