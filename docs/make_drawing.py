"""Write the page of the drawing language: every mark with its channels, an example, and what the example draws.

python docs/make_drawing.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageDraw

from scmgen.pictures import brought
from scmgen.pictures.bank import bank
from scmgen.render.marks import MARKS, Mark
from scmgen.render.renderer import Pixels
from scmgen.scene import words
from scmgen.scene.scene import SceneDocument, compile_scene
from scmgen.scene.words import Channel

HERE = Path(__file__).parent
SIZE = 160  # pixels of a picture
GROUND = [{"mark": "fill", "rgb": [0.96, 0.95, 0.92]}]
BALL = {"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.3, "rgb": [0.84, 0.36, 0.24], "group": "ball"}
INK: dict[str, Any] = {"rgb": [0.16, 0.30, 0.52]}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "fill": [{"mark": "fill", "hsv": [0.55, 0.4, 0.9]}],
    "disc": [{"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.3, **INK}],
    "ellipse": [{"mark": "ellipse", "x": 0.5, "y": 0.5, "rx": 0.36, "ry": 0.16, "rotate": "pi / 6", **INK}],
    "rect": [{"mark": "rect", "x": 0.5, "y": 0.5, "width": 0.6, "height": 0.3, "rotate": "pi / 12", **INK}],
    "line": [{"mark": "line", "x1": 0.2, "y1": 0.25, "x2": 0.8, "y2": 0.75, "width": 0.06, **INK}],
    "ring": [{"mark": "ring", "x": 0.5, "y": 0.5, "radius": 0.28, "width": 0.08, **INK}],
    "polygon": [{"mark": "polygon", "x": 0.5, "y": 0.5, "radius": 0.34, "sides": 6, **INK}],
    "star": [{"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.36, "tips": 7, "inner": 0.55, **INK}],
    "path": [{"mark": "path", "points": [[0.2, 0.2], [0.8, 0.3], [0.55, 0.5], [0.7, 0.85]], **INK}],
    "gradient": [{"mark": "gradient", "x1": 0, "y1": 0, "x2": 1, "y2": 1, **INK, "to_hsv": [0.1, 0.5, 1]}],
    "texture": [{"mark": "texture", "scale": 0.25, "seed": 4, **INK, "to_rgb": [0.86, 0.90, 0.94]}],
    "stripes": [{"mark": "stripes", "scale": 0.2, "rotate": "pi / 5", **INK, "to_rgb": [0.86, 0.90, 0.94]}],
    "curve": [{"mark": "curve", "points": [[0.1, 0.2], [0.3, 1.1], [0.7, -0.1], [0.9, 0.8]], "width": 0.05, **INK}],
    "glyph": [
        {"mark": "glyph", "pictures": "shapes", "number": 0, "x": 0.28, "y": 0.5, "height": 0.6, **INK},
        {
            "mark": "glyph",
            "pictures": "shapes",
            "number": 0,
            "x": 0.72,
            "y": 0.5,
            "height": 0.6,
            "grow": 0.03,
            "slant": 0.3,
            **INK,
        },
    ],
    "picture": [
        {"mark": "picture", "pictures": "photos", "number": 0, "x": 0.5, "y": 0.5, "height": 1},
        {
            "mark": "picture",
            "pictures": "photos",
            "number": 0,
            "x": 0.5,
            "y": 0.5,
            "height": 0.5,
            "rotate": "pi / 8",
            "crop": 0.4,
            "rgb": [1, 0.8, 0.6],
        },
    ],
    "text": [
        {"mark": "text", "text": "do(x)", "x": 0.5, "y": 0.75, "height": 0.14, **INK},
        {"mark": "text", "value": 36.62, "decimals": 1, "x": 0.5, "y": 0.48, "height": 0.12, "grow": 0.003, **INK},
        {
            "mark": "text",
            "text": ["cold", "warm"],
            "value": "u > 0.4",
            "x": 0.5,
            "y": 0.2,
            "height": 0.12,
            "rotate": "pi / 12",
            "rgb": [0.84, 0.36, 0.24],
        },
    ],
    "blur": [BALL, {"mark": "blur", "radius": 0.04}],
    "grain": [BALL, {"mark": "grain", "amount": 0.12, "seed": 1}],
}
BLENDED = [
    BALL,
    {"mark": "stripes", "scale": 0.1, "rgb": [1, 1, 1], "to_rgb": [0.5, 0.5, 0.6], "blend": "multiply", "clip": "ball"},
    {"mark": "disc", "x": 0.4, "y": 0.6, "radius": 0.15, "soft": 0.2, "rgb": [0.6, 0.6, 0.6], "blend": "screen"},
]
INTRO = """# The drawing language

Made by `python docs/make_drawing.py`, whose examples are what the pictures show.

The `draw` list of a scene holds marks, back to front. Every channel is an expression of the
[equation language](language.md) that may read any variable, parameter and level, but has no noise of its own. The
frame is the unit square, its origin at the lower left: lengths (unit `frame`) are shares of its side, so all sizes
look alike. Angles are radians, counter-clockwise; colours are `rgb`, three numbers from 0 to 1, or `hsv`, whose hue is
in turns; what runs from colour to colour has `to_rgb` or `to_hsv` besides.
Edges are smoothed by the exact share of each pixel that is covered, and pixels do not depend on the machine.

A frame may be wider or taller than a square (`--size 96x64`, in a recipe `size: [96, 64]`): then the unit square is
the largest in its middle, and more of the world shows at its sides. A background that shall fill every frame is a
`fill`, a `gradient` or a texture, or reaches far beyond the square. `--channels grey` keeps the brightness alone.

Channels and words that every mark has; `scmgen marks` lists the marks, and `scmgen marks disc` tells of one:

{common}

A plug-in adds marks (`@scmgen.mark`), and what the section `Args` of its docstring says of a channel is shown by
`scmgen marks NAME --plugin my.py`. Several objects are written once by a
[`repeat` block](language.md#repeating-objects).
"""


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def document(marks: list[dict[str, Any]]) -> SceneDocument:
    """A scene that draws some marks."""
    plain = {"name": "example", "equations": {"u": "uniform(0, 1)"}, "factors": {"u": {"range": [0, 1]}}}
    shown = {mark["pictures"]: {"kind": mark["mark"]} for mark in marks if "pictures" in mark}
    return SceneDocument.model_validate({**plain, "pictures": shown, "draw": [*GROUND, *marks]})


def bring() -> None:
    """The pictures of the examples: a figure of strokes, and a pattern of colours."""
    figure = Image.new("L", (112, 112))
    ImageDraw.Draw(figure).line([(80, 20), (36, 20), (34, 52), (74, 60), (70, 88), (32, 92)], 255, 10, "curve")
    strokes = np.asarray(figure.resize((28, 28), Image.Resampling.BOX))
    y, x = np.mgrid[0:64, 0:64]
    colours = np.stack([4 * x, 4 * y, 255 - 2 * x - 2 * y], axis=2).astype(np.uint8)
    for name, pixels in (("shapes", strokes), ("photos", colours)):
        brought.BANKS[name] = bank(name, [pixels], np.zeros(1, np.int64), ("",))


def picture(marks: list[dict[str, Any]]) -> Pixels:
    """What they draw."""
    bring()
    image: Pixels = compile_scene(document(marks)).render({"u": 0.5}, SIZE)[0]
    return image


def section(name: str, word: Mark, marks: list[dict[str, Any]]) -> str:
    """What the page says of a mark."""
    own = words.channels(name)
    return "\n".join(
        [f"## {name}", word.summary, "", *([table(own), ""] if own else []), example(f"marks/{name}", marks)]
    )


def table(channels: list[Channel]) -> str:
    """Channels, a row each."""
    rows = [
        f"| `{one.name.replace(' or ', '` or `')}` | {one.default} | {one.unit} | {one.meaning} |" for one in channels
    ]
    return "\n".join(["| channel | default | unit | what it is |", "|---|---|---|---|", *rows])


def example(name: str, marks: list[dict[str, Any]]) -> str:
    """Marks as a scene has them, and the picture."""
    lines = yaml.dump(marks, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110).rstrip()
    return f"![{name.rpartition('/')[2]}](../images/{name}.png)\n\n```yaml\n{lines}\n```\n"


def page() -> str:
    """The whole page."""
    parts = [section(name, MARKS[name], marks) for name, marks in EXAMPLES.items()]
    blended = (
        "## Blending and clipping\nShades and lights multiply and screen what is below; `clip` keeps them on a thing.\n"
    )
    return "\n".join(
        [INTRO.format(common=table(words.common("disc"))), *parts, blended, example("marks/blended", BLENDED)]
    )


def main() -> None:
    """Draw everything."""
    for name, marks in {**EXAMPLES, "blended": BLENDED}.items():
        Image.fromarray(picture(marks)).save(HERE / "images" / "marks" / f"{name}.png", optimize=True)
    (HERE / "reference" / "drawing.md").write_text(page())


if __name__ == "__main__":
    main()
