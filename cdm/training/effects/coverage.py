"""Where codes can be trusted: an encoder reads a factor well in images such as it was taught to read it in.

Of a factor j it is taught under do(j), where all others are as they happen to be. A do on another factor may take an
image out of that: make a thing so small that its shape cannot be seen, or push it behind another. What is read there
moves without having been caused, and no training cures it. So a code counts in an image only if every other factor has
a value there that it had under do(j), too: the overlap, or positivity, that adjustment needs as well (Rosenbaum and
Rubin 1983, Biometrika 70).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cdm.scm.codes import Code

_BINS, _SHARE = 20, 0.002  # of a range; and of the rows of a factor, below which a bin was not seen


def covered(code: Code, after: Tensor, taught: Sequence[Tensor]) -> Tensor:
    """Whether each code can be trusted in each counterfactual image, ``(n, d)``, 1 or 0.

    Args:
        code: the factors.
        after: codes ``(n, width)`` that are read in these images.
        taught: for each factor the rows in which it alone was set.
    """
    bins = _bins(code, after)
    trusted = torch.ones(len(after), len(taught))
    for j, rows in enumerate(taught):
        for m in range(len(taught)):
            if m != j and len(rows):
                seen = torch.bincount(bins[rows, m], minlength=int(bins[:, m].max()) + 1) > _SHARE * len(rows)
                trusted[:, j] *= seen[bins[:, m]]
    return trusted


def _bins(code: Code, codes: Tensor) -> Tensor:
    """The bin of each factor's value, ``(n, d)``: of equal width over the values that occur, or the level itself."""
    columns = []
    for factor, values in zip(code.factors, code.decode(codes).T, strict=True):
        low, high = values.min(), values.max()
        shares = (values - low) / (high - low).clamp_min(1e-9)
        columns.append(values if factor.domain.kind == "categorical" else (shares * _BINS).clamp(0, _BINS - 1).floor())
    return torch.stack(columns, dim=1).long()
