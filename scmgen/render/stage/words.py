"""The words of the stage language: what stands on a stage, what lights it, and what looks at it.

Lengths have no unit but each other, angles are radians, ``z`` points upwards. A key is a number or three of them, each
an expression of the equation language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["number", "vector", "size"]
"""Of a key: one expression, three, or one that stands for all three."""

MATERIALS = {
    "diffuse": "chalk or paper: as bright from wherever it is seen",
    "plastic": "a colour below a clear coat, with highlights",
    "metal": "mirrors what is around it, in its colour",
    "glass": "bends what is seen through it, and tints it with its colour",
}
"""What objects may be made of, the first one unless a scene says otherwise."""

SAMPLES = (1, 64)  # the root of the number of paths a pixel
BOUNCES = (1, 32)  # of light, from a lamp to the camera
TEXELS = 256  # a side of a texture


@dataclass(frozen=True)
class Key:
    """A key of a word: of what kind it is, its default, of what its numbers are, and what it means.

    Without a default it must be there.
    """

    kind: Kind
    default: tuple[str, ...] | None
    unit: str
    meaning: str


@dataclass(frozen=True)
class Word:
    """A thing that a stage may hold.

    Attributes:
        summary: what it is, in a line.
        keys: what can be said of it in numbers.
        names: keys that are names or words.
        coloured: whether it has a colour.
    """

    summary: str
    keys: Mapping[str, Key]
    names: tuple[str, ...] = ()
    coloured: bool = True


def _number(default: str | None, unit: str, meaning: str) -> Key:
    return Key("number", None if default is None else (default,), unit, meaning)


def _point(default: tuple[str, str, str] | None, meaning: str) -> Key:
    return Key("vector", default, "lengths", meaning)


_AT = _point(None, "where its middle is")
_WHEN = _number("1", "number", "it is there where this is not 0: `when: shape == cone`")
_POWER = _number("1", "number", "how bright it is; all that it gives is multiplied by it")
_AIM = _point(("0", "0", "0"), "the point that it looks at")

CAMERA = Word(
    "The eye.",
    {
        "origin": _point(None, "where it is"),
        "target": _AIM,
        "up": _point(("0", "0", "1"), "the direction that is upwards in the image"),
        "fov": _number("0.7", "radians", "how wide it sees, across the unit square of the image"),
    },
    ("parent",),
    coloured=False,
)

BODY = Word(
    "A part that carries others.",
    {
        "at": _point(("0", "0", "0"), "where its origin is on the body that carries it, or on the stage"),
        "rotate": Key("vector", ("0", "0", "0"), "radians", "how it is turned there, before its joints move"),
        "density": _number("1000", "mass a cubed length", "under physics: how heavy what its objects are made of is"),
        "friction": _number("1", "share", "under physics: how well it grips; of two the larger counts"),
    },
    ("parent",),
    coloured=False,
)
_AXIS = Key("vector", None, "lengths", "the direction of the line, along the body's own axes")
_SPEED = "how fast it is when physics begins, which then moves it"
JOINTS: dict[str, Word] = {
    "slide": Word(
        "Moves the body along a line.",
        {
            "axis": _AXIS,
            "by": _number(None, "lengths", "how far it is moved"),
            "speed": _number("0", "lengths a second", _SPEED),
        },
        coloured=False,
    ),
    "hinge": Word(
        "Turns the body about a line through its origin.",
        {
            "axis": _AXIS,
            "angle": _number(None, "radians", "how far it is turned, counter-clockwise seen from the tip"),
            "speed": _number("0", "radians a second", _SPEED),
        },
        coloured=False,
    ),
}
"""How a body moves on the one that carries it: first it slides, then it turns."""

PHYSICS = Word(
    "Lets bodies fall, swing and push each other before the image is made.",
    {
        "seconds": _number(None, "seconds", "for how long they have moved, in whole steps"),
        "gravity": Key("vector", ("0", "0", "-9.81"), "lengths a second squared", "what pulls at all of them"),
    },
    coloured=False,
)
STEP = 0.002  # seconds, unless a scene says otherwise
STEPS = 100_000  # of a row, at most

LIGHTS: dict[str, Word] = {
    "constant": Word("Light from everywhere, which is also what is seen behind all objects.", {"power": _POWER}),
    "point": Word(
        "A lamp without extent, which throws sharp shadows.", {"at": _AT, "power": _POWER, "when": _WHEN}, ("parent",)
    ),
    "spot": Word(
        "A lamp that throws a cone of light.",
        {
            "at": _AT,
            "target": _AIM,
            "angle": _number("0.5", "radians", "from the middle of the cone to its edge"),
            "blur": _number("0.3", "share", "of the angle, over which the light fades towards the edge"),
            "soft": _number("0", "lengths", "radius of the lamp: the larger, the softer its shadows"),
            "power": _POWER,
            "when": _WHEN,
        },
        ("parent",),
    ),
    "area": Word(
        "A square panel that shines from its front, with soft shadows; the camera sees it, too.",
        {
            "at": _AT,
            "target": _AIM,
            "size": _number("1", "lengths", "a side of it"),
            "power": _POWER,
            "when": _WHEN,
        },
        ("parent",),
    ),
}
"""Lamps, by name."""

_OWN = {
    "at": _point(("0", "0", "0"), "where its middle is"),
    "size": Key("size", ("1",), "lengths", "how large it is along its own axes: one number for all, or three"),
    "rotate": Key(
        "vector", ("0", "0", "0"), "radians", "turns it about the axes x, y and z through its middle, in turn"
    ),
    "shift": _point(("0", "0", "0"), "moves it along the axes that `rotate` turns: where it sits in a larger body"),
    "tilt": Key("vector", ("0", "0", "0"), "radians", "turns it about its own middle before that, as `rotate` does"),
    "roughness": _number("0.3", "share", "of plastic, metal and glass: 0 is polished, 1 is dull"),
    "when": _WHEN,
}
_NAMES = ("material", "texture", "group", "parent")

OBJECTS: dict[str, Word] = {
    "sphere": Word("A ball.", _OWN, _NAMES),
    "box": Word("A cuboid; a texture lies on each of its faces.", _OWN, _NAMES),
    "cylinder": Word("A cylinder that stands upright.", _OWN, _NAMES),
    "cone": Word("A cone with its tip upwards.", _OWN, _NAMES),
    "torus": Word(
        "A ring that lies flat; its size is its outer one.",
        {**_OWN, "tube": _number("0.3", "share", "how thick the ring is, as a share of its width, below 0.5")},
        _NAMES,
    ),
    "plane": Word("A square without thickness, which faces upwards.", _OWN, _NAMES),
    "mesh": Word(
        "A surface that is brought, of a bank that `meshes` names; its largest side is 1.",
        {**_OWN, "number": _number("0", "count", "which mesh of the bank, counted from 0")},
        (*_NAMES, "meshes"),
    ),
}
"""Objects, by name."""

STAGE: dict[str, Key] = {
    "seed": _number(None, "share", "which paths light takes, from 0 to 1: a variable, so that twins share them"),
    "exposure": _number("1", "number", "what all brightness is multiplied by"),
}
"""What is said of the stage as a whole, in numbers."""
