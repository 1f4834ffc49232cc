"""Markdown of words that others wrote: they stay words, whatever signs they hold."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # unseen, or turn the text round
_CODE = re.compile(r"((?<!`)`[^`\n]+`(?!`))")
_ALWAYS = re.compile(r"[\\`\[\]~$]|\{(?=[{%])")
_STAR = re.compile(r"(?<!\s)\*|\*(?!\s)")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_OPENING = re.compile(r"(?m)^(#{1,6}(?=\s|$)|[-+*](?=\s|$))")
_RULE = re.compile(r"(?m)^[-=|: ]+$")  # under a heading, in a table, or by itself
_NUMBER = re.compile(r"(?m)^(\d{1,9})([.)])(?=\s|$)")
_TICKS = re.compile(r"`+")


def words(text: str) -> str:
    """Somebody's words in which nothing is a tag, a link, a heading, a list or a table; `code` stays code.

    >>> words("a <b> of [x](https://y.z)")
    'a &lt;b&gt; of \\\\[x\\\\](https://y.z)'
    """
    lines = (line.strip(" \t") for line in re.split(r"\r\n|\r|\n", _LOST.sub("\ufffd", text)))
    parts = _CODE.split("\n".join(lines))
    parts[::2] = map(_escaped, parts[::2])
    plain = _RULE.sub(lambda rule: re.sub(r"\S", r"\\\g<0>", rule[0]), "".join(parts))
    return _NUMBER.sub(r"\1\\\2", _OPENING.sub(r"\\\g<0>", plain))


def _escaped(text: str) -> str:
    plain = html.escape(text, quote=False)
    return _UNDERSCORE.sub(r"\\_", _STAR.sub(r"\\*", _ALWAYS.sub(r"\\\g<0>", plain)))


def line(text: str) -> str:
    """Somebody's words in one line."""
    return words(" ".join(text.split()))


def code(text: str) -> str:
    """Text as it is typed, in one line."""
    typed = _LOST.sub("\ufffd", " ".join(text.split()))
    ticks = "`" * (_longest(typed) + 1)
    space = " " if typed.startswith("`") or typed.endswith("`") else ""
    return f"{ticks}{space}{typed}{space}{ticks}"


def fenced(text: str, language: str) -> str:
    """A block of text as it is typed, which nothing in it can close."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; a column without any content is left out."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    used = [k for k in range(len(header)) if any(row[k] for row in cells)]
    lines = [header, ["---"] * len(header), *cells]
    return "\n".join("| " + " | ".join(line[k] for k in used) + " |" for line in lines)


def _cell(text: str) -> str:
    """A cell that no pipe and no end of a line divides."""
    single = re.sub(r"[\r\n]", " ", text)
    return re.sub(r"(\\*)\|", lambda found: found[0] if len(found[1]) % 2 else f"{found[1]}\\|", single)


def _longest(text: str) -> int:
    """The most backticks in a row."""
    return max(map(len, _TICKS.findall(text)), default=0)
