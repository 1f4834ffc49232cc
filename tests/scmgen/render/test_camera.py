"""Lenses: what blur and grain do to the picture so far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pictures import BLACK, drawing, picture

GREY = {"mark": "fill", "rgb": [0.5, 0.5, 0.5]}
DOT = {"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.08, **BLACK}


def test_blur_is_a_normal_curve_of_its_radius() -> None:
    image = 1 - picture(DOT, {"mark": "blur", "radius": 0.1}, size=128)[..., 0] / 255.0
    x = (np.arange(128) + 0.5) / 128 - 0.5
    spread = float((image.sum(axis=0) * x**2).sum() / image.sum())
    assert spread == pytest.approx(0.1**2 + 0.08**2 / 4, rel=0.03)
    assert image.sum() == pytest.approx(np.pi * (0.08 * 128) ** 2, rel=0.02)
    assert np.abs(image - image.T).max() < 0.01


@pytest.mark.parametrize("radius", [0.0, 1e-4, 0.003, 0.3])
def test_blur_keeps_what_is_flat_and_a_small_one_nearly_everything(radius: float) -> None:
    assert (picture(GREY, {"mark": "blur", "radius": radius}) == 128).all()
    if radius < 1e-3:
        lens = {"mark": "blur", "radius": radius}
        assert np.abs(picture(DOT, lens).astype(int) - picture(DOT).astype(int)).max() <= 10


def test_grain_is_nearly_normal_independent_and_its_seed_decides() -> None:
    def noise(seed: Any) -> Any:
        return picture(GREY, {"mark": "grain", "amount": 0.1, "seed": seed}, size=256) / 255.0 - 0.5

    one, other = noise(0.3), noise("0.3 + 1e-6")
    assert one.std() == pytest.approx(0.1, rel=0.02)
    assert abs(one.mean()) < 0.002
    assert abs(float((one**3).mean())) < 1e-4
    assert np.array_equal(one, noise(0.3))
    for a, b in ((one, other), (one[1:], one[:-1]), (one[:, 1:], one[:, :-1]), (one[..., 0], one[..., 1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.02


def test_a_lens_is_faint_or_absent_as_any_mark() -> None:
    grain = {"mark": "grain", "amount": 0.1, "seed": 1}
    assert np.array_equal(picture(GREY, {**grain, "when": 0}), picture(GREY))
    assert picture(GREY, {**grain, "alpha": 0.5}).std() == pytest.approx(picture(GREY, grain).std() / 2, rel=0.02)


def test_a_lens_is_no_object_and_hides_nothing() -> None:
    scene = drawing(
        {**DOT, "group": "dot"}, {"mark": "blur", "radius": 0.1}, {"mark": "grain", "amount": "a", "seed": 1}
    )
    values = {"a": np.array([0.2])}
    assert [one.name for one in scene.renderer.objects] == ["dot"]
    assert scene.renderer.reads == {"a"}
    assert np.array_equal(scene.masks(values), drawing({**DOT, "group": "dot"}).masks(values))
