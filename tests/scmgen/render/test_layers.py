"""Layers: textures, strokes, what multiplies or screens, and what is cut to a group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pictures import AREAS, BLACK, drawing, picture

from scmgen import ScmgenError
from scmgen.render.frame import framed
from scmgen.render.layers import mixed

BALL = {"mark": "disc", "x": 0.4, "y": 0.5, "radius": 0.25, "rgb": [0.8, 0.4, 0.2], "group": "ball"}
CLOUDS = {"mark": "texture", "scale": 0.2, "seed": "a", "rgb": [0, 0, 0], "to_rgb": [1, 1, 1]}
A = {"a": np.array([0.5])}


@pytest.mark.parametrize("blend", ["multiply", "screen"])
def test_a_fill_blends_by_the_formula(blend: str) -> None:
    ground, ink = np.array([0.3, 0.6, 0.9]), np.array([0.5, 0.25, 0.75])
    over = {"mark": "fill", "rgb": [0.5, 0.25, 0.75], "alpha": 0.6, "blend": blend}
    drawn = picture({"mark": "fill", "rgb": [0.3, 0.6, 0.9]}, over, size=32) / 255.0
    wanted = ground * ink if blend == "multiply" else 1 - (1 - ground) * (1 - ink)
    assert np.abs(drawn - (ground + 0.6 * (wanted - ground))).max() < 0.005


@pytest.mark.parametrize("entry", [entry for entry, _ in AREAS], ids=lambda entry: str(entry["mark"]))
def test_black_that_multiplies_and_white_that_screens_are_black_and_white_laid_over(entry: dict[str, Any]) -> None:
    below = {"mark": "gradient", "x1": 0, "y1": 0, "x2": 1, "y2": 0, "rgb": [0.9, 0.5, 0.1], "to_rgb": [0.2, 0.7, 0.4]}
    for colour, blend in (([0, 0, 0], "multiply"), ([1, 1, 1], "screen")):
        ink = {"rgb": colour} | ({"to_rgb": colour} if "to_rgb" in entry else {})
        plain, blended = picture(below, {**entry, **ink}), picture(below, {**entry, **ink, "blend": blend})
        assert np.abs(plain.astype(int) - blended.astype(int)).max() <= 1


@pytest.mark.parametrize("entry", [entry for entry, _ in AREAS], ids=lambda entry: str(entry["mark"]))
def test_what_is_cut_stays_within_its_group(entry: dict[str, Any]) -> None:
    image, alone = picture(BALL, {**entry, **BLACK, "clip": "ball"}), picture(BALL)
    whole = picture(BALL, {**entry, **BLACK})
    x, y = np.meshgrid((np.arange(64) + 0.5) / 64, 1 - (np.arange(64) + 0.5) / 64)
    away = np.hypot(x - 0.4, y - 0.5)
    assert np.array_equal(image[away > 0.27], alone[away > 0.27])
    inside = image[away < 0.23].astype(int) - whole[away < 0.23].astype(int)
    assert np.abs(inside).max() <= 1


def test_a_group_of_two_marks_cuts_to_both() -> None:
    two = [{**BALL, "x": x, "radius": 0.1} for x in (0.3, 0.7)]
    image = picture(*two, {"mark": "fill", **BLACK, "clip": "ball"})
    assert 1 - image.mean() / 255 == pytest.approx(2 * np.pi * 0.01, rel=0.04)  # edges are covered twice, in part


def test_what_is_cut_to_a_group_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(
        ScmgenError, match=r"draw\.0: clip 'bal': no group of that name is drawn before; there is none$"
    ):
        drawing({"mark": "fill", **BLACK, "clip": "bal"}, BALL)
    with pytest.raises(ScmgenError, match=r"clip 'bal': no group of that name is drawn before; .*'ball'"):
        drawing(BALL, {"mark": "fill", **BLACK, "clip": "bal"})
    with pytest.raises(ScmgenError, match=r"draw\.0\.blend: 'multply'; .*'multiply'"):
        drawing({"mark": "fill", **BLACK, "blend": "multply"})
    with pytest.raises(ScmgenError, match=r"draw\.0\.blend: blur has no channel 'blend'"):
        drawing({"mark": "blur", "radius": 0.1, "blend": "multiply"})


def test_masks_show_what_is_cut_within_its_group_and_nothing_of_a_tint() -> None:
    dot = {"mark": "disc", "x": 0.6, "y": 0.5, "radius": 0.2, **BLACK, "group": "dot", "clip": "ball"}
    masks = drawing(BALL, dot).masks(A)[0]
    x, y = np.meshgrid((np.arange(64) + 0.5) / 64, 1 - (np.arange(64) + 0.5) / 64)
    lens = (np.hypot(x - 0.4, y - 0.5) < 0.24) & (np.hypot(x - 0.6, y - 0.5) < 0.19)
    assert (masks[lens] == 2).all()
    assert (masks[np.hypot(x - 0.4, y - 0.5) > 0.27] == 0).all()
    tinted = drawing(BALL, {**CLOUDS, "blend": "multiply"})
    assert np.array_equal(tinted.masks(A), drawing(BALL).masks(A))
    covered = drawing(BALL, CLOUDS)
    assert (covered.masks(A) == 0).all()


def test_an_object_alone_is_cut_to_its_own_group() -> None:
    spots = {**CLOUDS, "clip": "ball", "group": "ball"}
    alone = next(iter(drawing(BALL, spots).renderer.apart(drawing(BALL).world(A), framed(64), ["ball"])))
    assert np.array_equal(alone.mask, drawing(BALL).masks(A) == 1)


def test_clouds_are_the_seed_s_alone_and_turn_and_grow_as_told() -> None:
    small, large = picture(CLOUDS, size=64), picture(CLOUDS, size=128)
    halved = large.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 8
    assert np.array_equal(small, picture(CLOUDS, size=64))
    assert np.abs(picture(CLOUDS, a=0.5001).astype(int) - small).mean() > 20  # another one altogether
    turned = picture({**CLOUDS, "rotate": "pi / 2"})
    assert np.abs(turned.astype(int) - np.rot90(small)).max() <= 1
    rough, plain = (picture({**CLOUDS, "roughness": r}).astype(int) for r in (1, 0))
    assert np.abs(np.diff(rough, axis=0)).mean() > 1.5 * np.abs(np.diff(plain, axis=0)).mean()
    assert picture({**CLOUDS, "contrast": 0}).std() == 0


def test_stripes_repeat_after_their_scale_and_move_by_their_phase() -> None:
    plain = {"mark": "stripes", "scale": 0.25, **BLACK, "to_rgb": [1, 1, 1]}
    image = picture(plain).astype(int)
    assert np.abs(image[:, 16:] - image[:, :-16]).max() <= 1
    assert np.abs(picture({**plain, "phase": 0.5}).astype(int)[:, 8:] - image[:, :-8]).max() <= 1
    assert np.abs(picture({**plain, "rotate": "pi / 2"}).astype(int) - np.rot90(image)).max() <= 1
    assert set(np.unique(picture({**plain, "contrast": 1000}))) == {0, 255}


def test_a_curve_passes_its_ends_and_a_parabola_its_middle() -> None:
    bent = {"mark": "curve", "points": [[0.1, 0.2], [0.5, 1.0], [0.9, 0.2]], "width": 0.05, **BLACK}
    image = picture(bent, size=128)[..., 0]

    def at(x: float, y: float) -> int:
        return int(image[int((1 - y) * 128), int(x * 128)])

    assert at(0.1, 0.2) == at(0.9, 0.2) == at(0.5, 0.6) == 0  # half of the way to the point between
    assert at(0.5, 0.52) == at(0.5, 0.68) == at(0.5, 0.98) == 255
    assert np.array_equal(image, image[:, ::-1])


def test_words_are_spread_evenly() -> None:
    words = np.array([[mixed(i, j, seed) for i in range(-20, 20)] for j in range(-20, 20) for seed in (0, 1)])
    share = words / 2**32
    assert len(np.unique(words)) == words.size
    assert share.mean() == pytest.approx(0.5, abs=0.02) and share.std() == pytest.approx(12**-0.5, abs=0.02)
    assert abs(np.corrcoef(share[::2].ravel(), share[1::2].ravel())[0, 1]) < 0.05
