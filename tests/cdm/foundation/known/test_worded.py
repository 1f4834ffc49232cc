"""Factors in words."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.foundation.known import worded
from cdm.foundation.protocols import Edit
from cdm.foundation.semantic import Concept
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Continuous

CODE = Code(
    (
        Factor("bar_length", Continuous(0, 4), "cm"),
        Factor("k", Categorical(("red", "blue"))),
        Factor("z", Continuous(0, 1)),
    )
)
SCM = worded.scm(CODE, [1.23456, 1, 0.5], [[0, 1, 1], [0, 0, 0], [0, 0, 0]])


def test_values_and_edges_become_words() -> None:
    assert SCM.concepts == (Concept("bar_length", "1.235"), Concept("k", "blue", ("red", "blue")), Concept("z", "0.5"))
    assert SCM.edges == (("bar_length", "k"), ("bar_length", "z"))


@pytest.mark.parametrize("number", [2.34561, 2.34562, 5.67894, 5.67895, 9.0, -1.0])
def test_what_is_spelled_can_be_read_back(number: float) -> None:
    """Four digits of a value at an end of its range may lie beyond it, and a model may guess what lies there."""
    factor = Factor("x", Continuous(2.34561, 5.67895))
    (word,) = worded.values(Code((factor,)), [number]).values()
    assert factor.read(word) == pytest.approx(min(max(number, 2.34561), 5.67895), abs=1e-3)


def test_a_question_is_told_what_a_factor_can_be() -> None:
    assert worded.meanings(CODE) == {
        "bar_length": "a number from 0 to 4 cm, written without its unit",
        "k": "one of red, blue",
        "z": "a number from 0 to 1, written without its unit",
    }


def test_only_descendants_follow_and_only_if_they_change() -> None:
    told = worded.manipulation(SCM, "bar_length", "2", {"bar_length": "2", "k": "red", "z": "0.5"})
    assert told.target == Edit("bar_length", "1.235", "2", "bar length 2")
    assert told.propagated == (Edit("k", "blue", "red", "k red"),)
    assert (told.kept, told.prompt) == (("z",), "a picture of bar length 2, k red, z 0.5")
    leaf = worded.manipulation(SCM, "z", "1", {"bar_length": "9", "k": "red", "z": "1"})
    assert leaf.propagated == () and leaf.kept == ("bar_length", "k")
