"""How answers are drawn unless somebody says otherwise."""

from __future__ import annotations

from cdm.foundation.language.speaker import EXTRACTING, JUDGING, MANIPULATING, Said


def test_extraction_and_manipulation_are_drawn_as_in_the_paper() -> None:
    assert (EXTRACTING.temperature, EXTRACTING.tokens) == (0.1, 2048)
    assert (MANIPULATING.temperature, MANIPULATING.tokens) == (0.2, 3072)
    assert JUDGING.temperature == 0.0


def test_an_answer_is_whole_unless_it_is_told_otherwise() -> None:
    assert Said("x").whole and Said("x").asked == Said("x").answered == 0
