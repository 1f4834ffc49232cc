"""The frame of an image: a wide one shows more at the sides of what a square one shows, a grey one its brightness."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, differing, framed, sized
from scmgen.render.renderer import World
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

SCENES = ("pendulum", "shadow-sun", "circuit", "clutter-1", "morpho-digits", "birds-95", "shapes-fixed")


def worlds(name: str, n: int = 3) -> tuple[Scene, World]:
    """A scene, and some worlds of it."""
    scene = catalogue.find(name).scene
    values = {name: array.values for name, array in scene.sample(n, seed=4).items() if name != "noise"}
    return scene, scene.world(values)


def middle(images: NDArray[np.generic], side: int) -> NDArray[np.generic]:
    down, left = (images.shape[1] - side) // 2, (images.shape[2] - side) // 2
    return images[:, down : down + side, left : left + side]


@pytest.mark.parametrize("frame", [Frame(64, 32), Frame(32, 96), Frame(48, 32)], ids=str)
@pytest.mark.parametrize("name", SCENES)
def test_the_middle_of_a_frame_is_the_square_image(name: str, frame: Frame) -> None:
    scene, world = worlds(name)
    for draw in (scene.renderer.draw, scene.renderer.masks):
        np.testing.assert_array_equal(middle(draw(world, frame), 32), draw(world, framed(32)))
    assert (scene.renderer.draw(world, frame).shape[1:3]) == (frame.height, frame.width)


def test_what_leaves_the_square_can_be_whole_in_a_wider_frame() -> None:
    disc = {"mark": "disc", "y": 0.5, "radius": 0.1, "rgb": [0, 0, 0]}
    draw = [{**disc, "x": 1.2, "group": "right"}, {**disc, "x": "a", "group": "free"}]
    document = {"name": "s", "equations": {"a": "uniform(0, 1)"}, "factors": {"a": {"range": [0, 1]}}, "draw": draw}
    scene = compile_scene(SceneDocument.model_validate(document))

    def beyond(frame: Frame) -> list[bool]:
        apart = scene.renderer.apart(scene.world({"a": [0.5]}), frame, ["right", "free"])
        return [bool(part.beyond[0]) for part in apart]

    assert beyond(framed(32)) == beyond(Frame(32, 96)) == beyond(Frame(44, 32)) == [True, False]
    assert beyond(Frame(64, 32)) == [False, False]


def test_grey_is_the_brightness_that_pillow_computes() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3), np.uint8)
    grey = Frame(24, 16, grey=True).coded(images)
    assert grey.shape == (2, 16, 24) and Frame(24, 16).coded(images) is images
    np.testing.assert_array_equal(grey, [np.asarray(Image.fromarray(one).convert("L")) for one in images])
    scene, world = worlds("pendulum")
    assert scene.render(world, Frame(32, 32, grey=True)).shape == (3, 32, 32)


def test_a_frame_says_its_shapes() -> None:
    wide = Frame(96, 64)
    assert (wide.shape, wide.plane, wide.unit, wide.pixels, wide.size) == ((64, 96, 3), (64, 96), 64, 6144, (96, 64))
    assert (wide.px, framed(64).px, framed(64).size, str(framed(64))) == ("96 x 64 px", "64 px", 64, "64 x 64")
    assert wide.scaled(128) == Frame(192, 128) and framed(wide) is wide and framed((64, 64)) == framed(64)


@pytest.mark.parametrize("given", [64, "64", [64, 64], ("64", "64"), "64x64", " 64 x 64"])
def test_a_square_has_one_number(given: object) -> None:
    assert sized(given) == 64


@pytest.mark.parametrize("given", ["96x", "x", "", "a", None, True, 6.5, [1, 2, 3], [], {}, "96x64x3", [[16, 16]]])
def test_what_is_no_size(given: object) -> None:
    with pytest.raises(ValueError, match=r"a whole number of pixels, or width and height such as 96x64, is needed"):
        sized(given)


@pytest.mark.parametrize("given", [15, "1025", "64x8", [2000, 64], -64])
def test_sides_that_cannot_be_drawn(given: object) -> None:
    with pytest.raises(ValueError, match=r"16 to 1024 pixels a side are possible, found"):
        sized(given)
    with pytest.raises(ScmgenError, match=r"^size: "):
        framed(given)  # type: ignore[arg-type]


def test_where_images_differ_no_channel_is_overlooked() -> None:
    one = np.zeros((1, 2, 2, 3), np.uint8)
    other = one.copy()
    other[0, 0, 1, 2] = 1
    assert differing(one, other).tolist() == [[[False, True], [False, False]]]
    assert np.array_equal(differing(one[..., 2], other[..., 2]), differing(one, other))
