"""Archives of one sequence, with the variables and files that their loader asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from exported import factors

from scmgen.storage.loading.reader import Data


def test_the_loader_of_sequences_finds_its_files_and_twelve_variables(data: Data, out: Path) -> None:
    with np.load(out / "train.npz") as file:
        train = dict(file)
    n = data.splits["train"]
    shapes = {name: array.shape for name, array in train.items()}
    assert shapes == {
        "imgs": (2 * n, 16, 16, 3),
        "raw_latents": (2 * n, 10),
        "shape_latents": (2 * n, 2),
        "interventions": (2 * n - 1, 12),
    }
    assert (train["imgs"][::2] == data.images("train")[:]).all() and (train["shape_latents"][:, 1] == 0).all()
    before = factors(data, "train")
    np.testing.assert_array_equal(train["shape_latents"][::2, 0], before[:, 0])
    np.testing.assert_allclose(train["raw_latents"][::2, 2], 4 * (before[:, 3] - 1) - 2, atol=1e-6)  # z, from -2 to 2
    np.testing.assert_allclose(train["raw_latents"][::2, 3], before[:, 4].astype(np.float32))  # roll, in rad
    np.testing.assert_allclose(train["raw_latents"][::2, 9], 2 * np.pi * before[:, 10], rtol=1e-5)  # a hue, in rad
    marks = np.array([row["do_mask"] for row in data.rows("train")])
    twelve = np.column_stack([marks[:, 1:], marks[:, :1], 0 * marks[:, 0]])  # the shape stands behind, no material
    np.testing.assert_array_equal(train["interventions"][::2], twelve)
    between = [1.0] * 11 + [0.0]
    assert train["interventions"][1::2].tolist() == [between] * (n - 1)


def test_each_split_but_train_has_independent_images_and_triplets(data: Data, out: Path) -> None:
    assert {path.stem for path in out.glob("*.npz")} == {
        *("train", "val", "test"),
        *(f"{name}_{what}" for name in ("val", "test") for what in ("indep", "triplets")),
    }
    n = data.splits["test"]
    with np.load(out / "test_indep.npz") as single, np.load(out / "test_triplets.npz") as triplets:
        assert single["imgs"].shape == (n, 16, 16, 3) and single["interventions"].shape == (n, 12)
        assert triplets["imgs"].shape == (n, 3, 16, 16, 3) and triplets["raw_latents"].shape == (n, 3, 10)
        first, second, third = np.moveaxis(triplets["raw_latents"], 1, 0)
        assert (third == np.where(triplets["interventions"][:, :10] == 1, second, first)).all()
