"""Scores of the pipeline against what is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.foundation import scoring
from cdm.foundation.known import worded
from cdm.foundation.perceptual import Perceptual
from cdm.foundation.protocols import Edit, Manipulation, Picture
from cdm.foundation.semantic import Concept, SemanticSCM
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Circular, Continuous

CODE = Code(
    (
        Factor("a", Continuous(0.0, 2.0), "cm"),
        Factor("b", Continuous(0.0, 1.0)),
        Factor("k", Categorical(("red", "blue"))),
        Factor("turn", Circular(0.0, 360.0)),
    )
)
EDGES = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
TRUTH = worded.scm(CODE, [1.0, 0.5, 0, 350.0], EDGES)
AFTER = np.array([2.0, 0.75, 1.0, 350.0])


def test_structure_counts_edges_over_the_concepts_of_both() -> None:
    mine = SemanticSCM(
        (Concept("b", "x"), Concept("a", "x"), Concept("k", "x"), Concept("sky", "x")),
        (("b", "a"), ("b", "k"), ("sky", "k")),
    )
    told = scoring.structure(mine, TRUTH)
    assert told["SHD"] == 2  # one turned, one in addition
    assert (told["missing"], told["addition"]) == (["turn"], ["sky"])
    assert (told["precision"], told["recall"]) == (pytest.approx(1 / 3), 0.5)
    assert scoring.structure(TRUTH, TRUTH)["SHD"] == 0


def test_readings_are_shares_of_ranges_and_what_cannot_be_read_is_wrong() -> None:
    read = SemanticSCM((Concept("a", "1.5"), Concept("b", "high"), Concept("turn", "8")), ())
    told = scoring.readings(read, CODE, np.array([1.0, 0.5, 0.0, 350.0]))
    assert told == {"a": pytest.approx(0.25), "b": 1.0, "k": 1.0, "turn": pytest.approx(18 / 360)}


@pytest.mark.parametrize(("word", "error"), [("2.2", 0.6), ("99", 1.0), ("nan", 1.0), ("inf", 1.0), ("1 cm", 1.0)])
def test_a_number_beyond_its_range_is_as_wrong_as_it_is_far(word: str, error: float) -> None:
    read = SemanticSCM((Concept("a", word),), ())
    assert scoring.readings(read, CODE, np.array([1.0, 0.5, 0.0, 0.0]))["a"] == pytest.approx(error)


def test_propagation_is_compared_with_the_twin_and_with_nothing_done() -> None:
    told = Manipulation(
        Edit("a", "1", "2"), (Edit("b", "0.5", "0.65"), Edit("k", "red", "blue"), Edit("turn", "350", "0")), (), ""
    )
    found = scoring.propagation(told, TRUTH, CODE, AFTER)
    assert found["by concept"] == {"b": (pytest.approx(0.1), pytest.approx(0.25)), "k": (0.0, 1.0)}
    assert (found["error"], found["identity"]) == (pytest.approx(0.05), pytest.approx(0.625))
    assert found["moved"] == ["turn"]
    leaf = scoring.propagation(Manipulation(Edit("k", "red", "blue"), (), (), ""), TRUTH, CODE, AFTER)
    assert (leaf["error"], leaf["by concept"]) == (None, {})


def test_a_value_that_is_not_told_is_one_that_stays() -> None:
    found = scoring.propagation(Manipulation(Edit("a", "1", "2"), (), (), ""), TRUTH, CODE, AFTER)
    assert found["error"] == found["identity"] == pytest.approx(0.625)


def test_pixels_stand_beside_those_of_a_picture_in_which_nothing_changed() -> None:
    before = np.zeros((2, 2, 3), np.uint8)
    truth = before.copy()
    truth[0, 0] = 255
    drawn = before + 51
    told = scoring.pixels(drawn, truth, before)
    assert told["picture"] == {
        "all": pytest.approx(0.35),
        "changed": pytest.approx(0.8),
        "unchanged": pytest.approx(0.2),
    }
    assert told["identity"] == {"all": 0.25, "changed": 1.0, "unchanged": 0.0}


def test_efficacy_is_the_share_that_a_judge_finds() -> None:
    class Literal:
        name = "whoever believes what is written"

        def finds(self, image: Picture, concept: str, value: str) -> bool:
            return value != "0.65"

    told = scoring.efficacy(Literal(), np.zeros((2, 2, 3), np.uint8), (Edit("a", "1", "2"), Edit("b", "0.5", "0.65")))
    assert told == {"share": 0.5, "judge": "whoever believes what is written", "found": {"a": True, "b": False}}


def test_a_distance_is_that_of_features_of_images_from_minus_one_to_one() -> None:
    seen = []

    def bright(images: Any) -> list[Any]:
        seen.append(images)
        return [np.concatenate([images, 1 - images], axis=-1)]

    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    network = Perceptual("of a test", bright)
    assert scoring.distance(network, black, black) == 0 < scoring.distance(network, black, white)
    assert (seen[-2].min(), seen[-1].max()) == (-1.0, 1.0)


def test_means_are_of_numbers_in_one_place() -> None:
    tables = [{"a": {"x": 1, "y": "word"}, "b": None}, {"a": {"x": 2}, "b": 4.0, "c": [1]}]
    assert scoring.mean(tables) == {"a": {"x": 1.5}, "b": 4.0}
    assert scoring.mean([]) == {}
