"""Fixed point: what stands between a drawing and its pixels rounds, clips and forgets the last bits."""

from __future__ import annotations

import numpy as np
from primitives import disc, one

from scmgen.render.shapes import FURTHEST, fixed


def test_fixed_point_rounds_and_clips() -> None:
    values = np.array([0.0, 0.25, 1.0, -2.0, 2.0**-21, 3 * 2.0**-21, 1e30, -1e30])
    far = int(FURTHEST) * 2**20
    assert fixed(values).tolist() == [0, 2**18, 2**20, -(2**21), 0, 2, far, -far]
    assert fixed(values).dtype == np.int32


def test_last_bits_of_a_coordinate_change_no_pixel() -> None:
    x = 0.3712
    np.testing.assert_array_equal(one(disc(x, 0.5, 0.2), 64), one(disc(np.nextafter(x, 1), 0.5, 0.2), 64))
