"""What exports are compared with: the formats that there are, and the arrays and bytes of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.storage.loading.reader import Data

GENERAL = ("hdf5", "imagefolder", "netcdf", "npz", "parquet", "zarr")
LAYOUTS = ("causalcircuit", "causalvae", "causalverse", "citris", "dcdi", "enco", "gies", "morphomnist")
NAMED = ("causal3dident",)  # a layout of data sets with the factors that it names
MOVING = ("biscuit", "mp4")  # a layout and a format of clips alone
ASKED = ("vlm",)  # questions, with options of their own


def text(cell: Any) -> str:
    return cell.decode() if isinstance(cell, bytes) else str(cell)


def flat(value: Any) -> Any:
    return list(value.values()) if isinstance(value, dict) else value


def compare(data: Data, truth: bool, split: str, arrays: Any) -> None:
    """Compare arrays, named as ``scmgen.stream`` names them, with the data set."""
    rows = list(data.rows(split, truth))
    assert [text(key) for key in arrays["key"][:]] == [f"{split}-{row['index']:09d}" for row in rows]
    for member in data.members:
        np.testing.assert_array_equal(arrays[member][:], data.images(split, member)[:])
    for name in set(rows[0]) - {"split"}:
        values, expected = arrays[name][:], [flat(row[name]) for row in rows]
        if isinstance(expected[0], str):
            assert [text(cell) for cell in values] == expected
        else:
            np.testing.assert_array_equal(values, expected)


def contents(out: Path) -> dict[str, bytes]:
    files = [path for path in out.rglob("*") if path.is_file()] if out.is_dir() else [out]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def made(place: Path, name: str, n: int = 40, interventions: str = "hard", **more: Any) -> Data:
    spec = catalogue.spec(catalogue.find(name), n=n, size=16, interventions=parse(interventions), **more)
    build(spec, place, workers=1)
    return scmgen.load(place)


def factors(data: Data, split: str, world: str = "") -> NDArray[np.float64]:
    return np.array([list(row[f"factors{world}"].values()) for row in data.rows(split, truth=True)])
