"""The layout of DCDI, whose loader reads a number of files of a folder."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from exported import factors, made

from scmgen.publish import exports


def test_dcdi_rows_have_their_regime_and_its_targets(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=50)
    out = exports.export(data, "dcdi", tmp_path / "set")
    for split, size in data.splits.items():
        folder = out / split
        observed, mixed = np.load(folder / "data1.npy"), np.load(folder / "data_interv1.npy")
        np.testing.assert_array_equal(observed, factors(data, split))
        assert mixed.shape == (5 * size, 4)
        regimes = np.genfromtxt(folder / "regime1.csv", delimiter=",").astype(int)  # as the loader reads them
        with (folder / "intervention1.csv").open() as file:
            targets = [[int(cell) for cell in row] for row in csv.reader(file)]
        np.testing.assert_array_equal(mixed[regimes == 0], observed)
        assert [len(regimes), len(targets)] == [len(mixed)] * 2
        assert all(found == ([regime - 1] if regime else []) for found, regime in zip(targets, regimes, strict=True))
        assert np.load(folder / "DAG1.npy").tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [0] * 4, [0] * 4]
