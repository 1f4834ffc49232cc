"""Images of the report: pairs with their difference, effect maps, and the first of each split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from reported import SIZE_LIMIT, images, pair

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.publish import report


def test_a_pair_is_shown_with_its_difference_and_what_moved(small: Path, written: str) -> None:
    data = scmgen.load(small)
    before, after, mask = pair(data)
    row = int(np.flatnonzero(mask[:, 1])[0])
    what = f"sample train-{row:09d}"
    seen = dict(images(written))
    shown = next(alt for alt in seen if alt.startswith(f"{what}, counterfactual"))
    for alt, member in ((f"{what}, factual", "image"), (shown, "image_cf")):
        np.testing.assert_array_equal(seen[alt], data.images("train", member)[row])
    changed = (data.images("train")[row] != data.images("train", "image_cf")[row]).any(axis=-1)
    difference = seen[f"{what}, difference of the two images"]
    np.testing.assert_array_equal((difference != difference[0, 0]).any(axis=-1) & ~changed, False)
    assert (difference[changed].sum(axis=-1) > difference[0, 0].sum()).mean() > 0.9
    assert f"do(light_angle = {after[row, 1]:.3f})" in shown
    assert f"light_angle {before[row, 1]:.3f} → {after[row, 1]:.3f}" in shown
    assert "pendulum_angle" not in shown.partition(":")[2]


def test_effect_maps_give_the_mean_change_of_pixels(small: Path, written: str) -> None:
    data = scmgen.load(small)
    _, _, mask = pair(data)
    rows = np.flatnonzero(mask[:, 0])[:64]
    one, other = (data.images("train", member)[rows].astype(float) for member in ("image", "image_cf"))
    found = np.abs(one - other).mean(axis=(0, 3)) / 255
    told = f"{found.mean():.2%} on average; {np.mean(found > 0):.0%} of pixels change"
    assert f"<code>do(pendulum_angle)</code><span>{told}</span>" in written
    maps = {alt: pixels for alt, pixels in images(written) if alt.startswith("mean change")}
    assert len(maps) == 4
    brightness = maps["mean change of each pixel under do(pendulum_angle)"].astype(int).sum(axis=-1)
    assert np.unravel_index(brightness.argmax(), brightness.shape) == np.unravel_index(found.argmax(), found.shape)


def test_large_images_are_made_smaller_and_the_page_stays_small(tmp_path: Path) -> None:
    spec = catalogue.spec(catalogue.find("shapes-fixed"), n=40, size=256)
    build(spec, tmp_path / "d")
    text = report.compose(scmgen.load(tmp_path / "d"), samples=32)
    assert {pixels.shape for _, pixels in images(text)} == {(128, 128, 3)}
    assert len(text) < SIZE_LIMIT
