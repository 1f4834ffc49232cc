"""Write the page of the stage language: every object, material and lamp with its keys, and what an example shows.

python docs/make_stage.py
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.render.deep import packed_normals
from scmgen.render.frame import Pixels
from scmgen.render.stage.words import BOUNCES, CAMERA, LIGHTS, MATERIALS, OBJECTS, STAGE, Key, Word
from scmgen.scene.scene import SceneDocument, compile_scene

HERE = Path(__file__).parent
MEASURED = HERE.parent / "benchmarks" / "results" / "rendering.json"
SIZE = 96  # pixels of a picture
BLUE: dict[str, Any] = {"hsv": [0.58, 0.7, 0.8]}
FLOOR: dict[str, Any] = {"object": "plane", "size": 30, "rgb": [0.8, 0.78, 0.74]}
SKY: dict[str, Any] = {"light": "constant", "rgb": [0.9, 0.92, 0.96], "power": 0.7}
LAMP: dict[str, Any] = {"light": "spot", "at": [3, -3, 5], "rgb": [1, 0.95, 0.85], "power": 30, "soft": 0.4}
CHECKS = [
    {"mark": "stripes", "scale": 0.25, "rgb": [0.95, 0.9, 0.8], "to_rgb": [0.75, 0.25, 0.2], "contrast": 9},
    {"mark": "disc", "x": 0.75, "y": 0.5, "radius": 0.1, "rgb": [0.1, 0.15, 0.3]},
]


def _on(thing: dict[str, Any]) -> dict[str, Any]:
    return {"lights": [SKY, LAMP], "objects": [FLOOR, thing]}


def _under(*lamps: dict[str, Any]) -> dict[str, Any]:
    ball = {"object": "sphere", "at": [0, 0, 0.6], "size": 1.2, **BLUE}
    return {"lights": list(lamps), "objects": [FLOOR, ball]}


_DIM = {**SKY, "power": 0.15}
EXAMPLES: dict[str, dict[str, Any]] = {
    "sphere": _on({"object": "sphere", "at": [0, 0, 0.6], "size": [1.4, 1, 1.2], **BLUE}),
    "box": _on({"object": "box", "at": [0, 0, 0.5], "rotate": [0, 0, 0.6], "size": [1.2, 0.8, 1], "texture": CHECKS}),
    "cylinder": _on({"object": "cylinder", "at": [0, 0, 0.6], "size": 1.2, "texture": CHECKS}),
    "cone": _on({"object": "cone", "at": [0, 0, 0.7], "size": 1.4, **BLUE}),
    "torus": _on({"object": "torus", "at": [0, 0, 0.7], "rotate": [0.9, 0, 0.3], "size": 1.6, "texture": CHECKS}),
    "plane": _on({"object": "plane", "at": [0, 0, 0.8], "rotate": [1.2, 0, 0.4], "size": 1.4, "texture": CHECKS}),
    "mesh": _on(
        {"object": "mesh", "meshes": "things", "at": [0, 0, 0.8], "rotate": [1.1, 0, 0.2], "size": 1.6, **BLUE}
    ),
    **{
        name: _on({"object": "sphere", "at": [0, 0, 0.7], "size": 1.4, "material": name, "roughness": 0.2, **BLUE})
        for name in MATERIALS
    },
    "constant": _under(SKY),
    "point": _under(_DIM, {"light": "point", "at": [2, -2, 3], "rgb": [1, 0.9, 0.7], "power": 14}),
    "spot": _under(_DIM, {**LAMP, "target": [0, 0, 0.5], "angle": 0.3, "hsv": [0.1, 0.5, 1], "power": 40}),
    "area": _under(_DIM, {"light": "area", "at": [-2, -2, 3], "size": 2, "rgb": [0.9, 1, 1], "power": 3}),
}
EXAMPLES["spot"]["lights"][1].pop("rgb")
BODY: dict[str, Any] = {"at": [0, 0, 0.9], "rotate": ["0.6 * u", 0, 0.5]}
EXAMPLES["body"] = {
    "lights": [SKY, LAMP],
    "objects": [
        FLOOR,
        {"object": "cylinder", **BODY, "size": [0.9, 0.9, 1.1], **BLUE},
        {"object": "torus", **BODY, "shift": [0.5, 0, 0], "tilt": ["pi / 2", 0, 0], "size": 0.7, "rgb": [1, 1, 1]},
    ],
}
INTRO = """# The stage language

Made by `python docs/make_stage.py`, whose examples are what the pictures show.

A scene with `renderer: mitsuba` has a `stage` in place of `draw`: a camera, lamps and objects in three dimensions,
which [Mitsuba 3](https://mitsuba.readthedocs.io) renders path by path (`pip install 'scmgen[3d]'`). Equations, factors,
interventions, shards and labels are those of any scene. Every number is an expression of the
[equation language](language.md) that may read any variable, parameter and level, but has no noise of its own. The axis
z points upwards, angles are radians, lengths have no unit but each other; colours are `rgb` or `hsv`, as in the
[drawing language](drawing.md), from 0 to 1 as a screen shows them. What cannot be rendered is told before anything is
written: a size of 0, a camera inside an object, an `up` in the direction of view.

```yaml
renderer: mitsuba
stage:
  samples: 64                   # paths a pixel, a square number; nothing is smoothed afterwards
  seed: speckle                 # equations: {{speckle: "uniform(0, 1)"}}
  camera: {{origin: [0, -5, 2.2], target: [0, 0, 0.6]}}
  lights: [...]
  objects: [...]
```

`seed` decides which paths light takes, and so the grain of the image. It reads a variable of the sample's own noise,
so that a factual image and its counterfactual have the same grain: pixels that a do does not reach are equal. Samples
are drawn on one thread, and their bytes are equal in all processes of a machine; on another machine, or by another
version of Mitsuba, some bytes differ, and `scmgen verify` allows 5 % of those of an image and 1 % of all.

| key | default | unit | what it is |
|---|---|---|---|
{stage}
| `samples` | 64 | count | paths a pixel, a square number: four times as many halve the grain |
| `bounces` | 4 | count | from one surface to how many others light is followed, from {least} to {most} |

The keys of the camera:

{camera}

`scmgen show` draws with 9 samples a pixel, and says so, where a sheet would take more than 20 seconds; the explorer
begins with small images; an audit compares rough ones. A build draws with all samples, and so does what verifies it.
Where a shard would take more than a minute, what is drawn of it is kept every 15 seconds beside it, so that the same
command goes on in the middle of a shard.

Seconds of the processor an image, one thread, {renderer} (`python benchmarks/rendering`, at a load of {load}):

{cost}
{built}"""
OBJECT = """## Objects

All have these keys, and one of `rgb`, `hsv` and `texture`, a list of [marks](drawing.md) that is laid around them from
the lower left; `group` names what a mask shows. [A `repeat` block](language.md#repeating-objects) may hold
`stage: {{objects: [...]}}` and `lights`.

{common}
"""
PARTS = """## Things of several parts

Parts of one thing have the same `at` and `rotate`; where each sits in it, `shift` and `tilt` say.
"""


DEEP = """## Depth and normals

`scmgen build --depth --normals` (in a recipe `depth: true`) writes beside each image how far away what is seen is, and
which way it faces, as members of a sample such as masks are: `depth`, `depth_cf`, `normals`, ... Both are of the middle
of each pixel, without noise, and of the stage alone: light that is mirrored or bent does not count. A depth is a number
of lengths along the direction of view, from the plane of the camera; a normal has the axes of the stage and points
towards the camera.

![depth](../images/stage/depth.png) ![normals](../images/stage/normals.png)

```python
import scmgen

data = scmgen.load("data/still-life")
away = scmgen.depth(data.images("train", "depth")[:8])  # (8, 64, 64) float32, lengths; 0: nothing is there
facing = scmgen.normals(data.images("train", "normals")[:8])  # (8, 64, 64, 3) float32, of length 1
```

They are stored without loss, a depth in steps of a ten-thousandth of a length
([format.md](format.md#a-sample)); `scene.depth(values, size)` and `scene.normals(values, size)` give them without a
disk.
"""


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def knot() -> None:
    """Bring the mesh of the example, if nobody has: a trefoil knot of thick rope, as an OBJ file."""
    if "things" in brought.BANKS:
        return
    along, around = np.meshgrid(*(2 * np.pi * np.arange(count) / count for count in (160, 16)), indexing="ij")

    def line(t: Any) -> Any:
        return np.stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)], axis=-1)

    ahead = line(along + 1e-4) - line(along - 1e-4)
    side = np.cross(ahead, line(along))
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    up = np.cross(side, ahead / np.linalg.norm(ahead, axis=-1, keepdims=True))
    points = line(along) + 0.55 * (np.cos(around)[..., None] * side + np.sin(around)[..., None] * up)
    number = 1 + np.arange(points.size // 3).reshape(along.shape)
    corners = [np.roll(number, shift, (0, 1)).ravel() for shift in ((0, 0), (0, -1), (-1, -1), (-1, 0))]
    with tempfile.TemporaryDirectory() as folder:
        rows = [("v", point) for point in points.reshape(-1, 3)] + [("f", face) for face in np.stack(corners, axis=1)]
        text = "".join(f"{word} {' '.join(f'{number:.9g}' for number in row)}\n" for word, row in rows)
        (Path(folder) / "knot.obj").write_text(text)
        brought.bring(Given("things", Path(folder), "meshes"))


def document(stage: Mapping[str, Any]) -> SceneDocument:
    """A scene with the lamps and objects of an example."""
    knot()
    return SceneDocument.model_validate(
        {
            "name": "example",
            "meshes": ["things"],
            "equations": {"u": "uniform(0, 1)"},
            "factors": {"u": {"range": [0, 1]}},
            "renderer": "mitsuba",
            "stage": {
                "samples": 36,
                "seed": "u",
                "camera": {"origin": [0, -5, 2.2], "target": [0, 0, 0.6], "fov": 0.5},
                **stage,
            },
        }
    )


def picture(name: str) -> Pixels:
    """What an example shows."""
    image: Pixels = compile_scene(document(EXAMPLES[name])).render({"u": 0.5}, SIZE)[0]
    return image


def deep() -> dict[str, Pixels]:
    """Depth, the nearer the brighter, and normals of the example of several parts, as pictures."""
    scene = compile_scene(document(EXAMPLES["body"]))
    away, facing = (told({"u": 0.5}, SIZE)[0] for told in (scene.depth, scene.normals))
    there = away > 0
    near, far = away[there].min(), np.percentile(away[there], 95)
    light = np.where(there, np.clip(1 - 0.9 * (away - near) / (far - near), 0.1, 1), 0)
    return {"depth": np.rint(255 * light).astype(np.uint8), "normals": packed_normals(facing)}


def table(keys: Mapping[str, Key], known: Mapping[str, Key] | None = None) -> str:
    """Keys, a row each, but those that are known."""
    told = [row(name, key) for name, key in keys.items() if name not in (known or {})]
    return "\n".join(["| key | default | unit | what it is |", "|---|---|---|---|", *told]) if told else ""


def row(name: str, key: Key) -> str:
    """A key in a table."""
    default = "needed" if key.default is None else ", ".join(key.default)
    return f"| `{name}` | {default if len(key.default or ()) < 2 else f'[{default}]'} | {key.unit} | {key.meaning} |"


def example(name: str, kind: str, note: str = "") -> str:
    """The picture, and of the stage what it is about."""
    told = EXAMPLES[name][kind][1:] or EXAMPLES[name][kind]
    lines = yaml.dump(told, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110).rstrip()
    return f"![{name}](../images/stage/{name}.png)\n\n{note}```yaml\n{lines}\n```\n"


def cost() -> str:
    """What images take, as measured."""
    found = json.loads(MEASURED.read_text())["scenes"]
    sizes = list(next(iter(found.values()))["seconds"])
    rows = [
        f"| `{name}` | {told['samples']} | " + " | ".join(f"{told['seconds'][size]:.2g}" for size in sizes) + " |"
        for name, told in found.items()
    ]
    head = "| scene | samples | " + " | ".join(f"{size} px" for size in sizes) + " |"
    return "\n".join([head, "|---" * (2 + len(sizes)) + "|", *rows])


def builds() -> str:
    """What whole builds took, as measured."""
    rows = [
        f"| `{name.rpartition('-')[0]}` | {told['pairs']:,} | {told['size']} px | {told['seconds']:,} | "
        f"{told['cpu_seconds']:,} | {told['bytes'] / 1e6:.1f} | {told['load']} |"
        for name, told in json.loads(MEASURED.read_text()).get("built", {}).items()
    ]
    head = "| data set | pairs | images | seconds | seconds of the processor | MB | load |"
    said = "\nWhole builds, one process:\n\n"
    return "\n".join([said + head, "|---" * 7 + "|", *rows, ""]) if rows else ""


def words(names: Mapping[str, Word], kind: str, common: Mapping[str, Key]) -> str:
    """A section a word."""
    parts = []
    for name, word in names.items():
        keys = table(word.keys, common)
        parts.append(f"### {name}\n\n{word.summary}\n\n{keys + chr(10) * 2 if keys else ''}{example(name, kind)}")
    return "\n".join(parts)


def page() -> str:
    """The whole page."""
    least, most = BOUNCES
    told = json.loads(MEASURED.read_text())
    intro = INTRO.format(
        built=builds(),
        cost=cost(),
        load=told["load"],
        renderer=told["renderer"].split(",")[0],
        stage="\n".join(row(name, key) for name, key in STAGE.items()),
        camera=table(CAMERA.keys),
        least=least,
        most=most,
    )
    common = OBJECTS["sphere"].keys
    materials = "\n".join(
        f"### {name}\n\n{what[0].upper()}{what[1:]}.\n\n![{name}](../images/stage/{name}.png)\n"
        for name, what in MATERIALS.items()
    )
    return "\n".join(
        [
            intro,
            OBJECT.format(common=table(common)),
            words(OBJECTS, "objects", common),
            PARTS,
            example("body", "objects"),
            DEEP,
            "## Materials\n\n`material` says what an object is made of; `roughness` is 0.2 in these pictures.\n",
            materials,
            "## Lamps\n\nOf the keys that are numbers; each has a colour, `rgb` or `hsv`.\n",
            words(LIGHTS, "lights", {}),
        ]
    )


def main() -> None:
    """Render everything."""
    for name in EXAMPLES:
        Image.fromarray(picture(name)).save(HERE / "images" / "stage" / f"{name}.png", optimize=True)
    for name, image in deep().items():
        Image.fromarray(image).save(HERE / "images" / "stage" / f"{name}.png", optimize=True)
    (HERE / "reference" / "stage.md").write_text(page())


if __name__ == "__main__":
    main()
