"""Draw the banks of pictures that come with scmgen: digits written by a jittered pen, birds, and places for them.

    python benchmarks/banks.py digits birds places _letters

They let the scenes that show brought pictures be tried, tested and pinned without any download; research brings real
ones (docs/how-to/pictures.md). `_letters` is what the mark `text` writes with: Aileron, which is in the public domain
(CC0) and comes with Pillow; its name is none that a scene can give. A bank that was released is never drawn anew: its
sum is in the hash of what was built with it.
"""

from __future__ import annotations

import argparse
import colorsys
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

OUT = Path(__file__).parents[1] / "scmgen" / "pictures" / "bundled"
Pixels = NDArray[np.uint8]
Rng = np.random.Generator
Stroke = tuple[str, list[tuple[float, float]]]

_STROKES: tuple[list[Stroke], ...] = (  # of each digit, in a unit square, y downwards; smooth ones pass their points
    [
        (
            "smooth",
            [(0.5, 0.02), (0.12, 0.25), (0.08, 0.6), (0.3, 0.97), (0.6, 0.97), (0.9, 0.6), (0.85, 0.25), (0.5, 0.02)],
        )
    ],
    [("smooth", [(0.35, 0.2), (0.55, 0.03), (0.55, 0.5), (0.52, 0.98)])],
    [
        ("smooth", [(0.12, 0.25), (0.3, 0.03), (0.7, 0.05), (0.82, 0.3), (0.5, 0.65), (0.1, 0.95)]),
        ("straight", [(0.1, 0.95), (0.92, 0.94)]),
    ],
    [
        ("smooth", [(0.15, 0.12), (0.5, 0.02), (0.82, 0.2), (0.7, 0.42), (0.4, 0.48)]),
        ("smooth", [(0.4, 0.48), (0.78, 0.55), (0.85, 0.8), (0.5, 1.0), (0.12, 0.88)]),
    ],
    [("straight", [(0.62, 0.03), (0.08, 0.66), (0.92, 0.64)]), ("straight", [(0.68, 0.35), (0.66, 0.98)])],
    [
        ("straight", [(0.8, 0.05), (0.25, 0.06), (0.2, 0.45)]),
        ("smooth", [(0.2, 0.45), (0.55, 0.36), (0.88, 0.6), (0.7, 0.92), (0.4, 1.0), (0.1, 0.88)]),
    ],
    [
        (
            "smooth",
            [
                (0.7, 0.03),
                (0.35, 0.25),
                (0.12, 0.65),
                (0.3, 0.97),
                (0.65, 0.96),
                (0.82, 0.72),
                (0.6, 0.5),
                (0.3, 0.55),
                (0.15, 0.75),
            ],
        )
    ],
    [("straight", [(0.1, 0.06), (0.88, 0.05)]), ("smooth", [(0.88, 0.05), (0.6, 0.4), (0.42, 0.7), (0.38, 0.98)])],
    [
        (
            "smooth",
            [
                (0.5, 0.48),
                (0.2, 0.28),
                (0.3, 0.05),
                (0.65, 0.04),
                (0.8, 0.25),
                (0.5, 0.48),
                (0.15, 0.72),
                (0.3, 0.98),
                (0.68, 0.97),
                (0.85, 0.73),
                (0.5, 0.48),
            ],
        )
    ],
    [
        (
            "smooth",
            [
                (0.8, 0.3),
                (0.6, 0.5),
                (0.25, 0.45),
                (0.15, 0.2),
                (0.45, 0.02),
                (0.78, 0.12),
                (0.8, 0.35),
                (0.72, 0.7),
                (0.55, 0.98),
            ],
        )
    ],
)
_EACH_DIGIT, _DIGIT = 50, 28
_EACH_BIRD, _BIRD, _EACH_PLACE, _PLACE = 32, 48, 24, 48
_FINER = 8
_COLOURS = 48  # of a place
LETTERS = "".join(map(chr, range(32, 127))) + "°"
_FONT, _CELL, _BEARING, _TOP = 40, (56, 48), 4, 3


def _smooth(points: NDArray[np.float64], steps: int = 12) -> NDArray[np.float64]:
    """A centripetal-free Catmull-Rom spline through points ``(n, 2)``."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*parts, points[-1:]])


def _digit(kind: int, rng: Rng) -> Pixels:
    image = Image.new("L", (_DIGIT * _FINER, _DIGIT * _FINER))
    pen, lean = rng.uniform(2.0, 3.6), rng.normal(0, 0.16)
    width, height, turn = rng.uniform(10.5, 14.5), rng.uniform(16.5, 18.5), rng.normal(0, 0.05)
    draw = ImageDraw.Draw(image)
    for how, listed in _STROKES[kind]:
        points = np.array(listed) - 0.5
        points += rng.normal(0, 0.022, points.shape)
        x, y = points[:, 0] * width - lean * points[:, 1] * height, points[:, 1] * height
        c, s = np.cos(turn), np.sin(turn)
        placed = np.stack([x * c - y * s, x * s + y * c], axis=1) + _DIGIT / 2
        path = (_smooth(placed) if how == "smooth" else placed) * _FINER
        half = pen * _FINER / 2
        draw.line([tuple(p) for p in path], 255, round(2 * half), "curve")
        for px, py in (path[0], path[-1]):
            draw.ellipse([px - half, py - half, px + half, py + half], 255)
    return np.asarray(image.resize((_DIGIT, _DIGIT), Image.Resampling.BOX))


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return red, green, blue


def _bird(kind: int, rng: Rng) -> Pixels:
    """A songbird (0) or a long-necked bird of the water (1), looking to the right, whose colours tell nothing."""
    side = _BIRD * _FINER
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)

    def oval(x: float, y: float, a: float, b: float, colour: tuple[int, int, int]) -> None:
        draw.ellipse([side * (x - a), side * (y - b), side * (x + a), side * (y + b)], (*colour, 255))

    def strip(points: list[tuple[float, float]], width: float, colour: tuple[int, int, int]) -> None:
        path = [tuple(side * p) for p in _smooth(np.array(points))]
        draw.line(path, (*colour, 255), round(side * width), "curve")

    def shape(points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        draw.polygon([(side * x, side * y) for x, y in points], (*colour, 255))

    hue, grey = rng.uniform(0, 1), rng.uniform(0.15, 0.55)
    body = _rgb(hue, grey, rng.uniform(0.45, 0.9))
    wing, belly = _rgb(hue, grey + 0.15, rng.uniform(0.25, 0.5)), _rgb(hue + 0.05, grey * 0.5, 0.95)
    beak, leg = _rgb(rng.uniform(0.05, 0.13), 0.8, 0.85), _rgb(0.08, 0.5, 0.35)
    far, up = rng.uniform(-0.03, 0.03, 2)
    if kind == 0:
        x, y, plump = 0.46 + far, 0.55 + up, rng.uniform(0.15, 0.19)
        strip([(x, y + 0.1), (x, y + 0.3)], 0.025, leg)
        strip([(x + 0.08, y + 0.1), (x + 0.08, y + 0.3)], 0.025, leg)
        shape([(x - 0.15, y), (x - 0.42, y + rng.uniform(-0.06, 0.1)), (x - 0.36, y + 0.14), (x - 0.1, y + 0.1)], wing)
        oval(x, y, 0.24, plump, body)
        oval(x + 0.06, y + 0.06, 0.15, plump * 0.6, belly)
        head = (x + 0.22, y - 0.2)
        oval(*head, 0.125, 0.12, body)
        shape(
            [(head[0] + 0.09, head[1] - 0.04), (head[0] + 0.24, head[1] + 0.02), (head[0] + 0.09, head[1] + 0.06)], beak
        )
        oval(x - 0.05, y - 0.01, 0.16, plump * 0.55, wing)
    else:
        x, y, long = 0.42 + far, 0.66 + up, rng.uniform(0.26, 0.3)
        shape([(x - 0.2, y - 0.04), (x - 0.38, y - rng.uniform(0.1, 0.16)), (x - 0.3, y + 0.06)], wing)
        neck = [(x + 0.18, y), (x + 0.29, y - 0.16), (x + 0.18, y - 0.34), (x + 0.26, y - 0.47)]
        strip(neck, rng.uniform(0.07, 0.09), body)
        oval(x, y, long, rng.uniform(0.12, 0.15), body)
        oval(x + 0.03, y + 0.05, long * 0.75, 0.07, belly)
        head = (x + 0.27, y - 0.47)
        oval(*head, 0.085, 0.075, body)
        shape(
            [(head[0] + 0.05, head[1] - 0.03), (head[0] + 0.22, head[1] + 0.04), (head[0] + 0.05, head[1] + 0.06)], beak
        )
        oval(x - 0.06, y - 0.03, long * 0.6, 0.075, wing)
    oval(head[0] + 0.03, head[1] - 0.02, 0.022, 0.022, (15, 15, 20))
    return np.asarray(image.resize((_BIRD, _BIRD), Image.Resampling.BOX))


def _place(kind: int, rng: Rng) -> Pixels:
    """A wood with a meadow (0), or a lake with a far shore (1)."""
    side = _PLACE * 4
    image = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(image)
    horizon = rng.uniform(0.3, 0.5)
    hue, light = rng.uniform(0.52, 0.6), rng.uniform(0.65, 1.0)
    for row in range(side):
        share = row / side / horizon
        draw.line([(0, row), (side, row)], _rgb(hue, 0.5 - 0.35 * min(share, 1), light))

    def hills(height: float, colour: tuple[int, int, int]) -> None:
        x = np.linspace(0, 1, 40)
        top = horizon - height * (0.6 + 0.4 * np.sin(rng.uniform(2, 6) * x + rng.uniform(0, 6)))
        draw.polygon(
            [(0, side * horizon + 1), *zip(side * x, side * top, strict=True), (side, side * horizon + 1)], colour
        )

    hills(rng.uniform(0.05, 0.2), _rgb(rng.uniform(0.28, 0.6), 0.25, 0.6 * light))
    if kind == 0:
        draw.rectangle([0, side * horizon, side, side], _rgb(rng.uniform(0.2, 0.32), 0.5, 0.6 * light))
        for _ in range(70):  # tufts
            x, y = rng.uniform(0, 1), rng.uniform(horizon, 1)
            draw.ellipse(
                [side * (x - 0.05), side * (y - 0.012), side * (x + 0.05), side * (y + 0.012)],
                _rgb(rng.uniform(0.18, 0.35), 0.55, rng.uniform(0.4, 0.7) * light),
            )
        for x in sorted(rng.uniform(0, 1, rng.integers(5, 10))):  # trees
            foot, tall, green = horizon + rng.uniform(0, 0.12), rng.uniform(0.2, 0.4), rng.uniform(0.25, 0.4)
            trunk = [side * (x - 0.012), side * (foot - tall / 2), side * (x + 0.012), side * foot]
            draw.rectangle(trunk, _rgb(0.08, 0.5, 0.3 * light))
            for _ in range(5):
                dx, dy, r = rng.uniform(-0.06, 0.06), rng.uniform(-0.1, 0.06), rng.uniform(0.05, 0.09)
                cx, cy = side * (x + dx), side * (foot - tall * 0.75 + dy)
                leaf = _rgb(green, 0.6, rng.uniform(0.25, 0.5) * light)
                draw.ellipse([cx - side * r, cy - side * r, cx + side * r, cy + side * r], leaf)
    else:
        deep = rng.uniform(0.5, 0.62)
        for row in range(round(side * horizon), side):
            share = (row / side - horizon) / (1 - horizon)
            draw.line([(0, row), (side, row)], _rgb(deep, 0.35 + 0.35 * share, (0.85 - 0.3 * share) * light))
        for _ in range(60):  # ripples, longer the nearer they are
            y = horizon + (1 - horizon) * rng.uniform(0, 1) ** 1.5
            x, long = rng.uniform(0, 1), (0.04 + 0.25 * (y - horizon)) * rng.uniform(0.5, 1.5)
            draw.line([(side * (x - long), side * y), (side * (x + long), side * y)], _rgb(deep, 0.25, 0.95 * light), 2)
    small = image.resize((_PLACE, _PLACE), Image.Resampling.BOX)
    return np.asarray(small.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB"))


def _letters() -> None:
    """Every letter in a cell of its own, its pen at the same place, capitals in the middle of the height."""
    font: Any = ImageFont.load_default(size=_FONT)
    rows = []
    for letter in LETTERS:
        cell = Image.new("L", (_CELL[1], _CELL[0]))
        ImageDraw.Draw(cell).text((_BEARING, _TOP), letter, 255, font)
        rows.append(np.asarray(cell))
    lengths = np.array([font.getlength(letter) for letter in LETTERS], np.float64)
    save("_letters", {"images": np.stack(rows), "advances": lengths, "letters": np.array(list(LETTERS))})


def write(name: str, one: Callable[[int, Rng], Pixels], classes: list[str], each: int) -> None:
    """Draw a bank; each picture has a generator of its own."""
    rows = [(kind, k) for kind in range(len(classes)) for k in range(each)]
    images = np.stack([one(kind, np.random.default_rng([kind, k])) for kind, k in rows])
    labels = np.array([classes[kind] for kind, _ in rows])
    save(name, {"images": images, "labels": labels})


def save(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a bank."""
    OUT.mkdir(exist_ok=True)
    with zipfile.ZipFile(OUT / f"{name}.npz", "w") as archive:  # no times in it: the same pictures are the same file
        for part, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{part}.npy"), buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)
    count, shape = len(arrays["images"]), arrays["images"].shape[1:]
    print(f"{name}: {count} pictures of {shape}, {(OUT / f'{name}.npz').stat().st_size:,} bytes")


_BANKS: dict[str, Callable[[], None]] = {
    "digits": lambda: write("digits", _digit, list("0123456789"), _EACH_DIGIT),
    "birds": lambda: write("birds", _bird, ["land", "water"], _EACH_BIRD),
    "places": lambda: write("places", _place, ["land", "water"], _EACH_PLACE),
    "_letters": _letters,
}


def main() -> None:
    """Draw the banks that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=_BANKS)
    for name in parser.parse_args().names:
        _BANKS[name]()


if __name__ == "__main__":
    main()
