"""A data set whose images are no squares, and grey, goes through everything that one of usual images goes through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from exported import ASKED, GENERAL, LAYOUTS
from PIL import Image

import scmgen
from scmgen.build.generated import build
from scmgen.checks import audit
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.stream import stream
from scmgen.publish import exports, report
from scmgen.publish.sheet import contact_sheet
from scmgen.storage.manifest import spec_of


def test_it_is_whole(wide: Path) -> None:
    done = verify(wide, samples=None)
    assert not done.faults and done.differing == 0 and done.pixels > 40 * 2 * 24 * 16
    assert audit.audit(compile_spec(spec_of(scmgen.load(wide).manifest, wide)), n=200).ok


def test_its_pictures_are_grey_and_wide(wide: Path) -> None:
    data = scmgen.load(wide)
    split = next(iter(data.splits))
    assert data.size == (24, 16) and data.frame.shape == (16, 24)
    assert data.manifest["channels"] == "grey" and data.manifest["size"] == [24, 16]
    images, twins, effects = (data.images(split, member)[:] for member in ("image", "image_cf", "effect"))
    assert images.shape == (data.splits[split], 16, 24) == data.images(split).shape
    np.testing.assert_array_equal(effects, np.where(images != twins, 255, 0))
    assert len(data.manifest.pixels.mean) == 1
    numbers = data.normalisation.normalise_images(images)
    np.testing.assert_array_equal(data.normalisation.denormalise_images(numbers), images)
    in_colour = compile_spec(spec_of(data.manifest, wide).model_copy(update={"channels": "rgb"}))
    batch = in_colour.opening(split, 2)
    drawn = in_colour.draw(split, batch.domain, batch.values)
    np.testing.assert_array_equal(images[:2], [np.asarray(Image.fromarray(one).convert("L")) for one in drawn])


def test_a_cache_and_a_pass_hold_them(wide: Path, tmp_path: Path) -> None:
    data = scmgen.load(wide)
    wanted = data.images("train")[:]
    samples = data.samples("train", tmp_path)
    np.testing.assert_array_equal(samples[[0, 3]]["image"], wanted[[0, 3]])
    (batch,) = data.iterate("train", batch_size=len(wanted))
    np.testing.assert_array_equal(batch["image"], wanted)
    assert batch["mask_cf"].shape == (len(wanted), 16, 24)


def test_a_square_in_colour_says_nothing_of_it(small: Path) -> None:
    manifest = orjson.loads((small / "manifest.json").read_bytes())
    assert manifest["size"] == 64 and "channels" not in manifest and "channels" not in manifest["spec"]
    spec = catalogue.spec(catalogue.find("pendulum"), size="64x64", channels="rgb")
    assert spec.hash == catalogue.spec(catalogue.find("pendulum"), size=64).hash


def test_workers_and_a_second_build_give_the_same(wide: Path, tmp_path: Path) -> None:
    spec = spec_of(scmgen.load(wide).manifest, wide)
    build(spec, tmp_path / "again", workers=2)
    assert scmgen.load(tmp_path / "again").manifest.digest == scmgen.load(wide).manifest.digest


@pytest.mark.parametrize("name", sorted([*GENERAL, *LAYOUTS, *ASKED]))
def test_it_is_exported(name: str, wide: Path, tmp_path: Path) -> None:
    data = scmgen.load(wide)
    out = exports.export(data, name, tmp_path / "out")
    assert out.exists()
    if name == "citris":  # whose loader wants colours
        with np.load(out / "train.npz") as file:
            assert file["images"].shape[1:] == (16, 24, 3) and (np.ptp(file["images"], axis=-1) == 0).all()


def test_it_is_shown_and_reported(wide: Path, tmp_path: Path) -> None:
    data = scmgen.load(wide)
    sheet = contact_sheet(compile_spec(spec_of(data.manifest, wide)), 4)
    assert sheet.width > sheet.height / 2
    report.write(data, tmp_path / "r.html")
    assert "24 \N{MULTIPLICATION SIGN} 16" in (tmp_path / "r.html").read_text()
    assert "24 x 16 pixels, grey" in (wide / "README.md").read_text()


def test_it_is_streamed() -> None:
    batches = stream("pendulum", n=8, batch_size=4, size=(24, 16), channels="grey", intervene="hard")
    assert next(iter(batches))["image_cf"].shape == (4, 16, 24)
