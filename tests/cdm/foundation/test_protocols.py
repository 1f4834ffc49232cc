"""What the parts hand to each other."""

from __future__ import annotations

import dataclasses

import pytest

from cdm.errors import CdmError
from cdm.foundation.protocols import Edit, Generated, Manipulation, Unanswered


def test_edits_are_the_target_and_then_what_follows() -> None:
    told = Manipulation(Edit("a", "1", "2"), (Edit("b", "3", "4"), Edit("c", "5", "6")), ("d",), "words")
    assert [edit.concept for edit in told.edits] == ["a", "b", "c"]
    assert Manipulation(told.target, (), (), "").edits == (told.target,)


def test_what_is_handed_on_stays_as_it_is() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Edit("a", "1", "2").after = "3"  # type: ignore[misc]
    fields = {field.name for field in dataclasses.fields(Generated)}
    assert fields == {"image", "masks", "settings"}


def test_an_answer_of_no_use_is_an_error_of_the_user_like_all_others() -> None:
    assert issubclass(Unanswered, CdmError) and Unanswered("x").status == 2
