"""HDF5: h5py reads back the pixels, labels and graph of the data set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from exported import compare

import scmgen
from scmgen.publish import exports
from scmgen.publish.exports.writing.selection import STEP
from scmgen.storage.loading.reader import Data


def test_hdf5_is_read_by_h5py(case: tuple[Data, bool], tmp_path: Path) -> None:
    import h5py

    data, truth = case
    with h5py.File(exports.export(data, "hdf5", tmp_path / "set.h5", truth=truth)) as file:
        assert set(file) - {"manifest", "adjacency", "confounded"} == set(data.splits)
        for split, samples in data.splits.items():
            compare(data, truth, split, file[split])
            image = file[split]["image"]
            assert image.chunks == (min(STEP, samples), data.size, data.size, 3)
            assert (image.compression, image.compression_opts) == ("gzip", 1)
            factors = file[split]["factors"].attrs
            assert list(factors["names"]) == list(data.factors)
            assert list(factors["units"]) == [factor["unit"] for factor in data.factors.values()]
            assert list(factors["levels"]) == [" ".join(factor["levels"]) for factor in data.factors.values()]
            np.testing.assert_array_equal(factors["ranges"], [factor["range"] for factor in data.factors.values()])
        assert json.loads(file["manifest"][()]) == data.manifest
        assert file.attrs["name"] == data.name


def test_hdf5_holds_the_graph_from_cause_to_effect(small: Path, photos: Path, tmp_path: Path) -> None:
    import h5py

    data = scmgen.load(small)
    with h5py.File(exports.export(data, "hdf5", tmp_path / "set.h5", splits=["test"])) as file:
        matrix = file["adjacency"]
        names = list(matrix.attrs["names"])
        assert [dimension.label for dimension in matrix.dims] == ["cause", "effect"]
        edges = {(names[i], names[j]) for i, j in zip(*np.nonzero(matrix[:]), strict=True)}
    assert data.graph is not None
    assert edges == {(a, b) for a, b, kind in data.graph.edges(data="kind") if kind == "directed"}
    with h5py.File(exports.export(scmgen.load(photos), "hdf5", tmp_path / "photos.h5")) as file:
        assert "adjacency" not in file
