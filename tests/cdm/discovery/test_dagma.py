"""DAGMA: levels and angles are blocks to it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")
pytest.importorskip("dagma")

from causes import brief as brief
from causes import mixed


def test_dagma_takes_levels_and_angles_as_blocks(brief: None) -> None:
    learned = mixed().observed.discovered("dagma").adjacency
    assert learned.shape == (3, 3)
    assert learned[0, 1] + learned[1, 0] == 1
    assert learned[:, 2].sum() + learned[2].sum() > 0  # the size hangs on something
