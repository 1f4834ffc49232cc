"""The words of the drawing language: marks.

A mark is a function from evaluated channels to one primitive shape; its signature *is* the list of
its channels, defaults included. Lengths are in units of the frame (the unit square with the origin
at the lower left), angles in radians counter-clockwise, hues in turns. A plug-in adds to them with
:func:`mark`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.pictures.bank import Kind
from scmgen.render import shapes

_TAKEN = {"mark", "group", "blend", "clip", "pictures", "rgb", "hsv", "to_rgb", "to_hsv"}
_SEGMENTS = 24  # of a curve
MOST_OF_A_CURVE = 2 * (_SEGMENTS + 1) + 1
"""Columns of a curve's geometry."""

COMMON: dict[str, str] = {"alpha": "1", "rotate": "0", "when": "1", "soft": "0"}
"""Channels that every mark has, with their defaults."""

BLENDS = ("normal", "multiply", "screen")
"""How a mark may blend with what is below it, in the order of the numbers in :mod:`scmgen.render.shapes`."""


@dataclass(frozen=True)
class Shape:
    """One primitive: its kind (of :mod:`scmgen.render.shapes`) and its geometry columns."""

    kind: int
    geometry: Sequence[Any]


@dataclass(frozen=True)
class Mark:
    """A word of the drawing language.

    Attributes:
        lower: makes its shape.
        channels: names to defaults; None if it is required.
        summary: one line.
        coloured: whether it has a colour; a lens has none, and changes the picture so far.
        shows: which kind of brought pictures it shows, if it does.
        spelled: whether it stands for several marks, one a letter (:mod:`scmgen.render.text`).
    """

    lower: Callable[..., Shape]
    channels: Mapping[str, str | None]
    summary: str
    coloured: bool = True
    shows: Kind | None = None
    spelled: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Its keys that are names or words, and no channels."""
        own = (*(("pictures",) if self.shows else ()), *(("text",) if self.spelled else ()))
        return ("group", "blend", "clip", *own) if self.coloured else ()

    @property
    def own_colours(self) -> bool:
        """Whether it has colours by itself, so that its colour is a tint, and may be left out."""
        return self.shows == "picture"


MARKS: dict[str, Mark] = {}


def mark(lower: Callable[..., Shape]) -> Callable[..., Shape]:
    """Register a mark: arguments are channels, ``turn`` (if taken) is the rotation in radians.

    A parameter annotated ``int`` must be a whole number written in the scene; ``points`` is a list
    of at least three ``[x, y]`` pairs; every other is an expression.

    Raises:
        ScmgenError: if the mark's name or a channel's is taken, or the signature is not plain.
    """
    name, parameters = lower.__name__, inspect.signature(lower).parameters.values()
    if name in MARKS:
        raise ScmgenError(f"plug-in mark {name}: there is a mark of that name already")
    for p in parameters:
        if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            raise ScmgenError(f"plug-in mark {name}: {p.name!r}: a channel is a plain argument")
        if p.name in COMMON or p.name in _TAKEN:
            raise ScmgenError(f"plug-in mark {name}: every mark has {p.name!r}; give the channel another name")
    free = [p for p in parameters if p.name != "turn"]
    channels = {p.name: None if p.default is inspect.Parameter.empty else str(p.default) for p in free}
    MARKS[name] = Mark(lower, channels, (inspect.getdoc(lower) or "").split("\n")[0])
    return lower


def _lens(lower: Callable[..., Shape]) -> Callable[..., Shape]:
    """Register a mark that changes the picture so far."""
    mark(lower)
    MARKS[lower.__name__] = replace(MARKS[lower.__name__], coloured=False)
    return lower


def _showing(kind: Kind) -> Callable[[Callable[..., Shape]], Callable[..., Shape]]:
    """Register a mark that shows brought pictures of a kind: ``number`` says which."""

    def register(lower: Callable[..., Shape]) -> Callable[..., Shape]:
        mark(lower)
        MARKS[lower.__name__] = replace(MARKS[lower.__name__], shows=kind)
        return lower

    return register


def _corners(xs: Any, ys: Any) -> Shape:
    return Shape(shapes.POLYGON, [column for pair in zip(xs, ys, strict=True) for column in pair])


def _spun(points: Sequence[tuple[Any, Any]], turn: Any) -> list[tuple[Any, Any]]:
    """Rotate points about their mean."""
    mx, my = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    c, s = np.cos(turn), np.sin(turn)
    return [(mx + (x - mx) * c - (y - my) * s, my + (x - mx) * s + (y - my) * c) for x, y in points]


@mark
def fill() -> Shape:
    """Colour the whole frame."""
    return Shape(shapes.FILL, [])


@mark
def disc(x: Any, y: Any, radius: Any) -> Shape:
    """A filled circle about (x, y)."""
    return Shape(shapes.ELLIPSE, [x, y, radius, radius, 1.0, 0.0])


@mark
def ellipse(x: Any, y: Any, rx: Any, ry: Any, turn: Any) -> Shape:
    """A filled ellipse with half-axes rx and ry."""
    return Shape(shapes.ELLIPSE, [x, y, rx, ry, np.cos(turn), np.sin(turn)])


@mark
def rect(x: Any, y: Any, width: Any, height: Any, turn: Any) -> Shape:
    """A filled rectangle centred on (x, y)."""
    return Shape(shapes.BOX, [x, y, width / 2, height / 2, np.cos(turn), np.sin(turn)])


@mark
def line(x1: Any, y1: Any, x2: Any, y2: Any, width: Any, turn: Any) -> Shape:
    """A straight line with flat ends; rotate turns it about its middle."""
    dx, dy = x2 - x1, y2 - y1
    length = np.sqrt(dx * dx + dy * dy)
    far = np.where(length > 0.0, length, 1.0)
    c, s = np.where(length > 0.0, dx / far, 1.0), dy / far
    ct, st = np.cos(turn), np.sin(turn)
    return Shape(shapes.BOX, [(x1 + x2) / 2, (y1 + y2) / 2, length / 2, width / 2, c * ct - s * st, c * st + s * ct])


@mark
def ring(x: Any, y: Any, radius: Any, width: Any) -> Shape:
    """A circle drawn with a pen of the given width, its middle at the radius."""
    return Shape(shapes.RING, [x, y, radius, width / 2])


@mark
def polygon(x: Any, y: Any, radius: Any, sides: int, turn: Any) -> Shape:
    """A regular polygon, one corner straight up."""
    angles = np.arange(sides) * (2 * np.pi / sides) + np.pi / 2
    return _corners([x + radius * np.cos(turn + a) for a in angles], [y + radius * np.sin(turn + a) for a in angles])


@mark
def star(x: Any, y: Any, radius: Any, turn: Any, tips: int = 5, inner: Any = 0.45) -> Shape:
    """A star with one tip straight up; inner is the share of the radius where the notches lie."""
    angles = np.arange(2 * tips) * (np.pi / tips) + np.pi / 2
    reach = [radius * (inner if i % 2 else 1.0) for i in range(2 * tips)]
    xs = [x + r * np.cos(turn + a) for r, a in zip(reach, angles, strict=True)]
    return _corners(xs, [y + r * np.sin(turn + a) for r, a in zip(reach, angles, strict=True)])


@mark
def path(points: Any, turn: Any) -> Shape:
    """A free polygon through its points; rotate turns it about their mean."""
    spun = _spun(points, turn)
    return _corners([x for x, _ in spun], [y for _, y in spun])


@mark
def gradient(x1: Any, y1: Any, x2: Any, y2: Any, to: Any, turn: Any) -> Shape:
    """Fill the frame with a colour that changes along a line, constant beyond its ends."""
    (ax, ay), (bx, by) = _spun([(x1, y1), (x2, y2)], turn)
    return Shape(shapes.GRADIENT, [ax, ay, bx, by, *to])


@mark
def texture(scale: Any, seed: Any, to: Any, turn: Any, roughness: Any = 0.5, contrast: Any = 1.6) -> Shape:
    """Clouds over the whole frame, from one colour to another; scale is their size, seed picks which."""
    return Shape(shapes.TEXTURE, [scale, seed, roughness, contrast, np.cos(turn), np.sin(turn), *to])


@mark
def stripes(scale: Any, to: Any, turn: Any, phase: Any = 0.0, contrast: Any = 1.0) -> Shape:
    """Stripes over the whole frame, from one colour to another and back; scale is from one to the next."""
    return Shape(shapes.STRIPES, [scale, phase, contrast, np.cos(turn), np.sin(turn), *to])


@mark
def curve(points: Any, width: Any, turn: Any) -> Shape:
    """A Bezier curve drawn with a round pen, from its first point to its last, drawn towards those between."""
    spun = _spun(points, turn)
    steps, last = np.arange(_SEGMENTS + 1) / _SEGMENTS, len(spun) - 1
    weights = [[math.comb(last, k) * t**k * (1.0 - t) ** (last - k) for k in range(last + 1)] for t in steps]
    chain = [sum(w * p[axis] for w, p in zip(part, spun, strict=True)) for part in weights for axis in (0, 1)]
    return Shape(shapes.STROKE, [*chain, width])


def _place(number: Any, x: Any, y: Any, width: Any, height: Any, turn: Any, slant: Any) -> list[Any]:
    """Which picture is shown, and where, turned and sheared."""
    return [number / shapes.FIXED, x, y, width, height, np.cos(turn), np.sin(turn), np.tan(slant)]


@_showing("glyph")
def glyph(
    number: Any,
    x: Any,
    y: Any,
    height: Any,
    turn: Any,
    width: Any = 0.0,
    slant: Any = 0.0,
    grow: Any = 0.0,
    swell: Any = 0.0,
) -> Shape:
    """The ink of a brought picture in one colour, about (x, y); it grows and shrinks by any amount, and slants."""
    return Shape(shapes.GLYPH, [*_place(number, x, y, width, height, turn, slant), grow, swell])


@_showing("picture")
def picture(
    number: Any,
    x: Any,
    y: Any,
    height: Any,
    turn: Any,
    width: Any = 0.0,
    slant: Any = 0.0,
    crop: Any = 1.0,
    crop_x: Any = 0.5,
    crop_y: Any = 0.5,
) -> Shape:
    """A brought picture about (x, y), in its own colours; a colour tints it."""
    return Shape(shapes.PLATE, [*_place(number, x, y, width, height, turn, slant), crop, crop_x, crop_y])


MARKS["text"] = Mark(
    glyph,
    {"x": None, "y": None, "height": None, "value": "0", "digits": "3", "decimals": "0", "slant": "0", "grow": "0"},
    "Words, one of several, or a number, about (x, y), in the font that comes with scmgen.",
    spelled=True,
)


@_lens
def blur(radius: Any) -> Shape:
    """Blur the picture so far; radius is the standard deviation of what a point becomes."""
    return Shape(shapes.BLUR, [radius])


@_lens
def grain(amount: Any, seed: Any) -> Shape:
    """Add the noise of a sensor to the picture so far: amount is its standard deviation, seed picks which."""
    return Shape(shapes.GRAIN, [amount, seed])
