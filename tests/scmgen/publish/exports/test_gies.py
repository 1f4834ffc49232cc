"""Samples by regime as ``gies.fit_bic`` takes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from exported import made

from scmgen.publish import exports


def test_gies_regimes_and_targets_are_what_fit_bic_takes(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=100)
    out = exports.export(data, "gies", tmp_path / "set")
    targets = json.loads((out / "targets.json").read_bytes())
    assert targets == [[], [0], [1], [2], [3]]
    with np.load(out / "train.npz") as file:
        regimes, names, edges = list(file["data"]), file["names"].tolist(), file["adjacency"]
    assert [regime.shape for regime in regimes] == [(80, 4)] * 5
    assert all(regime.dtype == np.float64 for regime in regimes)
    assert (names, edges.sum()) == (list(data.factors), 4)


def test_gies_and_enco_tell_of_the_same_samples(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=100)
    with np.load(exports.export(data, "gies", tmp_path / "gies") / "test.npz") as file:
        regimes = file["data"]
    with np.load(exports.export(data, "enco", tmp_path / "enco") / "test.npz") as file:
        np.testing.assert_array_equal(regimes[0].astype(np.float32), file["data_obs"])
        np.testing.assert_array_equal(regimes[1:].astype(np.float32), file["data_int"])
