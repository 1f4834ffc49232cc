"""npz: numpy reads back the data set without pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from exported import compare

from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


def test_npz_is_read_by_numpy_without_pickle(case: tuple[Data, bool], tmp_path: Path) -> None:
    data, truth = case
    out = exports.export(data, "npz", tmp_path / "set", truth=truth)
    assert {path.name for path in out.iterdir()} == {f"{split}.npz" for split in data.splits} | {"source.json"}
    for split in data.splits:
        with np.load(out / f"{split}.npz", allow_pickle=False) as arrays:
            compare(data, truth, split, arrays)
            assert arrays["factors_names"].tolist() == list(data.factors)
            assert ("adjacency" in arrays) == (data.graph is not None)
