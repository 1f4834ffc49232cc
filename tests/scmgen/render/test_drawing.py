"""Marks: channels, defaults, colours, masks of when, and the words of their errors."""

from __future__ import annotations

import colorsys
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scmgen import ScmgenError, Shape, mark
from scmgen.render import marks
from scmgen.render.renderer import Pixels
from scmgen.render.shapes import POLYGON
from scmgen.scene.scene import SceneDocument, compile_scene

BLACK = {"rgb": [0, 0, 0]}
AREAS: list[tuple[dict[str, Any], float]] = [  # a mark, and the share of the frame that it covers
    ({"mark": "fill"}, 1.0),
    ({"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.25}, np.pi * 0.25**2),
    ({"mark": "ellipse", "x": 0.5, "y": 0.5, "rx": 0.3, "ry": 0.1}, np.pi * 0.03),
    ({"mark": "rect", "x": 0.5, "y": 0.5, "width": 0.5, "height": 0.25}, 0.125),
    ({"mark": "line", "x1": 0.2, "y1": 0.3, "x2": 0.8, "y2": 0.3, "width": 0.1}, 0.06),
    ({"mark": "ring", "x": 0.5, "y": 0.5, "radius": 0.3, "width": 0.1}, np.pi * (0.35**2 - 0.25**2)),
    ({"mark": "polygon", "x": 0.5, "y": 0.5, "radius": 0.4, "sides": 6}, 1.5 * np.sqrt(3) * 0.16),
    ({"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.4}, 5 * 0.4 * 0.4 * 0.45 * np.sin(np.pi / 5)),
    ({"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.4, "tips": 4, "inner": 1}, 4 * 0.16 * np.sin(np.pi / 4)),
    ({"mark": "path", "points": [[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]]}, 0.32),
    ({"mark": "gradient", "x1": 0, "y1": 0, "x2": 1, "y2": 0, "to_rgb": [1, 1, 1]}, 0.5),
]


def drawing(*marks: dict[str, Any], a: str = "uniform(0, 1)") -> Any:
    document = {"name": "s", "equations": {"a": a}, "factors": {"a": {"range": [0, 1]}}, "draw": list(marks)}
    return compile_scene(SceneDocument.model_validate(document))


def picture(*marks: dict[str, Any], a: float = 0.5, size: int = 64) -> Pixels:
    image: Pixels = drawing(*marks).render({"a": a}, size)[0]
    return image


def refusal(*marks: dict[str, Any]) -> str:
    with pytest.raises(ScmgenError) as caught:
        drawing(*marks)
    return str(caught.value)


@pytest.mark.parametrize(("entry", "area"), AREAS)
def test_a_mark_covers_its_area(entry: dict[str, Any], area: float) -> None:
    darkness = 1 - picture({**entry, **BLACK}, size=128).mean() / 255
    assert darkness == pytest.approx(area, abs=0.004)


def test_every_mark_is_tried_above() -> None:
    assert {entry["mark"] for entry, _ in AREAS} == set(marks.MARKS)


@pytest.mark.parametrize(("entry", "area"), AREAS)
@pytest.mark.parametrize("default", ["alpha", "rotate", "when", "soft"])
def test_defaults_written_out_change_nothing(entry: dict[str, Any], area: float, default: str) -> None:
    plain = {**entry, **BLACK}
    assert np.array_equal(picture(plain), picture({**plain, default: marks.COMMON[default]}))


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


def test_rotation_is_counter_clockwise_about_the_middle() -> None:
    bar = {"mark": "rect", "x": 0.5, "y": 0.5, "width": 0.6, "height": 0.2, **BLACK}
    assert np.array_equal(picture({**bar, "rotate": "pi / 2"}), np.rot90(picture(bar)))
    turned = picture({**bar, "rotate": "pi / 4"}, size=64)
    assert turned[24, 40].tolist() == [0, 0, 0] and turned[40, 40].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    "entry", [entry for entry, _ in AREAS if entry["mark"] in ("line", "polygon", "star", "path", "ellipse")]
)
def test_a_whole_turn_changes_nothing(entry: dict[str, Any]) -> None:
    plain = {**entry, **BLACK}
    difference = picture(plain).astype(int) - picture({**plain, "rotate": "2 * pi"})
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"mark": "disk"}, "s: draw.0: unknown mark 'disk'; did you mean 'disc'?"),
        ({"x": 1}, f"s: draw.0: no 'mark'; allowed: {', '.join(sorted(marks.MARKS))}"),
        ({"mark": "disc", "x": 0, "y": 0}, "s: draw.0: disc needs radius"),
        ({"mark": "disc", "radious": 1}, "s: draw.0.radious: disc has no channel 'radious'; did you mean 'radius'?"),
        ({"mark": "fill"}, "s: draw.0: fill needs one of rgb and hsv, found 0"),
        ({"mark": "fill", **BLACK, "hsv": [0, 0, 0]}, "s: draw.0: fill needs one of rgb and hsv, found 2"),
        (
            {"mark": "fill", "rgb": ["max(a", "0.1)", 0, 0]},
            "s: draw.0.rgb: a list of three expressions is needed, found 4 parts; "
            "in flow style YAML splits at every comma: quote an expression that holds one",
        ),
        ({"mark": "fill", **BLACK, "alpha": [1]}, "s: draw.0.alpha: one expression is needed, found a list"),
        ({"mark": "fill", **BLACK, "alpha": {"a": 1}}, "s: draw.0.alpha: one expression is needed, found a mapping"),
        (
            {"mark": "fill", **BLACK, "alpha": "uniform(0, 1)"},
            "s: draw.0.alpha: a channel has no noise; give 'uniform(0, 1)' a variable",
        ),
        ({"mark": "fill", **BLACK, "alpha": "b"}, "s: draw.0.alpha: unknown name 'b'\n  b\n  ^\nallowed: a"),
        ({"mark": "fill", **BLACK, "group": ""}, "s: draw.0.group: a name is needed, found nothing"),
        ({"mark": "fill", **BLACK, "group": ["g"]}, "s: draw.0.group: a name is needed, found ['g']"),
        (
            {"mark": "path", **BLACK, "points": [[0, 0], [1, 1]]},
            "s: draw.0.points: a list of 3 to 64 [x, y] pairs is needed",
        ),
        (
            {"mark": "path", **BLACK, "points": [[0, 0], [1, 1], [1]]},
            "s: draw.0.points.2: a pair [x, y] is needed, found [1]",
        ),
        *(
            (
                {"mark": "polygon", **BLACK, "x": 0, "y": 0, "radius": 1, "sides": sides},
                f"s: draw.0.sides: a whole number from 3 to 64 is needed, found {sides!r}; "
                "use 'when' to choose between marks",
            )
            for sides in (2, 65, "a", "4.0", "²", "9" * 5_000)
        ),
    ],
)
def test_marks_that_do_not_fit(entry: dict[str, Any], message: str) -> None:
    assert refusal(entry) == message


@pytest.mark.parametrize(
    ("channel", "value", "shown"),
    [("alpha", "sqrt(a - 1)", "nan"), ("when", "sqrt(a - 1)", "nan"), ("radius", "1 / (a - 0.5)", "inf")],
)
def test_a_channel_that_is_not_finite_is_named(channel: str, value: str, shown: str) -> None:
    scene = drawing({"mark": "disc", "x": 0, "y": 0, "radius": 1, **BLACK, channel: value})
    with pytest.raises(ScmgenError) as caught:
        scene.render({"a": [2.0, 0.5]})
    assert str(caught.value) == f"s: draw.0.{channel}: {value!r} is {shown} in row 1; it read a = 0.5"


def test_nothing_drawn() -> None:
    assert refusal() == "s: draw: nothing is drawn; list at least one mark"


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


def bad_kind(x: Any) -> Shape:
    return Shape(99, [x])


def too_few(x: Any) -> Shape:
    return Shape(POLYGON, [x, x, x, x])


def raising(x: Any) -> Shape:
    raise KeyError("oops")


@pytest.mark.parametrize(
    ("lower", "problem"),
    [
        (bad_kind, "1 columns are no shape of kind 99"),
        (too_few, "4 columns are no shape of kind 4"),
        (raising, "KeyError: 'oops'"),
    ],
)
def test_a_mark_of_a_plugin_that_misbehaves(lower: Any, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(lower)
    word = marks.MARKS.pop(lower.__name__)
    monkeypatch.setitem(marks.MARKS, lower.__name__, word)  # gone again after the test
    scene = drawing({"mark": lower.__name__, "x": "a", **BLACK})
    with pytest.raises(ScmgenError) as caught:
        scene.render({"a": 0.5})
    assert str(caught.value) == f"s: draw.0: mark {lower.__name__}: {problem}"


def test_marks_that_cannot_be_registered() -> None:
    def disc(x: Any) -> Shape:
        return Shape(0, [])

    def many(*x: Any) -> Shape:
        return Shape(0, [])

    def veiled(alpha: Any) -> Shape:
        return Shape(0, [])

    for lower, problem in [
        (disc, "disc: there is a mark of that name already"),
        (many, "many: 'x': a channel is a plain argument"),
        (veiled, "veiled: every mark has 'alpha'; give the channel another name"),
    ]:
        with pytest.raises(ScmgenError) as caught:
            mark(lower)
        assert str(caught.value) == f"plug-in mark {problem}"
