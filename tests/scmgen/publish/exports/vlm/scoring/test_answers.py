"""Which letter an answer means, and files of answers that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from questions import answers

from scmgen import ScmgenError
from scmgen.publish.exports.vlm.scoring import key as keys
from scmgen.publish.exports.vlm.scoring.answers import letter, read

NAME = "train-structure-edge-0-0000"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("B", "B"),
        (" (b). ", "B"),
        ("**C**", "C"),
        ("The answer is D, not A.", "D"),
        ("Answer: A\nOn second thoughts, answer: b", "B"),
        ("A lamp shines, so it is C", "C"),
        ("B, because A is darker", "B"),
        ('{"answer": "c", "why": "A"}', "C"),
        ('```json\n{"choice": "(D)"}\n```', "D"),
        ('"a"', "A"),
        ("I can't tell.", None),
        ("E", None),
        ("{}", None),
        ("[1, 2]", None),
        ("", None),
        ("image 2", None),
    ],
)
def test_a_letter_is_found_in_what_was_said(text: str, meant: str | None) -> None:
    assert letter(text, "ABCD") == meant


def test_answers_are_lines_or_a_table_and_what_is_not_there_is_unanswered(place: Path, tmp_path: Path) -> None:
    key = keys.read(place)
    lines = answers(tmp_path / "a.jsonl", {NAME: "(B) no"})
    (tmp_path / "a.csv").write_text(f'\ufeffid,answer\r\n{NAME},"(B)\nno"\r\n', encoding="utf-8")
    for path in (lines, tmp_path / "a.csv"):
        found = read(path, key)
        assert found[NAME] == "B" and set(found) == set(key.rows)
        assert sum(said is not None for said in found.values()) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", f'{{"id": "{NAME[:-1]}x", "answer": "A"}}', "a.jsonl:1: {place} has no question '{near}x'; did"),
        ("a.jsonl", f'{{"id": "{NAME}", "answer": "A"}}\n' * 2, f"a.jsonl:2: a second answer to {NAME}"),
        ("a.jsonl", '{"id": "x"}', "a.jsonl:1: answer: a text is needed, found None"),
        ("a.jsonl", '{"id": 3, "answer": "A"}', "a.jsonl:1: id: a text is needed, found 3"),
        ("a.jsonl", "\n[1]", "a.jsonl:2: an object with id and answer is needed, found [1]"),
        ("a.jsonl", "{", "a.jsonl:1: is no JSON: "),
        ("a.csv", "name,said\nx,A\n", "a.csv:2: id: a text is needed, found None"),
        ("a.csv", f'id,answer\n{NAME},"A', "a.csv:2: unexpected end of data"),
    ],
)
def test_what_is_no_answer_is_one_message(name: str, text: str, message: str, place: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ScmgenError) as caught:
        read(tmp_path / name, keys.read(place))
    told = message.format(place=place, near=NAME[:-1]) if "{place}" in message else message
    assert str(caught.value).startswith(f"{tmp_path}/{told}")


def test_files_that_are_not_there_or_no_text(place: Path, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe")
    for path, message in ((tmp_path / "no", "there is no such file"), (tmp_path / "b.csv", "is no UTF-8")):
        with pytest.raises(ScmgenError) as caught:
            read(path, keys.read(place))
        assert str(caught.value) == f"{path}: {message}"
