"""Extractor, manipulator and judge of a model that knows a street, and of one that errs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from loopback import STREET, Street

from cdm.errors import CdmError
from cdm.foundation.language.conversation import Asking
from cdm.foundation.language.speaker import EXTRACTING, JUDGING, MANIPULATING
from cdm.foundation.language.spoken import SpokenExtractor, SpokenJudge, SpokenManipulator
from cdm.foundation.protocols import Edit, Unanswered
from cdm.foundation.semantic import Concept, SemanticSCM

IMAGE = np.zeros((4, 4, 3), np.uint8)


def extract(street: Street, **more: Any) -> SemanticSCM:
    return SpokenExtractor(Asking(street, EXTRACTING), **more).extract(IMAGE)


def test_a_picture_becomes_concepts_and_a_graph() -> None:
    scm = extract(street := Street())
    assert scm.names == ("weather", "road", "reflection", "lamp")
    assert scm["weather"] == Concept("weather", "rainy", ("rainy", "dry"))
    assert scm.edges == (("weather", "road"), ("road", "reflection"), ("lamp", "reflection"))
    listed = street.heard[2][-1].text
    assert '- "weather": "rainy"\n- "road": "wet"' in listed
    assert "at most 8 of them" in street.heard[1][-1].text


def test_a_concept_that_is_set_must_be_found() -> None:
    found = json.dumps({"concepts": [{"name": "sky", "value": "grey", "values": []}]})
    extract(street := Street({"concepts": [found]}), wanted=("weather",))
    assert 'These must be among them, under these names: "weather".' in street.heard[1][-1].text
    assert "the concept 'weather' is missing; there are sky" in street.heard[2][-1].text


def test_known_concepts_are_taken_and_no_others() -> None:
    named = {"weather": "one of rainy, dry", "road": "one of wet, dry", "reflection": "words"}
    lacking = {"concepts": STREET["concepts"]["concepts"][:3]}  # type: ignore[index]
    edges = json.dumps({"edges": []})
    scm = extract(
        street := Street({"concepts": [json.dumps(STREET["concepts"]), json.dumps(lacking)], "edges": [edges]}),
        named=named,
    )
    assert scm.names == tuple(named) and scm.edges == ()
    assert "- weather: one of rainy, dry\n- road: one of wet, dry" in street.heard[1][-1].text
    assert "no concept 'lamp' was asked for" in street.heard[2][-1].text


@pytest.mark.parametrize(
    ("stage", "answer", "fault"),
    [
        ("concepts", {"concepts": [{"name": "a", "value": "v", "values": []}] * 2}, "two concepts are called 'a'"),
        ("edges", {"edges": [{"cause": "rain", "effect": "road"}]}, "no concept 'rain'; "),
        ("edges", {"edges": [{"cause": "road", "effect": "road"}]}, "a cycle, road -> road"),
    ],
)
def test_what_makes_no_model_is_told_back(stage: str, answer: Any, fault: str) -> None:
    street = Street({stage: [json.dumps(answer)]})
    assert len(extract(street).concepts) == 4
    assert any(fault in turns[-1].text for turns in street.heard)


def test_an_edge_that_is_told_twice_is_one() -> None:
    twice = {"edges": [{"cause": "weather", "effect": "road"}] * 2}
    assert extract(Street({"edges": [json.dumps(twice)]})).edges == (("weather", "road"),)


def test_a_do_is_worded_followed_and_the_rest_kept() -> None:
    scm = extract(Street())
    told = SpokenManipulator(Asking(street := Street(), MANIPULATING)).manipulate(scm, {"weather": "dry"}, IMAGE)
    assert told.target == Edit("weather", "rainy", "dry", "a clear sky")
    assert told.propagated == (Edit("road", "wet", "dry", "dry grey asphalt"),)
    assert told.kept == ("reflection", "lamp")  # its value was repeated
    assert told.prompt == "A dry street under a clear sky, a lamp above it."
    first, second, third = (turns[-1].text for turns in street.heard)
    assert (
        '"weather" -> "road"; "road" -> "reflection"' in first and 'sets "weather", which is "rainy", to "dry"' in first
    )
    assert 'causes before effects: "road", which is "wet", "reflection", which is "bright".' in second
    assert '"weather" is "dry": a clear sky; "road" is "dry"' in third and '"lamp" is "on"' in third


def test_without_descendants_the_target_alone_changes() -> None:
    scm = extract(Street())
    told = SpokenManipulator(Asking(street := Street(), MANIPULATING)).manipulate(scm, {"reflection": "none"}, IMAGE)
    assert told.propagated == () and told.kept == ("weather", "road", "lamp")
    assert len(street.heard) == 2


def test_states_are_asked_of_the_descendants_and_of_no_others() -> None:
    scm, state = extract(Street()), {"concept": "lamp", "value": "off", "phrase": "dark"}
    wrong = json.dumps({"states": [*STREET["propagate"]["states"], state]})  # type: ignore[index]
    street = Street({"propagate": [wrong] * 3})
    with pytest.raises(Unanswered, match=r"each of road, reflection is needed once, found road, reflection, lamp$"):
        SpokenManipulator(Asking(street, MANIPULATING)).manipulate(scm, {"weather": "dry"}, IMAGE)


def test_a_value_that_a_concept_cannot_have_is_told_back() -> None:
    def check(name: str, value: str) -> None:
        if value != "soaked":
            raise CdmError(f"{name} = {value}: soaked is needed")

    states = [{"concept": "road", "value": "soaked", "phrase": "water"}, STREET["propagate"]["states"][1]]  # type: ignore[index]
    street = Street({"propagate": [json.dumps(STREET["propagate"]), json.dumps({"states": states})]})
    told = SpokenManipulator(Asking(street, MANIPULATING), check).manipulate(
        extract(Street()), {"weather": "dry"}, IMAGE
    )
    assert [edit.after for edit in told.propagated] == ["soaked"]  # what stays as it was need not be one
    assert "road = dry: soaked is needed" in street.heard[2][-1].text


def test_interventions_are_proposed_that_change_something_and_differ() -> None:
    scm, weather = extract(Street()), {"concept": "weather", "value": "rainy"}
    faults = [{"interventions": [weather] * 2}, {"interventions": [weather, {"concept": "road", "value": "dry"}]}]
    street = Street({"propose": [json.dumps(fault) for fault in faults]})
    found = SpokenManipulator(Asking(street, MANIPULATING)).propose(scm, IMAGE, 2)
    assert found == [{"weather": "dry"}, {"reflection": "none"}]
    assert "2 different interventions are needed, found 1 of 2" in street.heard[1][-1].text
    assert (
        "weather is rainy already" in street.heard[2][-1].text and "Name 2 interventions." in street.heard[0][-1].text
    )


def test_a_judge_says_what_it_sees() -> None:
    street = Street({"judge": ['{"shown": false}']})
    judge = SpokenJudge(Asking(street, JUDGING))
    assert [judge.finds(IMAGE, "road", "dry") for _ in range(2)] == [False, True]
    assert judge.name == "street" and 'Is "road" in it "dry"?' in street.heard[0][-1].text
