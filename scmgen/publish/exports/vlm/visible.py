"""Which differences between two images, and between two values, can be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scmgen.scene.domain import Categorical, Domain
from scmgen.scm.vocabulary import Array

LEVELS = 32  # of 255 in any channel, below which two pixels look alike
SHARE, LEAST = 0.002, 3  # of the pixels of an image, and at least so many, that must not look alike
APART = 0.12  # of its range, by which two values of a factor differ if somebody is to see it


def differ(ones: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where images, ``(n, height, width, 3)`` or grey ones, can be told apart by eye: ``(n,)``."""
    gap = np.abs(ones.astype(np.int16) - others) >= LEVELS
    seen = gap.any(axis=-1) if gap.ndim == 4 else gap
    height, width = seen.shape[1:]
    return np.asarray(seen.sum(axis=(1, 2)) >= max(LEAST, SHARE * height * width))


def far(domain: Domain, ones: Array | float, others: Array | float) -> NDArray[np.bool_]:
    """Where values of a factor can be told apart."""
    low, high = domain.bounds
    span = 1.0 if isinstance(domain, Categorical) else high - low
    return np.asarray(domain.distance(np.asarray(ones), np.asarray(others)) >= APART * span)
