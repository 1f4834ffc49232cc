"""Marks that show brought pictures: a glyph grows by what it is told, and a picture is where and what it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from scmgen.errors import ScmgenError
from scmgen.pictures import brought, strokes
from scmgen.pictures.bank import bank
from scmgen.render.frame import framed
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

PIXEL = 1 / 28


def scene(mark: dict[str, Any], kind: str = "glyph", bank: str = "digits") -> Scene:
    """One mark on black, about the middle, as high as the frame, whose number and channel ``a`` are free."""
    ground = {"mark": "fill", "rgb": ["0", "0", "0"]}
    whole = {"pictures": "digits", "number": "number", "x": "0.5", "y": "0.5", "height": "1", **mark}
    equations = {"u": "uniform(0, 1)", "number": "floor(40 * u)", "a": "u"}
    shown = {"name": "s", "equations": equations, "factors": {"a": {"range": [0, 1]}}, "draw": [ground, whole]}
    return compile_scene(SceneDocument.model_validate({**shown, "pictures": {bank: {"kind": kind}}}))


def glyph(**channels: Any) -> Scene:
    return scene({"mark": "glyph", "rgb": ["1", "1", "1"], **channels})


def picture(**channels: Any) -> Scene:
    return scene({"mark": "picture", **channels}, "picture")


def grey(drawn: Scene, number: float, a: float = 0.0, size: int = 28) -> np.ndarray:
    return drawn.render({"number": [number], "a": [a]}, size)[0, :, :, 0].astype(float) / 255


def thickness(image: np.ndarray) -> float:
    """As Morpho-MNIST measures it: enlarged four times, thinned, twice the mean distance."""
    ink = np.pad(ndimage.zoom(image, 4, order=1, grid_mode=True, mode="nearest") >= 0.5, 1)
    line = ink.copy()
    strokes._thin(line, np.zeros_like(line))
    return float(2 * ndimage.distance_transform_edt(ink)[line].mean() / 4)


def test_a_glyph_as_it_is_is_the_picture() -> None:
    drawn = glyph()
    for number in range(40):
        assert np.abs(grey(drawn, number) - brought.named("digits", "here").items[number] / 255.0).mean() < 0.02


def test_thickness_follows_what_is_set_within_a_tenth_of_a_pixel() -> None:
    drawn = glyph(grow=f"0.5 * (a * {PIXEL} - stroke(digits, number))")
    for a in (1.8, 2.4, 3.0, 3.6):
        assert np.abs([thickness(grey(drawn, k, a, 64)) * 28 / 64 - a for k in range(20)]).mean() < 0.1


def test_growing_moves_the_edge_by_as_much_everywhere() -> None:
    drawn, number = glyph(grow="a"), 11
    whole, more = (grey(drawn, number, a, 448) > 0.5 for a in (0.0, 0.03))
    away = ndimage.distance_transform_edt(~whole)
    assert np.abs(away[more & ~whole].max() / 448 - 0.03) < 0.004
    assert not (whole & ~more).any() and (away[~more] > 0.026 * 448).all()


def test_a_slant_that_is_set_is_the_slant_that_is_read() -> None:
    drawn = glyph(slant="arctan2(tan(a) - tan(lean(digits, number)), 1)", height="0.7")
    for number in range(10):
        for a in (-0.3, 0.0, 0.4):
            image = np.rint(255 * grey(drawn, number, a, 112)).astype(np.uint8)
            assert strokes.slant(image) == pytest.approx(a, abs=0.03)


def test_every_size_shows_the_same_share_of_ink() -> None:
    drawn = glyph(rotate="0.4", x="0.45", height="0.8")
    shares = [grey(drawn, 5, size=size).mean() for size in (16, 37, 64, 512)]
    assert np.ptp(shares) < 0.005


def test_a_swelling_leaves_the_corners_as_they_are() -> None:
    plain, swollen = grey(glyph(), 8, size=112), grey(glyph(swell="0.4"), 8, size=112)
    y, x = np.mgrid[0:112, 0:112] / 112 + 0.5 / 112 - 0.5
    outside = np.hypot(x, y) > 0.52
    assert np.array_equal(plain[outside], swollen[outside]) and np.abs(plain - swollen).mean() > 0.005


def test_a_picture_at_its_own_size_is_itself() -> None:
    drawn = picture()
    for number in (0, 17):
        image = drawn.render({"number": [number], "a": [0.0]}, 28)[0]
        away = np.abs(image[..., 0].astype(int) - brought.named("digits", "here").items[number])
        assert away.mean() < 12  # nine looks a pixel, between pixels
        assert np.array_equal(image[..., 0], image[..., 2])


def test_a_picture_that_is_drawn_small_is_the_mean_of_what_it_covers() -> None:
    brought.BANKS["digits"] = fine = bank(
        "fine", [np.tile([[0, 255], [255, 0]], (64, 64)).astype(np.uint8)], np.zeros(1, np.int64), ("",)
    )
    assert fine.items[0].shape == (128, 128)
    image = picture().render({"number": [0], "a": [0.0]}, 16)[0]
    assert np.abs(image.astype(int) - 127).max() < 12


def test_tint_crop_and_turn() -> None:
    quarters = Image.new("RGB", (40, 40), (255, 255, 255))
    quarters.paste((0, 0, 0), (20, 0, 40, 20))  # black at the upper right
    brought.BANKS["digits"] = bank("q", [np.asarray(quarters)], np.zeros(1, np.int64), ("",))
    world = {"number": [0], "a": [0.0]}
    image = picture(rgb=["1", "0.5", "0"]).render(world, 40)[0]
    assert image[30, 10].tolist() == [255, 128, 0] and image[10, 30].tolist() == [0, 0, 0]
    cropped = picture(crop="0.4", crop_x="0.75", crop_y="0.75").render(world, 40)[0]
    assert (cropped == 0).all()
    turned = picture(rotate="pi / 2").render(world, 40)[0]
    assert (turned[5:15, 5:15] == 0).all() and (turned[25:35, 25:35] == 255).all()


def test_a_picture_covers_and_masks_what_its_own_pixels_cover() -> None:
    cover = np.zeros((20, 20, 4), np.uint8)
    cover[:, :10] = (200, 100, 50, 255)
    brought.BANKS["digits"] = bank("half", [cover], np.zeros(1, np.int64), ("",))
    drawn = picture(group="thing", height="0.5")
    world = {"number": [0], "a": [0.0]}
    mask, image = drawn.masks(world, 64)[0], drawn.render(world, 64)[0]
    assert (mask[20:44, 18:30] == 1).all() and (mask[:, 34:] == 0).all()
    assert image[32, 24].tolist() == [200, 100, 50] and image[32, 40].tolist() == [0, 0, 0]


def test_rows_do_not_depend_on_their_batch() -> None:
    drawn, numbers = glyph(grow="0.02 * a", slant="a - 0.5"), np.arange(12.0)
    together = drawn.render({"number": numbers, "a": numbers / 12}, 32)
    alone = [drawn.render({"number": [k], "a": [k / 12]}, 32)[0] for k in numbers]
    assert np.array_equal(together, np.stack(alone))


@pytest.mark.parametrize(
    ("mark", "kind", "problem"),
    [
        (
            {"mark": "glyph", "rgb": ["1"] * 3, "pictures": "digit"},
            "glyph",
            "s: draw.1.pictures: no pictures 'digit'; did you mean 'digits'?",
        ),
        (
            {"mark": "glyph", "rgb": ["1"] * 3, "pictures": ""},
            "glyph",
            "s: draw.1.pictures: a name is needed, found nothing",
        ),
        ({"mark": "picture"}, "glyph", "s: draw.1.pictures: 'digits' is of kind glyph; picture shows pictures"),
        ({"mark": "glyph"}, "glyph", "s: draw.1: glyph needs one of rgb and hsv, found neither"),
    ],
)
def test_what_cannot_be_shown_is_refused(mark: dict[str, Any], kind: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        scene(mark, kind)
    assert str(error.value) == problem


def test_pictures_that_were_not_given_are_asked_for() -> None:
    drawn = scene({"mark": "glyph", "rgb": ["1", "1", "1"], "pictures": "numerals"}, bank="numerals")
    with pytest.raises(ScmgenError, match=r"^s: draw\.1: no pictures 'numerals' were given: --pictures numerals=PLACE"):
        grey(drawn, 0)


def test_classes_that_are_needed_are_asked_for_once_pictures_are_there() -> None:
    brought.BANKS["digits"] = bank("d", [np.zeros((4, 4), np.uint8)], np.zeros(1, np.int64), ("",))
    written = {"name": "s", "equations": {"a": "uniform(0, 1)"}, "factors": {"a": {"range": [0, 1]}}}
    drawn = {"draw": [{"mark": "fill", "rgb": ["a"] * 3}], "pictures": {"digits": {"labels": True}}}
    with pytest.raises(ScmgenError) as error:
        compile_scene(SceneDocument.model_validate({**written, **drawn}))
    assert str(error.value) == "s: pictures.digits: classes are needed; the pictures that were given have none"


def test_a_wide_picture_reaches_as_far_as_its_sides_say() -> None:
    brought.BANKS["digits"] = bank("w", [np.zeros((10, 30), np.uint8)], np.zeros(1, np.int64), ("",))
    world = {"number": [0.0], "a": [0.0]}
    for height, out in (("0.3", False), ("0.4", True)):
        drawn = picture(height=height)
        (alone,) = drawn.renderer.apart(drawn.world(world), framed(32), {"draw.1 picture"})
        assert bool(alone.beyond[0]) == out
