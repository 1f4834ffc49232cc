"""What a model answered, and which letter it meant.

A letter is looked for in this order, and the first that is found counts:

1. the answer is JSON: what stands under ``answer``, ``letter`` or ``choice`` in an object, or a text; read on as below
2. the answer is a letter and nothing else but signs: ``b``, ``(B)``, ``**B.**``
3. the last letter behind the word answer: ``The answer is: (C)``, ``Answer: **c**``
4. the first capital letter that stands alone and is no article: ``B, because A ...``, but not ``A pendulum ...``

A letter that is none of the question's counts as no answer.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from scmgen.errors import ScmgenError, nearest
from scmgen.publish.exports.vlm.scoring.key import LETTERS, Key, content, lines, parsed

_FIELDS = ("answer", "letter", "choice")
_WHOLE = re.compile(rf"[^\w]*([{LETTERS}])[^\w]*", re.IGNORECASE | re.ASCII)
_TOLD = re.compile(rf"\banswer\b(?:\s+is)?[^\w]{{0,12}}\b([{LETTERS}])\b(?!')", re.IGNORECASE | re.ASCII)
_ALONE = re.compile(rf"(?<![\w'])([{LETTERS}])(?![\w'])", re.ASCII)
_ARTICLE = re.compile(r"A [a-z]")
_FENCE = re.compile(r"\s*```\w*\n(.*?)```\s*", re.DOTALL)
_LONGEST = 100_000  # characters of an answer that are looked at


def letter(text: str, allowed: str) -> str | None:
    """The letter that an answer means; None if it means none of those that are allowed.

    >>> letter("The answer is (b).", "ABCD"), letter("A lamp shines. C", "ABCD"), letter("E", "ABCD")
    ('B', 'C', None)
    """
    text = _unpacked(text[:_LONGEST])
    whole, told = _WHOLE.fullmatch(text), _TOLD.findall(text)
    if whole:
        found = whole[1]
    elif told:
        found = told[-1]
    else:
        alone = (match for match in _ALONE.finditer(text) if not _ARTICLE.match(text, match.start()))
        found = next((match[1] for match in alone), "")
    return found.upper() if found and found.upper() in allowed else None


def read(path: Path, key: Key) -> dict[str, str | None]:
    """The letter that was answered to each question; None where there is none that counts.

    Args:
        path: JSON lines with ``id`` and ``answer``, or a CSV with these columns if it ends in ``.csv``.
        key: of the questions that were asked.

    Raises:
        ScmgenError: if the file cannot be read, or an id is unknown or there twice.
    """
    given: dict[str, str] = {}
    for place, row in (_table if path.suffix.lower() == ".csv" else _json)(path):
        for name in ("id", "answer"):
            if not isinstance(row.get(name), str):
                raise ScmgenError(f"{place}: {name}: a text is needed, found {row.get(name)!r:.80}")
        if row["id"] not in key.rows:
            guess = nearest(row["id"], key.rows)
            hint = f"; did you mean {guess!r}?" if guess else ""
            raise ScmgenError(f"{place}: {key.where} has no question {row['id']!r:.80}{hint}")
        if row["id"] in given:
            raise ScmgenError(f"{place}: a second answer to {row['id']}")
        given[row["id"]] = row["answer"]
    return {name: letter(given.get(name, ""), row.allowed) for name, row in key.rows.items()}


def _unpacked(text: str) -> str:
    """What JSON says, if an answer is JSON, maybe in a fence."""
    fenced = _FENCE.fullmatch(text)
    try:
        told = orjson.loads(fenced[1] if fenced else text)
    except orjson.JSONDecodeError:
        return text
    if isinstance(told, dict):
        told = next((told[name] for name in _FIELDS if name in told), "")
    return told if isinstance(told, str) else text


def _json(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, line in lines(path, content(path)):
        row = parsed(line, place)
        if not isinstance(row, dict):
            raise ScmgenError(f"{place}: an object with id and answer is needed, found {row!r:.80}")
        yield place, row


def _table(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScmgenError(f"{path}: is no UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in rows:
            yield f"{path}:{rows.line_num}", row
    except csv.Error as error:
        raise ScmgenError(f"{path}:{rows.line_num + 1}: {error}") from None
