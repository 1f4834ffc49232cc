"""Clips as video files, H.264 in MP4: what every player plays, and a lossy copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.publish.exports.writing.formats import require

RATE = 8  # frames a second
_QUALITY = "12"  # of x264, from 0, which keeps all, to 51: no difference is seen
_CODEC = {"crf": _QUALITY, "preset": "medium", "threads": "1"}  # one thread: the same bytes every time


def write(path: Path, frames: NDArray[np.uint8]) -> None:
    """Write a clip ``(frames, height, width, 3)``, or grey ``(frames, height, width)``.

    Colours are kept for each two by two pixels together, brightness for each, and both are compressed. A side of an odd
    number of pixels gets one pixel more, a copy of the last.

    Raises:
        ScmgenError: if the library is not installed.
    """
    av = require("av", "video")
    coloured = frames if frames.ndim > 3 else np.repeat(frames[..., None], 3, axis=-1)
    even = np.pad(coloured, [(0, 0), *((0, side % 2) for side in coloured.shape[1:3]), (0, 0)], mode="edge")
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact", "movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=RATE, options=_CODEC)
        stream.height, stream.width, stream.pix_fmt = *even.shape[1:3], "yuv420p"
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for frame in even:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode())
