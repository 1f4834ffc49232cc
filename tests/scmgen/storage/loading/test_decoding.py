"""Samples side by side: labels as arrays, and labels that do not fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import imported

import scmgen
from scmgen import ScmgenError
from scmgen.storage import png


def test_labels_that_differ_in_their_keys(tmp_path: Path) -> None:
    image = png.encode(np.zeros((2, 16, 16, 3), np.uint8))
    rows = [{"index": 0, "factors": {"x": 0.5, "kind": 1.0}}, {"index": 1, "factors": {"x": 0.5}}]
    data = scmgen.load(imported(tmp_path / "d", image, rows))
    with pytest.raises(ScmgenError) as caught:
        data.labels("train")
    assert str(caught.value) == "faces: train: labels differ in their keys: 'kind'"
    with pytest.raises(
        ScmgenError, match=r"train-000000000: 'factors' differs in this label or those after it: 'kind'"
    ):
        list(data.iterate("train"))
