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
    with pytest.raises(
        CdmError, match=r"^a = 2.5: a number from 0 to 2 m is needed; allow others with allow_ood=True$"
    ):
        interventions.table(CODE, {"a": 2.5}, 1)


def test_a_do_from_python_takes_levels_by_name_and_may_leave_a_range() -> None:
    assert interventions.checked(CODE, {"k": "blue", "a": "1.5"}) == {"k": 1.0, "a": 1.5}
    outside = interventions.checked(CODE, {"a": 3}, allow_ood=True)
    assert interventions.table(CODE, outside, 1).value[0, 0] == 2  # is not judged again


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ({"k": "bleu"}, "k = bleu: no level of that name; did you mean 'blue'? there are red, blue"),
        ({"k": 2}, "k = 2.0: no level of that name; there are red, blue"),
        ({"a": float("nan")}, "a = nan: a number from 0 to 2 m is needed"),
        ({"a": "wide"}, "a = wide: a number from 0 to 2 m is needed"),
    ],
)
def test_what_can_never_be_is_refused(do: dict[str, float | str], message: str) -> None:
    for allowed in (False, True):
        with pytest.raises(CdmError) as caught:
            interventions.checked(CODE, do, allowed)
        assert str(caught.value) == message
