"""Tables of dos, and dos that users type."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.errors import CdmError
from cdm.models import interventions
from cdm.scm.codes import from_data

CODE = from_data(
    [
        {"name": "a", "kind": "continuous", "low": 0.0, "high": 2.0, "levels": [], "unit": "m"},
        {"name": "k", "kind": "categorical", "low": 0.0, "high": 1.0, "levels": ["red", "blue"], "unit": "1"},
    ]
)


def test_a_table_sets_codes_on_its_targets() -> None:
    table = interventions.table(CODE, {"k": 1, "a": 1.5}, 3)
    assert table.mask.tolist() == [[1, 1]] * 3
    assert table.value.tolist() == [[0.5, 0, 1]] * 3
    assert not interventions.table(CODE, {}, 2).mask.any()
    assert torch.equal(interventions.table(CODE, {"k": 0}, 1).mask, torch.tensor([[0.0, 1.0]]))


def test_texts_are_read_in_the_factors_units_and_levels() -> None:
    assert interventions.parse(CODE, ("a=1.5, k = blue", "a=1")) == {"a": 1.0, "k": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "--do a: write NAME=VALUE"),
        ("b=1", "no factor 'b'; there are a, k"),
        ("a=3", "a = 3: a number from 0 to 2 m is needed"),
    ],
)
def test_a_text_that_is_no_do(text: str, message: str) -> None:
    with pytest.raises(CdmError) as caught:
        interventions.parse(CODE, (text,))
    assert str(caught.value) == message


def test_a_table_of_what_cannot_be_is_refused() -> None:
    with pytest.raises(CdmError, match=r"^a = 2.5: a number from 0 to 2 m is needed$"):
        interventions.table(CODE, {"a": 2.5}, 1)
