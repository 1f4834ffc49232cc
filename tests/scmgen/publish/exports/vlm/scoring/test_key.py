"""The key: read from two files of fixed names, and refused where it was changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scmgen import ScmgenError
from scmgen.publish.exports.vlm.scoring import key as keys


def test_the_key_is_read_by_id(place: Path) -> None:
    key = keys.read(place)
    assert len(key.rows) == 80 and key.summary.names == "described"
    row = key.rows["train-counterfactual-image-2-0007"]
    assert (row.kind, row.shots, row.allowed, row.cause) == ("image", 2, "ABCD", "")
    assert {row.allowed for row in key.rows.values() if row.cause} == {"AB"}


def _sign(home: Path, old: str, new: str) -> None:
    """Change the key, and its sum with it."""
    import hashlib

    text = (home / "key.jsonl").read_text()
    told = (home / "vlm.json").read_text()
    changed = text.replace(old, new, 1)
    sums = (hashlib.sha256(part.encode()).hexdigest() for part in (text, changed))
    (home / "vlm.json").write_text(told.replace(*sums))
    (home / "key.jsonl").write_text(changed)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda home: (home / "vlm.json").unlink(), "{home}: no questions: scmgen export --to vlm writes them"),
        (lambda home: (home / "key.jsonl").unlink(), "{home}/key.jsonl: there is no such file"),
        (
            lambda home: (home / "key.jsonl").write_text("{}"),
            "{home}/key.jsonl: is not the key that vlm.json tells of: it was changed",
        ),
        (
            lambda home: (home / "vlm.json").write_text("[1"),
            "{home}/vlm.json: is no JSON: unexpected end of data: line 1 column 3 (char 2)",
        ),
        (lambda home: (home / "vlm.json").write_text('{"format": 2}'), "{home}/vlm.json: format: Input should be 1"),
        (
            lambda home: _sign(home, '"kind":"edge"', '"kind":"\\u001b[2J"'),
            "{home}/key.jsonl:1: kind: String should match pattern '^[^\\x00-\\x1f\\x7f-\\x9f]*$'",
        ),
        (
            lambda home: _sign(home, '"letters":2', '"letters":9'),
            "{home}/key.jsonl:1: letters: Input should be less than or equal to 8",
        ),
    ],
)
def test_damage_is_one_message(damage: Callable[[Path], object], message: str, place: Path, tmp_path: Path) -> None:
    home = tmp_path / "set"
    home.mkdir()
    for name in ("vlm.json", "key.jsonl"):
        shutil.copy(place / name, home)
    damage(home)
    with pytest.raises(ScmgenError) as caught:
        keys.read(home)
    assert str(caught.value) == message.format(home=home)
