"""The words of questions; whoever changes one raises the version, and this sum."""

from __future__ import annotations

import hashlib
from pathlib import Path

from questions import Asked

from scmgen.publish.exports.vlm import wording


def test_words_are_those_of_their_version() -> None:
    source = Path(wording.__file__).read_bytes()
    assert (wording.VERSION, hashlib.sha256(source).hexdigest()[:16]) == (1, "6f09d985440ea3c4")


def test_one_factor_is_named_without_and() -> None:
    assert wording.scene(['"a"']).startswith('All images show one scene, which follows from these factors: "a". ')
    assert 'factors: "a", "b" and "c".' in wording.scene(['"a"', '"b"', '"c"'])


def test_under_other_names_the_words_are_the_same(described: Asked, neutral: Asked) -> None:
    """Names aside, for every name of one mode stands one of the other."""
    called = {line["id"]: line for line in neutral.lines}
    long, short = described.lines[0]["factors"], neutral.lines[0]["factors"]
    for line in described.lines:
        other = called[line["id"]]
        assert _without(line["text"], long) == _without(other["text"], short)
        assert line["images"] == other["images"]
    assert described.key == neutral.key


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(f'"{name}"', "_")
    return text
