"""Answers in a form: what is taken, and what is told back."""

from __future__ import annotations

import json

import pytest

from cdm.errors import CdmError
from cdm.foundation.language import replies


@pytest.mark.parametrize(
    "text",
    [
        '{"phrase": "a dry road"}',
        '```json\n{"phrase": "a dry\\nroad"}\n```',
        '<think>{"phrase": "no"}</think>Here you are: {"phrase": "a dry road"} - anything else?',
        '{"phrase": "a \\u001b dry road"}',
    ],
)
def test_the_json_of_an_answer_is_read_whatever_stands_around_it(text: str) -> None:
    assert replies.read(replies.Phrase, text).phrase == "a dry road"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Invalid JSON"),
        ("no", "Invalid JSON"),
        ('{"phrase": 3}', "phrase: Input should be a valid string"),
        ('{"phrase": " "}', "phrase: Value error, an empty text"),
        ('{"phrase": "x", "run": "rm -r /"}', "run: Extra inputs are not permitted"),
        ("{}", "phrase: Field required"),
        (json.dumps({"phrase": "x" * 201}), "phrase: String should have at most 200 characters"),
    ],
)
def test_what_has_another_form_is_told_in_a_few_words(text: str, fault: str) -> None:
    with pytest.raises(CdmError) as caught:
        replies.read(replies.Phrase, text)
    assert str(caught.value).startswith(fault)


def test_no_more_than_three_faults_are_told() -> None:
    with pytest.raises(CdmError) as caught:
        replies.read(replies.Edges, json.dumps({"edges": [{}] * 50}))
    assert str(caught.value).count("Field required") == 3


def test_a_paragraph_is_one_line_without_thoughts_and_escapes() -> None:
    assert replies.paragraph("<think>hm</think>\n A road\x1b[31m,\n wet. ") == "A road[31m, wet."
    with pytest.raises(CdmError, match=r"^an empty text$"):
        replies.paragraph(" \n")


@pytest.mark.parametrize(
    "form", [replies.Concepts, replies.Edges, replies.Phrase, replies.States, replies.Prompt, replies.Verdict]
)
def test_a_schema_is_strict_and_has_no_bounds_that_servers_refuse(form: type[replies.Verdict]) -> None:
    text = json.dumps(schema := replies.schema(form))
    assert not any(word in text for word in ("minLength", "maxLength", "minItems", "maxItems", '"title"'))
    objects = [schema, *schema.get("$defs", {}).values()]
    assert all(part["additionalProperties"] is False for part in objects)
    assert all(sorted(part["required"]) == sorted(part["properties"]) for part in objects)
