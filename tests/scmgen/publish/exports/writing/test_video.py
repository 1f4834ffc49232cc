"""A clip as a video file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import need

from scmgen import ScmgenError
from scmgen.publish.exports.writing import video


@pytest.mark.parametrize("shape", [(3, 17, 16, 3), (2, 16, 16), (1, 33, 17, 3)])
def test_frames_come_back_in_their_order_and_sides_are_even(shape: tuple[int, ...], tmp_path: Path) -> None:
    need("av")
    import av

    shades = np.linspace(30, 220, shape[0]).astype(np.uint8)
    clip = np.broadcast_to(shades.reshape(-1, *[1] * (len(shape) - 1)), shape)
    video.write(tmp_path / "a.mp4", clip)
    with av.open(str(tmp_path / "a.mp4")) as file:
        assert file.streams.video[0].average_rate == video.RATE
        shown = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
    assert shown.shape == (shape[0], *(side + side % 2 for side in shape[1:3]), 3)
    assert np.abs(shown.astype(int) - shades.reshape(-1, 1, 1, 1)).max() < 4


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    clip: Any = np.zeros((2, 16, 16, 3), np.uint8)
    with pytest.raises(ScmgenError, match=r"a video: needs av: pip install 'scmgen\[video\]'"):
        video.write(tmp_path / "a.mp4", clip)
    assert list(tmp_path.iterdir()) == []
