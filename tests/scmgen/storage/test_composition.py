"""What a manifest sums up: moments, targets and kinds of all samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from stored import dataset_of, manifest_of, stored_labels

from scmgen.dataset.labels import key


def test_targets_are_balanced_in_each_block(small: Path) -> None:
    found = stored_labels(small)
    for split, size in dataset_of(small).spec.sizes().items():
        masks = [found[key(split, index)]["do_mask"] for index in range(size)]
        for start in range(0, size - size % 5, 5):
            assert np.sum(masks[start : start + 5], axis=0).tolist() == [1, 1, 1, 1]
    assert manifest_of(small)["targets"] == [
        dict.fromkeys(["pendulum_angle", "light_angle", "shadow_length", "shadow_position", "none"], 60)
    ]
    assert manifest_of(small)["kinds"] == [{"hard": 240, "none": 60}]


def test_statistics_in_the_manifest_are_those_of_the_labels(small: Path) -> None:
    found = list(stored_labels(small).values())
    for name, factor in manifest_of(small)["factors"].items():
        values = np.array([label["factors"][name] for label in found])
        assert (factor["min"], factor["max"]) == (values.min(), values.max())
        assert np.allclose([factor["mean"], factor["std"]], [values.mean(), values.std()], rtol=1e-12, atol=1e-12)
