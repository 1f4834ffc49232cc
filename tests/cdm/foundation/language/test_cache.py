"""Answers on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdm.errors import CdmError
from cdm.foundation.language.cache import Kept, key


def test_an_answer_is_kept_by_all_that_was_asked(tmp_path: Path) -> None:
    kept, question = Kept(tmp_path / "answers"), key({"turns": ["a"], "seed": 0})
    assert kept.get(question) is None
    kept.put(question, "it is dry\n")
    assert kept.get(question) == "it is dry\n"
    assert kept.get(key({"seed": 0, "turns": ["a"]})) == "it is dry\n"
    assert kept.get(key({"turns": ["a"], "seed": 1})) is None
    assert [path.suffix for path in (tmp_path / "answers").iterdir()] == [".json"]


@pytest.mark.parametrize("content", ["", "{", '{"question": "other", "text": "x"}', '{"text": 3}', "[" * 100_000])
def test_a_damaged_file_is_no_answer_and_is_written_anew(tmp_path: Path, content: str) -> None:
    kept, question = Kept(tmp_path), key({})
    (tmp_path / f"{question}.json").write_text(content)
    assert kept.get(question) is None
    kept.put(question, "dry")
    assert kept.get(question) == "dry"


def test_a_place_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CdmError, match=r"cannot be written: .*; choose another place with --cache$"):
        Kept(tmp_path / "file").put("a", "b")
