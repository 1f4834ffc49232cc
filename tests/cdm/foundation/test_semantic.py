"""A causal model in words: what it knows of its graph, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdm.errors import CdmError
from cdm.foundation.semantic import MOST, Concept, SemanticSCM

STREET = SemanticSCM(
    (
        Concept("mirror", "bright"),
        Concept("road", "wet", ("wet", "dry")),
        Concept("weather", "rainy"),
        Concept("sea", "x"),
    ),
    (("weather", "road"), ("road", "mirror")),
)


def test_it_knows_causes_effects_and_an_order() -> None:
    assert STREET.parents("mirror") == ("road",) and STREET.parents("weather") == ()
    assert STREET.descendants("weather") == ("road", "mirror") and STREET.descendants("mirror") == ()
    assert STREET.descendants("road", "sea") == ("mirror",)
    assert STREET.order.index("weather") < STREET.order.index("road") < STREET.order.index("mirror")
    assert STREET["road"] == Concept("road", "wet", ("wet", "dry"))


def test_new_values_leave_the_graph_and_join_what_a_concept_can_be() -> None:
    dry = STREET.with_values({"road": "icy", "weather": "dry"})
    assert dry["road"] == Concept("road", "icy", ("wet", "dry", "icy")) and dry["weather"] == Concept("weather", "dry")
    assert (dry.edges, dry["sea"]) == (STREET.edges, STREET["sea"])


def test_json_gives_it_back() -> None:
    assert SemanticSCM.from_json(json.loads(json.dumps(STREET.to_json()))) == STREET


@pytest.mark.parametrize(
    ("concepts", "edges", "message"),
    [
        ("aba", [], "two concepts are called 'a'"),
        ("ab", [("a", "c")], "edge a -> c: no concept 'c'; there are a, b"),
        ("ab", [("a", "b"), ("a", "b")], "edge a -> b is there twice"),
        ("abc", [("a", "b"), ("b", "c"), ("c", "a")], "a cycle, "),
        ("a", [("a", "a")], "a cycle, a -> a; causes come before effects"),
        (["a\x1b[31m"], [], "a name of 1 to 200 printed characters is needed, found"),
        ([" "], [], 'a name of 1 to 200 printed characters is needed, found " " (" ")'),
        ([f"c{k}" for k in range(MOST + 1)], [], f"{MOST + 1} concepts; at most {MOST} are allowed"),
    ],
)
def test_what_is_no_model_is_one_message(concepts: Any, edges: Any, message: str) -> None:
    with pytest.raises(CdmError) as caught:
        SemanticSCM(tuple(Concept(name, "v") for name in concepts), tuple(edges))
    assert str(caught.value).startswith(f"semantic SCM: {message}")


def test_a_value_is_one_of_those_that_are_known() -> None:
    with pytest.raises(
        CdmError, match=r"^semantic SCM: concept 'a': no value 'rad'; did you mean 'red'\? there are red, b$"
    ):
        SemanticSCM((Concept("a", "rad", ("red", "b")),), ())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "here: it: a mapping is needed, found []"),
        ({"concepts": [{"name": "a"}], "edges": []}, "here: concepts[0] has no value"),
        (
            {"concepts": [{"name": "a", "value": "v", "values": [1]}], "edges": []},
            "here: values[0][0]: a text is needed",
        ),
        ({"concepts": [{"name": "a", "value": "v"}], "edges": [["a"]]}, "here: edges[0]: two names are needed"),
        ({"concepts": [{"name": "a", "value": "v"}], "edges": [["a", "b"]]}, "here: edge a -> b: no concept 'b'"),
    ],
)
def test_json_of_another_form_is_one_message(data: Any, message: str) -> None:
    with pytest.raises(CdmError) as caught:
        SemanticSCM.from_json(data, "here")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ({}, "a do on one concept is needed, found none"),
        ({"road": "dry", "sea": "y"}, "a do on one concept is needed, found road, sea"),
        ({"rode": "dry"}, "no concept 'rode'; did you mean 'road'?"),
        ({"road": " "}, "do(road = ): a value is needed"),
    ],
)
def test_a_do_sets_one_concept(do: dict[str, str], message: str) -> None:
    assert STREET.single({"road": "dry"}) == ("road", "dry")
    with pytest.raises(CdmError) as caught:
        STREET.single(do)
    assert str(caught.value).startswith(message)
