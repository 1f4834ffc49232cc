"""Values become rows of a renderer: samples, or frames of clips."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.scene.rows import rows


def test_scalars_are_spread_and_clips_are_laid_end_to_end() -> None:
    still = rows({"a": [1, 2, 3], "b": 4}, None)
    assert still["b"].tolist() == [4.0, 4.0, 4.0]
    clips = rows({"a": [[1, 2], [3, 4], [5, 6]]}, 2)
    assert clips["a"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert clips["time"].tolist() == [0.0, 1.0] * 3


@pytest.mark.parametrize(
    ("values", "frames", "message"),
    [
        ({"a": [1, 2], "b": [1, 2, 3]}, None, "of one length, or scalars"),
        ({"a": [[1, 2]]}, None, "of one length, or scalars"),
        ({"a": [1, 2, 3]}, 3, r"\(n, 3\) arrays; found shapes \[\(3,\)\]"),
        ({"a": np.zeros((2, 4))}, 3, r"\(n, 3\) arrays"),
    ],
)
def test_other_shapes_are_refused(values: dict[str, object], frames: int | None, message: str) -> None:
    with pytest.raises(ScmgenError, match=message):
        rows(values, frames)  # type: ignore[arg-type]
