"""Light as a screen shows it."""

from __future__ import annotations

import numpy as np

from scmgen.render.stage.light import linear, screened


def test_light_and_bytes_are_each_others_inverse() -> None:
    shown = np.arange(256) / 255
    assert (screened(linear(shown)) == np.arange(256)).all() and screened(np.array([-1.0, 7.0])).tolist() == [0, 255]
