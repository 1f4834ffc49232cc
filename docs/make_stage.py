"""Write the page of the stage language: every object, material and lamp with its keys, and what an example shows.

python docs/make_stage.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from moving import BODIES, PARTS, PHYSICAL
from PIL import Image
from stages import EXAMPLES, TOPPLED, document

from scmgen.render.deep import packed_normals
from scmgen.render.frame import Pixels
from scmgen.render.stage.words import (
    BODY,
    BOUNCES,
    CAMERA,
    JOINTS,
    LIGHTS,
    MATERIALS,
    OBJECTS,
    PHYSICS,
    STAGE,
    STEP,
    STEPS,
    Key,
    Word,
)
from scmgen.scene.scene import compile_scene

HERE = Path(__file__).parent
MEASURED = HERE.parent / "benchmarks" / "results" / "rendering.json"
SIZE = 96  # pixels of a picture
MOMENTS = (0.0, 0.33, 0.45, 1.0)  # of the example of physics
INTRO = """# The stage language

Made by `python docs/make_stage.py`, whose examples are what the pictures show.

A scene with `renderer: mitsuba` or `renderer: mujoco` has a `stage` in place of `draw`: a camera, lamps and objects in
three dimensions (`pip install 'scmgen[3d]'`). [Mitsuba 3](https://mitsuba.readthedocs.io) renders them path by path;
[MuJoCo](https://mujoco.readthedocs.io) draws them with OpenGL, [quicker and plainer](#two-renderers). Equations,
factors, interventions, shards and labels are those of any scene. Every number is an expression of the
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
  bodies: [...]                 # if parts turn or slide on each other
  physics: {{seconds: 1}}         # if they fall, swing and push each other (renderer: mujoco)
  lights: [...]
  objects: [...]
```

`seed` decides which paths light takes, and so the grain of Mitsuba's images. It reads a variable of the sample's own
noise, so that a factual image and its counterfactual have the same grain: pixels that a do does not reach are equal.
Samples are drawn on one thread, and their bytes are equal in all processes of a machine; on another one, or by another
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

Seconds of the processor an image, one thread (`python benchmarks/rendering`):

{cost}
{built}"""
OBJECT = """## Objects

All have these keys, and one of `rgb`, `hsv` and `texture`, a list of [marks](drawing.md) that is laid around them from
the lower left; `group` names what a mask shows. [A `repeat` block](language.md#repeating-objects) may hold
`stage: {{objects: [...]}}`, `lights` and `bodies`.

{common}
"""
RENDERERS = """## Two renderers

The same stage under both: the same camera, places, masks, depths and normals, and the same light where none is thrown
from one surface to the next. Left Mitsuba, right MuJoCo:

![The arm by Mitsuba](../images/stage/arm.png) ![The arm by MuJoCo](../images/stage/arm-mujoco.png)

| | `renderer: mitsuba` | `renderer: mujoco` |
|---|---|---|
| light between surfaces | over `bounces` of them | none: `bounces` is not read |
| materials | all | `diffuse`, `plastic` |
| lamps | all | `constant`, which reaches every corner; `point`, without shadows; `spot`, up to 1.25 radians wide |
| `samples` | paths a pixel, with grain | places in a pixel, evenly spread, without grain |
| `seed` | needed | may be left out |
| [physics](#physics) | no | yes |
| soft shadows | of any lamp with an extent | of a `spot`, drawn sharp 16 times; `soft: 0, blur: 0` is quickest |
| `--masks`, `--depth`, `--normals`, `audit`, `explore` | yes | yes |
| needs | nothing else | OpenGL, by EGL or OSMesa: `apt install libegl1 libgl1-mesa-dri`, or `libosmesa6` |
| bytes | equal in all processes of a machine | equal in all processes of a machine, by EGL and by OSMesa |
| `scmgen verify` allows | 5 % of the bytes of an image, 1 % of all | the same: other drivers round otherwise |

Without a graphics card Mesa draws on the processor. MuJoCo computes light at the corners of triangles and fills in
between: a box and a plane are cut into many, a plane finest about its middle. Of a mesh that is not closed the inside
is lit as the outside is. What MuJoCo does not draw is told with its line when a scene is read.
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


def picture(name: str, renderer: str = "mitsuba") -> Pixels:
    """What an example shows."""
    image: Pixels = compile_scene(document(EXAMPLES[name], renderer)).render({"u": 0.5}, SIZE)[0]
    return image


def deep() -> dict[str, Pixels]:
    """Depth, the nearer the brighter, and normals of the example of several parts, as pictures."""
    scene = compile_scene(document(EXAMPLES["body"]))
    away, facing = (told({"u": 0.5}, SIZE)[0] for told in (scene.depth, scene.normals))
    there = away > 0
    near, far = away[there].min(), np.percentile(away[there], 95)
    light = np.where(there, np.clip(1 - 0.9 * (away - near) / (far - near), 0.1, 1), 0)
    return {"depth": np.rint(255 * light).astype(np.uint8), "normals": packed_normals(facing)}


def moments() -> Pixels:
    """What the example of physics shows at some moments, side by side."""
    images = compile_scene(document(TOPPLED, "mujoco")).render({"u": MOMENTS}, SIZE)
    return np.concatenate(list(images), axis=1)


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
    told = written(EXAMPLES[name][kind][1:] or EXAMPLES[name][kind])
    return f"![{name}](../images/stage/{name}.png)\n\n{note}```yaml\n{told}\n```\n"


def written(told: Any) -> str:
    """A part of a stage as YAML."""
    return yaml.dump(told, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110).rstrip()


def carried() -> str:
    """What the page says of bodies."""
    arm = EXAMPLES["arm"]
    joints = {
        name: ", ".join(f"`{key}`, {known.meaning}" for key, known in word.keys.items())
        for name, word in JOINTS.items()
    }
    example = written({"bodies": arm["bodies"], "objects": arm["objects"][1:]})
    return BODIES.format(body=table(BODY.keys), example=example, **joints)


def physical() -> str:
    """What the page says of physics."""
    example = written({key: TOPPLED[key] for key in ("physics", "bodies", "objects")})
    return PHYSICAL.format(physics=table(PHYSICS.keys), step=STEP, steps=STEPS, example=example)


def cost() -> str:
    """What images take, as measured."""
    found = json.loads(MEASURED.read_text())["scenes"]
    sizes = list(next(iter(found.values()))["seconds"])
    rows = [
        f"| `{name}` | {told['renderer']} | {told['samples']} | "
        + " | ".join(f"{told['seconds'][size]:.2g}" for size in sizes)
        + f" | {told['load']} |"
        for name, told in found.items()
    ]
    head = "| scene | renderer | samples | " + " | ".join(f"{size} px" for size in sizes) + " | load |"
    return "\n".join([head, "|---" * (4 + len(sizes)) + "|", *rows])


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
    intro = INTRO.format(
        built=builds(),
        cost=cost(),
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
            RENDERERS,
            OBJECT.format(common=table(common)),
            words(OBJECTS, "objects", common),
            PARTS,
            example("body", "objects"),
            carried(),
            physical(),
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
    for name, image in {**deep(), "arm-mujoco": picture("arm", "mujoco"), "physics": moments()}.items():
        Image.fromarray(image).save(HERE / "images" / "stage" / f"{name}.png", optimize=True)
    (HERE / "reference" / "stage.md").write_text(page())


if __name__ == "__main__":
    main()
