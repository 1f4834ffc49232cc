"""Labelled arrays on disk, netCDF and Zarr: what :meth:`scmgen.Data.labels` gives, and the images.

Images are ``image (sample, world, y, x, channel)``, masks ``mask (sample, world, y, x)`` and
``changed (sample, step, y, x)``, depths and normals float32 ``depth (sample, world, y, x)`` and
``normals (sample, world, y, x, axis)``; y counts from the top. Worlds of which the labels tell nothing are there
all the same, with nan for their labels. Where a scene has a variable of such a name, theirs is ``image_x``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from scmgen.dataset.members import Member
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.quiet import quiet
from scmgen.publish.exports.writing.selection import Block, Selection, chunk
from scmgen.render import deep
from scmgen.storage.loading import labelled
from scmgen.storage.manifest import Manifest

if TYPE_CHECKING:
    import xarray

Create: TypeAlias = "Callable[[str, xarray.Variable, tuple[int, ...], tuple[int, ...] | None], Any]"
"""Make an array of a name, like a variable, of a shape, in chunks or not; it is filled by slices."""

_NAMES = ("image", "mask", "depth", "normals", "changed", "y", "x", "channel", "axis")
_ROWS = 4096  # of labels in a chunk of Zarr, which rewrites a chunk for each block: not too long, not too many files
_SAID = ("description", "license", "citation", "origin", "spec_hash")
_DEPTH = {"rgb": "8-bit RGB", "grey": "8-bit brightness"}
_MASK = {"long_name": "number of the group of the drawing that shows"}
_AWAY = {"long_name": "from the plane of the camera to what is seen; 0: nothing", "units": "lengths of the stage"}
_FACING = {"long_name": "direction of length 1 that what is seen faces; 0: nothing"}
_CHANGED = {"long_name": "255 where the step changed the image"}
_TOLD: dict[str, Callable[[Any], Any]] = {"depth": deep.depth, "normals": deep.normals}  # what bytes mean


@layout(
    "netcdf",
    "a directory with a netCDF 4 file a split, for xarray",
    ending="-netcdf",
    mark="source.json",
    libraries=("h5netcdf",),
)
def write_netcdf(source: Selection, out: Path) -> None:
    """Write ``SPLIT.nc``, which ``xarray.open_dataset`` opens."""
    h5netcdf: Any = importlib.import_module("h5netcdf")
    text = importlib.import_module("h5py").string_dtype()
    out.mkdir()
    for split in source.splits:
        with quiet(out / f"{split}.nc") as raw, h5netcdf.File(raw, "w") as file:

            def create(name: str, like: xarray.Variable, shape: Any, chunks: Any, file: Any = file) -> Any:
                for dimension, length in zip(like.dims, shape, strict=True):
                    if dimension not in file.dimensions:
                        file.dimensions[dimension] = length
                how = {"chunks": chunks, "compression": "gzip", "compression_opts": 1} if chunks else {}
                dtype = text if like.dtype.kind == "U" else like.dtype
                made = file.create_variable(name, like.dims, dtype, **how)
                made.attrs.update(like.attrs)
                return made

            file.attrs.update(_fill(source, split, create, raw.check))
    source.describe(out)


@layout(
    "zarr",
    "a Zarr store (format 2, consolidated): a group a split, for xarray",
    ending=".zarr",
    mark=".zgroup",
    libraries=("zarr",),
)
def write_zarr(source: Selection, out: Path) -> None:
    """Write a store whose groups ``xarray.open_zarr(out, group=SPLIT)`` opens."""
    zarr: Any = importlib.import_module("zarr")
    root = zarr.open_group(out, mode="w", zarr_format=2)
    for split in source.splits:
        group = root.create_group(split)

        def create(name: str, like: xarray.Variable, shape: Any, chunks: Any, group: Any = group) -> Any:
            attributes = {"_ARRAY_DIMENSIONS": list(like.dims), **like.attrs}
            how = {"shape": shape, "chunks": chunks or (min(shape[0], _ROWS), *shape[1:]), "dtype": like.dtype}
            # A fill value would be read as "missing": labels of 0 would become nan.
            return group.create_array(name, fill_value=None, attributes=attributes, **how)

        group.attrs.update(_fill(source, split, create))
        zarr.consolidate_metadata(out, path=split, zarr_format=2)
    zarr.consolidate_metadata(out, zarr_format=2)


def _fill(source: Selection, split: str, create: Create, check: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Make the arrays of a split by its first block, fill them block by block, and give the split's attributes."""
    manifest, made = source.data.manifest, {}
    for block in source.blocks(split):
        part = _frame(source, split, block)
        for name, variable in part.variables.items():
            long = "sample" in variable.dims
            if name not in made:
                shape = (source.size(split), *variable.shape[1:]) if long else variable.shape
                made[name] = create(str(name), variable, shape, _chunks(variable, shape))
                if not long:
                    made[name][...] = _plain(variable)
            if long:
                made[name][block.start : block.stop] = _plain(variable)
        check()
    said = {name: getattr(manifest, name) for name in _SAID}
    return {**part.attrs, **{name: value for name, value in said.items() if value is not None}}


def _frame(source: Selection, split: str, block: Block) -> xarray.Dataset:
    data = source.data
    frame = labelled.dataset(data.manifest, split, block.labels).reindex(world=list(data.worlds))
    if "do_kind" in frame:
        width = max(len(kind) for kinds in data.manifest.kinds for kind in kinds)
        frame["do_kind"] = frame["do_kind"].astype(f"U{width}")
    free = {name: f"image_{name}" if name in frame.variables else name for name in _NAMES}
    grids: dict[str, Any] = {}
    for kind, (name, dims, attributes) in _grids(data.manifest).items():
        members = [member for member in data.members if Member.named(member).kind == kind]
        if members:
            pixels = _TOLD.get(kind, np.asarray)(np.stack([block.images(member) for member in members], axis=1))
            grids[free[name]] = [free.get(dim, dim) for dim in dims[: pixels.ndim]], pixels, attributes
    channels = {} if data.frame.grey else {free["channel"]: ["red", "green", "blue"]}
    channels |= {free["axis"]: ["x", "y", "z"]} if "normals" in data.members else {}
    steps = {"step": list(data.worlds[1:])} if len(data.worlds) > 1 else {}
    return frame.assign(grids).assign_coords(channels | steps)


def _grids(manifest: Manifest) -> dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]:
    """For each kind of member the name of its array, its dimensions and attributes."""
    groups = {
        "flag_values": [0, *manifest.groups.values()],
        "flag_meanings": " ".join(["none", *manifest.groups]),
    }
    return {
        "image": ("image", ("sample", "world", "y", "x", "channel"), {"long_name": _DEPTH[manifest.channels]}),
        "mask": ("mask", ("sample", "world", "y", "x"), _MASK | groups),
        "depth": ("depth", ("sample", "world", "y", "x"), _AWAY),
        "normals": ("normals", ("sample", "world", "y", "x", "axis"), _FACING),
        "effect": ("changed", ("sample", "step", "y", "x"), _CHANGED),
    }


def _chunks(variable: xarray.Variable, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Images are chunked: one world of up to 64 samples."""
    if variable.dtype not in (np.uint8, np.float32):
        return None
    image = variable[0, 0]
    return (min(shape[0], chunk(image.nbytes)), 1, *image.shape)


def _plain(variable: xarray.Variable) -> Any:
    return variable.values.astype(object) if variable.dtype.kind == "U" else variable.values
