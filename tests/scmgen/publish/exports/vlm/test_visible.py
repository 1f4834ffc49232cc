"""What can be seen: enough pixels that differ enough, and values far enough apart."""

from __future__ import annotations

import numpy as np

from scmgen.publish.exports.vlm.visible import differ, far
from scmgen.scene.domain import Categorical, Circular, Continuous


def test_images_differ_in_enough_pixels_by_enough() -> None:
    plain = np.zeros((3, 64, 64, 3), np.uint8)
    other = plain.copy()
    other[0, 0, :9, 1] = 32  # 0.2 % of 4,096 pixels are 8.2
    other[1, 0, :8, 1] = 255
    other[2, :, :, 0] = 31
    assert differ(plain, other).tolist() == [True, False, False]
    assert differ(plain[..., 0], other[..., 1]).tolist() == [True, False, False]


def test_values_are_far_in_their_own_domain() -> None:
    assert far(Continuous(0, 10), np.array([1.0, 1.0]), np.array([2.1, 2.3])).tolist() == [False, True]
    assert not far(Circular(0, 10), 9.9, 0.1)
    assert far(Categorical(tuple("abcdefghijkl")), 1.0, 2.0)
