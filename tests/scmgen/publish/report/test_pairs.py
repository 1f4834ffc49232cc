"""Pairs of factors: factual ones below the diagonal, counterfactual ones above it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from reported import pair

import scmgen


def test_the_pairs_tell_correlations_below_and_above_the_diagonal(small: Path, written: str) -> None:
    before, after, _ = pair(scmgen.load(small))
    for values, title in ((before, "light_angle and shadow_position"), (after, "shadow_position and light_angle")):
        r = np.corrcoef(values[:, 1], values[:, 3])[0, 1]
        assert f'title="{title}: association {r:.2f}"' in written
