"""What an expression of a step may read, and what it may not."""

from __future__ import annotations

import pytest
from chainlet import sample, scene, targeted

from scmgen.dataset.interventions.before import expression
from scmgen.errors import ScmgenError


def test_a_value_reads_variables_its_own_the_range_parameters_and_levels() -> None:
    batch = sample("hard:b=gain * low + 0.1 * self + 0.2 * a + 0.01 * (shape == star) + 0.05 * high,sizes=1", 300)
    hit, before = targeted(batch, "b"), batch.values
    expected = 0.1 * before["b"] + 0.2 * before["a"] + 0.01 * (before["shape"] == 2) + 0.05 * 1.1
    assert hit.all() and abs(batch.twins[0].values["b"] - expected).max() < 1e-12


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("slef + 1", "here: unknown name 'slef'\n  slef + 1\n  ^^^^\ndid you mean 'self'?"),
        ("collide(3, 1, 0.2)", "here: one value is needed, 'collide(3, 1, 0.2)' gives 2"),
    ],
)
def test_an_expression_that_does_not_fit_is_one_message(text: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        expression(text, scene(), "here")
    assert str(caught.value) == problem
