"""Images of two bars, one of which is set anew: the smallest pairs in which there is something to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def uniform(n: int, seed: int) -> Any:
    """Places from -1 to 1, ``(n, 1)``."""
    return 2 * torch.rand(n, 1, generator=torch.Generator().manual_seed(seed)) - 1


def draw(values: Any) -> Any:
    """Images of two bars, one in each half, that reach from the left to places from 0 to 1."""
    x = (np.arange(16) + 0.5) / 16
    image = np.ones((len(values), 3, 16, 16), np.float32)
    for rows, column in ((slice(0, 8), 0), (slice(8, 16), 1)):
        image[:, :, rows] -= 2 / (1 + np.exp((x - values[:, column, None]) / 0.03))[:, None, None]
    return torch.from_numpy(image)


def moved(n: int, seed: int) -> tuple[Any, Any, Any, Any]:
    """Images of two bars before and after one of them is set, their places after, and the targets."""
    rng = np.random.default_rng(seed)
    before, target = rng.uniform(0, 1, (n, 2)), rng.integers(0, 2, n)
    after = before.copy()
    after[np.arange(n), target] = rng.uniform(0, 1, n)
    mask = torch.from_numpy(target[:, None] == np.arange(2)).float()
    return draw(before), draw(after), torch.from_numpy(after).float(), mask
