"""The questions: their places, their version, and what they hold of strangers' words."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from cdm.foundation.language import prompts

SUMS = {1: "872f2ff17b16198f"}
"""The sum of all texts by version: a new text has a new version."""


def test_a_changed_text_has_a_version_of_its_own() -> None:
    assert SUMS[prompts.VERSION] == prompts.digest()[:16]


def test_every_file_is_a_stage_and_every_stage_has_one() -> None:
    there = {
        part.name.removesuffix(".txt") for part in resources.files(prompts).iterdir() if part.name.endswith(".txt")
    }
    assert there == set(prompts.STAGES)


def test_words_stay_words() -> None:
    text = prompts.question("judge", concept="$value ${concept}", value="$given")
    assert '"$value ${concept}" in it "$given"' in text
    with pytest.raises(KeyError):
        prompts.question("judge", concept="road")


@pytest.mark.parametrize("stage", [stage for stage in prompts.STAGES if stage not in ("system", "describe", "again")])
def test_a_question_in_a_form_shows_it_last(stage: str) -> None:
    places = dict.fromkeys(
        (
            "most",
            "given",
            "count",
            "concepts",
            "edges",
            "target",
            "before",
            "after",
            "descendants",
            "changed",
            "kept",
            "concept",
            "value",
        ),
        "x",
    )
    last = prompts.question(stage, **places).splitlines()[-1]
    assert re.match(r"Answer with JSON of this form.*: \{", last)
