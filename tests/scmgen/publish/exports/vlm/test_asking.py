"""What all kinds of questions share: examples from other samples, and more of them that keep the first."""

from __future__ import annotations

import re

from questions import Asked

from scmgen.publish.exports.vlm.asking import placed


def test_the_right_choice_is_in_its_place() -> None:
    assert [placed("x", ["a", "b"], place).index("x") for place in range(3)] == [0, 1, 2]


def test_the_same_question_is_asked_with_more_examples_from_other_samples(described: Asked) -> None:
    for kind in ("edge", "graph", "target", "value", "image"):
        for (bare, known), (line, key) in zip(described.of(kind, 0), described.of(kind, 2), strict=True):
            assert known["sample"] == key["sample"] and known["answer"] == key["answer"]
            assert known["examples"] == [] and len(set(key["examples"])) == 2
            assert kind in ("edge", "graph") or key["sample"] not in key["examples"]
            assert [c["text"] for c in bare["choices"]] == [c["text"] for c in line["choices"]] or kind == "image"


def test_texts_number_the_images_that_there_are(described: Asked) -> None:
    for line in described.lines:
        numbers = {int(number) for number in re.findall(r"[Ii]mage (\d+)", line["text"])}
        assert numbers == set(range(1, len(line["images"]) + 1)), line["id"]


def test_examples_of_an_intervention_show_the_choices_in_turn(described: Asked) -> None:
    labels, names = described.labels(), list(described.data.factors)
    for _, key in described.of("target", 2):
        assert [names[labels[one]["do_mask"].index(1)] for one in key["examples"]] == key["factors"][:2]
