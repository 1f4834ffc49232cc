"""netCDF and Zarr: xarray reads back labels, images, masks and effects under their dimensions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray
from libraries import need
from staged import document

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.spec import Spec, Split
from scmgen.publish import exports
from scmgen.scene.scene import SceneDocument
from scmgen.storage.loading.reader import Data


def opened(out: Path, to: str, split: str) -> xarray.Dataset:
    if to == "netcdf":
        return xarray.open_dataset(out / f"{split}.nc", engine="h5netcdf")
    return xarray.open_zarr(out, group=split, consolidated=True, chunks=None)


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_netcdf_and_zarr_are_read_by_xarray(case: tuple[Data, bool], to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    data, truth = case
    out = exports.export(data, to, tmp_path / "set", truth=truth)
    for split in data.splits:
        labels = data.labels(split, truth)
        with opened(out, to, split) as found:
            assert found.attrs["license"] == data.manifest["license"]
            part = found.sel(world=labels.world)[list(labels.variables)].load()
            xarray.testing.assert_identical(part.assign_attrs(labels.attrs), labels.assign_attrs(part.attrs))
            for world, member in zip(data.worlds, (m for m in data.members if m.startswith("image")), strict=True):
                np.testing.assert_array_equal(found["image"].sel(world=world), data.images(split, member)[:])
            assert found["image"].dims == ("sample", "world", "y", "x", "channel")
            withheld = found[next(iter(data.factors))].sel(world=list(data.worlds[len(labels.world) :]))
            assert bool(np.isnan(withheld).all())  # or there is none


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_masks_and_effects_have_worlds_and_steps(weak: Path, to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    data = scmgen.load(weak)
    with opened(exports.export(data, to, tmp_path / "set"), to, "train") as found:
        for world, ending in (("factual", ""), ("cf", "_cf"), ("cf2", "_cf2")):
            np.testing.assert_array_equal(found["mask"].sel(world=world), data.images("train", f"mask{ending}")[:])
        for step, ending in (("cf", ""), ("cf2", "2")):
            np.testing.assert_array_equal(found["changed"].sel(step=step), data.images("train", f"effect{ending}")[:])
        groups = dict(zip(found["mask"].flag_meanings.split(), found["mask"].flag_values, strict=True))
        assert groups == {"none": 0, **data.manifest["groups"]}


CROSS = """
name: cross
version: 1
equations:
  x: uniform(0.2, 0.8)
  image: 0.5 * x + uniform(0, 0.3)
factors:
  x: {range: [0.2, 0.8]}
  image: {range: [0.1, 0.7]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: disc, x: x, y: image, radius: 0.1, rgb: [0, 0, 0]}
"""


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_factors_named_like_the_images_axes_keep_their_names(to: str, tmp_path: Path) -> None:
    need("h5netcdf", "zarr")
    (tmp_path / "cross.yaml").write_text(CROSS)
    build(catalogue.spec(catalogue.find(str(tmp_path / "cross.yaml")), n=10, size=16), tmp_path / "cross", workers=1)
    data = scmgen.load(tmp_path / "cross")
    with opened(exports.export(data, to, tmp_path / "set"), to, "train") as found:
        np.testing.assert_array_equal(found["x"], data.labels("train")["x"])
        np.testing.assert_array_equal(found["image"], data.labels("train")["image"])
        assert found["image_image"].dims == ("sample", "world", "y", "image_x", "channel")


def test_depth_and_normals_are_numbers(tmp_path: Path) -> None:
    need("zarr", "mitsuba")
    scene = SceneDocument.model_validate(document())
    told = {"n": 2, "size": 16, "splits": (Split(name="train", share=1),), "interventions": (Hard(),)}
    build(Spec(name="s", scene=scene, depth=True, normals=True, **told), tmp_path / "data")
    data = scmgen.load(tmp_path / "data")
    with opened(exports.export(data, "zarr", tmp_path / "set"), "zarr", "train") as found:
        assert found["depth"].dims == ("sample", "world", "y", "x")
        for world, ending in (("factual", ""), ("cf", "_cf")):
            away = scmgen.depth(data.images("train", f"depth{ending}")[:])
            np.testing.assert_array_equal(found["depth"].sel(world=world), away)
        facing = scmgen.normals(data.images("train", "normals_cf")[:])
        np.testing.assert_array_equal(found["normals"].sel(world="cf", axis="z"), facing[..., 2])
