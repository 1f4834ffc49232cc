"""Exogenous noise by position: number i of a stream, without the numbers before it.

Each stream is a Philox counter (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3")
whose key is a hash of the stream's name. So the noise of sample i depends on no shard size, worker
count, number of samples or order of variables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import numpy as np

from scmgen.scm.vocabulary import Array

_WORDS = 4  # 64-bit words that one step of the counter yields


def uniforms(seed: int, split: str, stream: str, start: int, stop: int, attempt: int = 0) -> Array:
    """Numbers ``start`` to ``stop`` of a stream: ``(stop - start,)`` uniforms in the open (0, 1).

    ``stream`` is a variable's name for its noise; names that are no identifiers serve other
    choices. ``attempt`` counts the redraws of a split with a predicate.
    """
    name = json.dumps([int(seed), split, stream, attempt]).encode()
    key = int.from_bytes(hashlib.blake2b(name, digest_size=16).digest(), "little")
    counter = np.random.Philox(key=key)
    counter.advance(start // _WORDS)
    skip = start % _WORDS
    words = counter.random_raw(skip + stop - start)[skip:]
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def filmed(draw: Callable[[str], Array], stream: str, frames: int, each: bool) -> Array:
    """Numbers ``(n, frames)`` of a clip: of each frame its own stream, or those of one stream in every frame.

    A stream is called by its name and the frame, so that more frames leave those before as they are.
    """
    if each:
        return np.stack([draw(f"{stream}[{frame}]") for frame in range(frames)], axis=1)
    return np.repeat(draw(stream)[:, None], frames, axis=1)
