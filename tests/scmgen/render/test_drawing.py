"""Drawings: origin, order, colours and groups, rows of when, and the marks of a plug-in from scene to data."""

from __future__ import annotations

import colorsys
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import BLACK, drawing, picture

from scmgen import ScmgenError


def test_the_origin_is_at_the_lower_left() -> None:
    image = picture({"mark": "disc", "x": 0.25, "y": 0.25, "radius": 0.1, **BLACK})
    assert image[48, 16].tolist() == [0, 0, 0] and image[16, 16].tolist() == [255, 255, 255]


def test_marks_are_drawn_back_to_front_with_alpha() -> None:
    over: list[dict[str, Any]] = [{"mark": "fill", "rgb": [1, 0, 0]}, {"mark": "fill", "rgb": [0, 0, 1], "alpha": 0.25}]
    np.testing.assert_allclose(picture(*over)[0, 0], [191, 0, 64], atol=1)


@pytest.mark.parametrize("hue", np.linspace(-1, 2, 25))
@pytest.mark.parametrize(("saturation", "value"), [(0.0, 0.5), (0.4, 0.8), (1.0, 1.0)])
def test_hsv_is_that_of_colorsys_and_circular(hue: float, saturation: float, value: float) -> None:
    colour = picture({"mark": "fill", "hsv": [hue, saturation, value]}, size=16)[0, 0]
    np.testing.assert_allclose(colour, 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value)), atol=1)


def test_colours_out_of_range_are_clipped() -> None:
    assert picture({"mark": "fill", "rgb": [2, -1, 0.5]}, size=16)[0, 0].tolist() in ([255, 0, 127], [255, 0, 128])


def test_when_chooses_row_by_row() -> None:
    scene = drawing({"mark": "fill", **BLACK, "when": "a > 0.5"})
    images = scene.render({"a": np.array([0.2, 0.9, 0.5])}, 16)
    assert images.reshape(3, -1).mean(axis=1).tolist() == [255, 0, 255]


def test_a_group_is_masked_where_it_is_on_top() -> None:
    floor = {"mark": "rect", "x": 0.5, "y": 0.25, "width": 1, "height": 0.5, "group": "floor", **BLACK}
    ball = {"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.2, "group": "ball", **BLACK}
    scene = drawing(floor, ball)
    mask = scene.masks({"a": 0.5}, 64)[0]
    assert scene.renderer.groups == ("floor", "ball")
    assert [mask[60, 5], mask[32, 32], mask[5, 5]] == [1, 2, 0]


@pytest.mark.parametrize(
    ("channel", "value", "shown"),
    [("alpha", "sqrt(a - 1)", "nan"), ("when", "sqrt(a - 1)", "nan"), ("radius", "1 / (a - 0.5)", "inf")],
)
def test_a_channel_that_is_not_finite_is_named(channel: str, value: str, shown: str) -> None:
    scene = drawing({"mark": "disc", "x": 0, "y": 0, "radius": 1, **BLACK, channel: value})
    with pytest.raises(ScmgenError) as caught:
        scene.render({"a": [2.0, 0.5]})
    assert str(caught.value) == f"s: draw.0.{channel}: {value!r} is {shown} in row 1; it read a = 0.5"


# Plug-ins

PLUGIN = '''
import numpy as np
import scmgen


@scmgen.function()
def wobble(x, speed=3.0):
    return np.sin(speed * x)


@scmgen.mark
def kite(x, y, size, turn, tail="0.5"):
    """A kite."""
    return scmgen.Shape(4, [x, y + size, x + size / 2, y, x, y - size - tail * size, x - size / 2, y])
'''

SCENE = """
name: kites
equations:
  a: uniform(0.3, 0.7)
  b: 0.5 + 0.1 * wobble(a) + uniform(-0.1, 0.1)
factors:
  a: {range: [0.3, 0.7]}
  b: {range: [0.4, 0.8]}
draw:
  - {mark: kite, x: a, y: b, size: 0.2, rgb: [0, 0, 0]}
"""


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def test_a_plugin_from_scene_to_verified_data(tmp_path: Path) -> None:
    plugin, scene, out = tmp_path / "kites.py", tmp_path / "kites.yaml", tmp_path / "out"
    plugin.write_text(PLUGIN)
    scene.write_text(SCENE)
    without = command("validate", scene)
    assert without.returncode == 2 and "unknown function 'wobble'" in without.stderr
    sizes = ("--n", "40", "--shard-size", "10", "--size", "16", "-o", out)
    built = command("build", scene, "--plugin", plugin, "--interventions", "-j", "2", *sizes)
    assert (built.returncode, built.stderr) == (0, "")
    verified = command("verify", out, "--all", "-j", "2", "--plugin", plugin)
    assert (verified.returncode, verified.stderr) == (0, "") and verified.stdout.endswith(f"{out}: verified\n")
    unaided = command("verify", out)
    assert unaided.returncode == 2 and "kites.py" in unaided.stderr and "Traceback" not in unaided.stderr
