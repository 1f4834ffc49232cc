"""The mark ``text``: words, one of several words, or a number, each letter a glyph of the font that comes with scmgen.

It is written out as glyphs before a drawing is compiled, so letters turn, slant, grow and blend as glyphs do.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.render.renderer import Locate

FONT = "_letters"
"""The bank of the font (drawn by ``benchmarks/banks.py``); no scene can give or bring a bank of this name."""
DIGITS, DECIMALS = 3, 0  # of a number, unless the scene says otherwise
LONGEST, MOST_DIGITS, MOST_WORDS = 40, 9, 20
_TABLE = Path(__file__).parents[1] / "pictures" / "bundled" / f"{FONT}.npz"
_CAPITAL = 28.0  # height of a capital letter, in pixels of the font
_WIDE, _TALL, _BEARING = 48.0, 56.0, 4.0  # of a letter's picture, and where its pen stands
_OWN = ("text", "value", "digits", "decimals", "mark", "x", "y", "height")


@functools.cache
def _advances() -> dict[str, tuple[int, float]]:
    """Of each letter its number in the bank, and how far it moves the pen."""
    with np.load(_TABLE, allow_pickle=False) as table:
        letters, advances = table["letters"].tolist(), table["advances"].tolist()
    return {letter: (k, advance) for k, (letter, advance) in enumerate(zip(letters, advances, strict=True))}


def spelled(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """The glyphs that a ``text`` entry of a drawing stands for.

    Args:
        entry: the entry; its channels ``x``, ``y``, ``height`` and ``value`` are expressions that were looked at.
        locate: turns a place in the scene into words.
        path: the place of the entry.

    Raises:
        ScmgenError: if there is nothing to write, a letter is not in the font, or a count is out of bounds.
    """
    if "text" in entry:
        for key in ("digits", "decimals"):
            if key in entry:
                raise ScmgenError(f"{locate((*path, key))}: {key} are of a number; words have none")
        return _words(entry, *_texts(entry, locate, path))
    if "value" not in entry:
        raise ScmgenError(f"{locate(path)}: text needs text, the words, or value, a number; nothing is to be written")
    digits = _count(entry, "digits", DIGITS, (1, MOST_DIGITS), locate, path)
    decimals = _count(entry, "decimals", DECIMALS, (0, MOST_DIGITS), locate, path)
    if digits + decimals > MOST_DIGITS:
        raise ScmgenError(f"{locate(path)}: {digits + decimals} digits; the most is {MOST_DIGITS}")
    return _number(entry, digits, decimals)


def _texts(entry: Mapping[str, Any], locate: Locate, path: tuple[str | int, ...]) -> tuple[list[str], str]:
    """The words to choose from, and which of them are written."""
    where, given = locate((*path, "text")), entry["text"]
    listed = given if isinstance(given, list) else [given]
    texts = [str(one) for one in listed if isinstance(one, (str, int, float)) and not isinstance(one, bool)]
    if len(texts) < len(listed) or not 1 <= len(texts) <= MOST_WORDS:
        raise ScmgenError(f"{where}: words, or a list of 1 to {MOST_WORDS} of them, are needed, found {given!r:.80}")
    if isinstance(given, list) != ("value" in entry):
        told = "needs value, which says which of them is written" if isinstance(given, list) else "goes with a list"
        raise ScmgenError(f"{where}: {'a list' if isinstance(given, list) else 'value'} {told}")
    for text in texts:
        if len(text) > LONGEST:
            raise ScmgenError(f"{where}: {len(text)} letters; the most is {LONGEST}")
        for letter in text:
            if letter not in _advances():
                raise ScmgenError(f"{where}: {letter!r} is not in the font, which has ASCII and the sign of degrees")
    if not any(text.strip() for text in texts):
        raise ScmgenError(f"{where}: nothing is to be written")
    return texts, f"({entry['value']})" if isinstance(given, list) else "0"


def _count(
    entry: Mapping[str, Any],
    key: str,
    usual: int,
    bounds: tuple[int, int],
    locate: Locate,
    path: tuple[str | int, ...],
) -> int:
    text = str(entry.get(key, usual))
    if not (text.isdecimal() and len(text) < 3 and bounds[0] <= int(text) <= bounds[1]):
        needed = f"a whole number from {bounds[0]} to {bounds[1]} is needed"
        raise ScmgenError(f"{locate((*path, key))}: {needed}, found {entry[key]!r:.80}")
    return int(text)


def _words(entry: Mapping[str, Any], texts: Sequence[str], which: str) -> list[dict[str, Any]]:
    glyphs = []
    for place in range(max(map(len, texts))):
        seen = [place < len(text) and text[place] != " " for text in texts]
        if any(seen):
            letters = [text[place] if there else " " for text, there in zip(texts, seen, strict=True)]
            pens = [_pen(text, place) for text in texts]
            numbers = [float(_advances()[letter][0]) for letter in letters]
            shown = _chosen(which, [float(there) for there in seen])
            glyphs.append(_glyph(entry, _chosen(which, numbers), _chosen(which, pens), shown))
    return glyphs


def _pen(text: str, place: int) -> float:
    """Where the pen stands before a letter, from the middle of the text."""
    lengths = [_advances()[letter][1] for letter in text]
    return sum(lengths[:place]) - sum(lengths) / 2


def _number(entry: Mapping[str, Any], digits: int, decimals: int) -> list[dict[str, Any]]:
    """Digits in places of their own, the last one always in the same; one that has no room is written as ``#``."""
    value, zero = f"({entry['value']})", _advances()["0"][0]
    advance, point = _advances()["0"][1], _advances()["."][1]
    whole = f"floor(abs{value} * {10**decimals} + 0.5)"  # all of its digits
    total = advance * (digits + decimals) + (point if decimals else 0.0)
    glyphs = []
    for power in range(digits + decimals - 1, -1, -1):
        after = digits + decimals - 1 - power
        pen = advance * after + (point if power < decimals else 0.0) - total / 2
        digit = f"{zero} + floor({whole} / {10**power}) % 10"
        number = f"where({whole} >= {10 ** (digits + decimals)}, {_advances()['#'][0]}, {digit})"
        shown = "1" if power <= decimals else f"{whole} >= {10**power}"
        glyphs.append(_glyph(entry, number, f"{pen:.6g}", shown))
    if decimals:
        glyphs.append(_glyph(entry, str(_advances()["."][0]), f"{advance * digits - total / 2:.6g}", "1"))
    blanks = [f"({whole} < {10**power})" for power in range(decimals + 1, digits + decimals)]
    dash, width = _advances()["-"]
    before = f"{-total / 2 - width:.6g}" + "".join(f" + {advance:g} * {blank}" for blank in blanks)
    glyphs.append(_glyph(entry, str(dash), before, f"({value} < 0) * ({whole} > 0)"))
    return glyphs


def _glyph(entry: Mapping[str, Any], number: str, pen: str, shown: str) -> dict[str, Any]:
    """A letter, its pen so many pixels of the font to the right of the middle of what is written."""
    height, turn = f"({entry['height']})", f"({entry.get('rotate', 0)})"
    along = f"({pen} + {_WIDE / 2 - _BEARING:g}) * {height} / {_CAPITAL:g}"
    common = {key: value for key, value in entry.items() if key not in _OWN}
    return {
        **common,
        "mark": "glyph",
        "pictures": FONT,
        "number": number,
        "x": f"({entry['x']}) + {along} * cos{turn}",
        "y": f"({entry['y']}) + {along} * sin{turn}",
        "height": f"{height} * {_TALL / _CAPITAL:g}",
        "when": f"({entry.get('when', 1)}) * ({shown})",
    }


def _chosen(which: str, numbers: Sequence[float]) -> str:
    """One of several numbers; the last one stands for whatever is beyond."""
    if len(set(numbers)) == 1:
        return f"{numbers[0]:.6g}"
    steps = [(k, before - after) for k, (before, after) in enumerate(itertools.pairwise(numbers)) if before != after]
    return f"{numbers[-1]:.6g}" + "".join(f" + {step:.6g} * ({which} < {k}.5)" for k, step in steps)
