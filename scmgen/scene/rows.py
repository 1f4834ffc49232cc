"""Values as a renderer reads them: a row for each image, which is a sample, or a frame of a clip."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from scmgen.errors import ScmgenError
from scmgen.scm.solving import TIME
from scmgen.scm.vocabulary import Array


def rows(values: Mapping[str, ArrayLike], frames: int | None) -> dict[str, Array]:
    """Values ``(n,)``, or scalars, of one length; of clips ``(n, frames)`` as ``(n * frames,)``, and ``time``.

    Raises:
        ScmgenError: if they have other shapes.
    """
    arrays = {name: np.atleast_1d(np.asarray(value, np.float64)) for name, value in values.items()}
    shapes = {array.shape for array in arrays.values()}
    if frames is not None:
        if len(shapes) != 1 or next(iter(shapes))[1:] != (frames,):
            raise ScmgenError(f"values must be (n, {frames}) arrays; found shapes {sorted(shapes)}")
        count = next(iter(shapes))[0]
        clock = np.tile(np.arange(float(frames)), count)
        return {TIME: clock, **{name: array.ravel() for name, array in arrays.items()}}
    if not shapes or len({*shapes, (1,)}) > 2 or any(len(shape) > 1 for shape in shapes):
        raise ScmgenError(f"values must be (n,) arrays of one length, or scalars; found shapes {sorted(shapes)}")
    return dict(zip(arrays, np.broadcast_arrays(*arrays.values()), strict=True))
