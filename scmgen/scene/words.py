"""What the words of a scene mean, told in one place: the command line and the pages of the documentation read it here.

Functions, noises and marks are those registered now, a plug-in's among them; of its words their signatures and
docstrings tell.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scmgen.render.marks import BLENDS, COMMON, MARKS
from scmgen.scm.vocabulary import FUNCTIONS, NOISES, Function

NEEDED = "needed"
"""Stands for a default where there is none."""
CHANNELS: dict[str, tuple[str, str]] = {
    "x": ("frame", "where its middle lies, from the left"),
    "y": ("frame", "where its middle lies, from below"),
    "x1": ("frame", "where it begins, from the left"),
    "y1": ("frame", "where it begins, from below"),
    "x2": ("frame", "where it ends, from the left"),
    "y2": ("frame", "where it ends, from below"),
    "radius": ("frame", "from its middle to its edge, its corners or its tips"),
    "rx": ("frame", "half of its width"),
    "ry": ("frame", "half of its height"),
    "width": ("frame", "of the rectangle, or of the pen"),
    "height": ("frame", "of the rectangle"),
    "sides": ("count", "how many, written as a number from 3 to 64"),
    "tips": ("count", "how many, written as a number from 3 to 64"),
    "inner": ("share", "where the notches lie, as a share of the radius"),
    "points": ("frame", "3 to 64 pairs `[x, y]`"),
    "scale": ("frame", "how large a cloud is, or how far it is from one stripe to the next"),
    "seed": ("number", "which clouds or which grain: any number from -1000 to 1000, to a millionth"),
    "phase": ("turns", "how far the stripes are moved"),
    "roughness": ("share", "how strong each finer octave is beside the one before"),
    "contrast": ("number", "how far the two colours are apart; a large one leaves nothing between them"),
    "number": ("count", "which picture of the bank, counted from 0: what `pick` gives"),
    "slant": ("radians", "how far it is sheared to the right"),
    "grow": ("frame", "how far the edge of the ink moves outwards, or inwards if it is negative"),
    "swell": ("share", "how much its middle is magnified, from -1 to 1"),
    "crop": ("share", "the share of the picture's sides that is shown"),
    "crop_x": ("share", "the middle of what is shown, from the left, as a share of the picture"),
    "crop_y": ("share", "the middle of what is shown, from below, as a share of the picture"),
    "value": ("number", "the number that is written; of several words, which one: 0 is the first"),
    "digits": (
        "count",
        "how many there is room for before the point, from 1 to 9; `#` is written if they do not suffice",
    ),
    "decimals": ("count", "how many are written after the point, from 0 to 9 less the digits"),
    "amount": ("share", "standard deviation of the noise, where 1 is from black to white"),
    "alpha": ("share", "how much it covers, from 0 to 1"),
    "when": ("number", "it is drawn where this is not 0: `when: shape == cube`"),
    "rotate": ("radians", "turns it about its middle, counter-clockwise"),
    "soft": ("frame", "how wide its edge is"),
    "pictures": ("name", "of a bank of pictures, which the scene declares"),
    "text": ("words", "or a list of them, of which `value` chooses one; without it, a number"),
    "group": ("name", "all marks of a group have one value in the masks that `--masks` writes"),
    "blend": (
        "word",
        f"{', '.join(BLENDS)}: how its colour meets what is below; without a group such a mark hides nothing in masks",
    ),
    "clip": ("name", "of a group that was drawn before: what lies outside of it is cut away"),
}
"""What a channel or a word of a mark is: its unit, and a sentence. A length of 1 is the side of the frame."""
_OVER = {
    ("radius", "blur"): "standard deviation of what a point becomes",
    ("width", "glyph"): "of the picture; 0 for what its sides and its height say",
    ("width", "picture"): "of the picture; 0 for what its sides and its height say",
    ("height", "glyph"): "of the picture",
    ("height", "picture"): "of the picture",
    ("height", "text"): "of a capital letter",
}  # what a channel is for one mark
_DEFAULTS = {"pictures": NEEDED, "text": "none", "group": "none", "blend": BLENDS[0], "clip": "none"}
_COLOURS = ("0 to 1", "its colour: red, green and blue, or a hue, which is in turns, saturation and value")


@dataclass(frozen=True)
class Word:
    """A word of the language: how it is written, what it means in a sentence, and what else is to be known of it."""

    usage: str
    meaning: str
    more: str = ""


@dataclass(frozen=True)
class Channel:
    """A key of a mark; what its number is a number of, and what it is taken for if it is not there."""

    name: str
    default: str
    unit: str
    meaning: str


def functions() -> dict[str, Word]:
    """The functions of the equation language, by name."""
    return {name: _function(name, word) for name, word in FUNCTIONS.items()}


def noises() -> dict[str, Word]:
    """The noises of the equation language, by name; u is no argument that is written."""
    return {
        name: Word(f"{name}({_arguments(word.transport, 1)})", *_told(word.transport)) for name, word in NOISES.items()
    }


def marks() -> dict[str, Word]:
    """The marks of the drawing language, by name."""
    return {name: Word(name, word.summary.rstrip(".")) for name, word in MARKS.items()}


def channels(name: str) -> list[Channel]:
    """The keys of a mark that are its own: what must be written comes first."""
    word = MARKS[name]
    known = _described(word.lower)
    own = [key for key in word.words if key in ("pictures", "text")]
    keys = {**{key: _DEFAULTS[key] for key in own}, **{k: d or NEEDED for k, d in word.channels.items() if k != "to"}}
    return [_channel(name, key, default, known) for key, default in keys.items()]


def common(name: str) -> list[Channel]:
    """The keys of a mark that most marks have."""
    word = MARKS[name]
    default = "none, or a tint" if word.own_colours else NEEDED
    colours = [Channel("rgb or hsv", default, *_COLOURS)] if word.coloured else []
    if "to" in word.channels:
        colours.append(Channel("to_rgb or to_hsv", NEEDED, _COLOURS[0], "the colour to which it runs"))
    words = {key: _DEFAULTS[key] for key in word.words if key not in ("pictures", "text")}
    keys = {key: default for key, default in COMMON.items() if key not in word.channels}
    return [*colours, *(_channel(name, key, default, {}) for key, default in {**keys, **words}.items())]


def _function(name: str, word: Function) -> Word:
    meaning, more = (word.meaning, "") if word.meaning else _told(word.call)
    return Word(f"{name}({word.arguments or _arguments(word.call)})", meaning, more)


def _channel(mark: str, key: str, default: str, known: Mapping[str, str]) -> Channel:
    unit, meaning = CHANNELS.get(key, ("number", ""))
    return Channel(key, default, unit, _OVER.get((key, mark)) or known.get(key) or meaning)


def _arguments(call: Callable[..., Any], skipped: int = 0) -> str:
    """The arguments of a word as people write them; of any number of them, dots."""
    parameters = list(inspect.signature(call).parameters.values())[skipped:]
    return ", ".join("..." if p.kind is p.VAR_POSITIONAL else p.name for p in parameters)


def _told(call: Callable[..., Any]) -> tuple[str, str]:
    """The first line of a docstring, and the rest of it."""
    first, _, rest = (inspect.getdoc(call) or "").replace("``", "`").partition("\n")
    return first.rstrip("."), rest.strip()


def _described(call: Callable[..., Any]) -> dict[str, str]:
    """What the section ``Args`` of a docstring says of each argument."""
    section = (inspect.getdoc(call) or "").partition("Args:\n")[2]
    return {name: " ".join(text.split()) for name, text in re.findall(r"^ +(\w+): (.+)", section, re.MULTILINE)}
