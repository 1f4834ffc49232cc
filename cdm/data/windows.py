"""Clips as samples of two frames each, one above the other, whose factors are those of both.

A factor of the frame before is called ``x[-1]``. Of a clip and its twin two such windows are taken: that which ends
where the do begins, in which the frame before is the same, and that which ends a frame later, in which the do was a
frame ago, and all that differs in the frame before was set or follows from what was. So each is a pair as still images
have them: what sets both apart is the do of these two frames, and noise is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdm.errors import CdmError
from cdm.scm.codes import BEFORE

WINDOWS = 2
"""Windows of a clip."""
_NEEDED = "the one before can be read beside each frame of twin clips: scmgen build SCENE --interventions hard:lasts=1"


def view(data: Mapping[str, Any], lags: int, where: str) -> dict[str, Any]:
    """The manifest of a data set as one of what is read: the clips as windows, or still images as they are.

    Args:
        data: the manifest.
        lags: how many frames before each are read, too: 0 or 1.
        where: its name, for errors.

    Raises:
        CdmError: if lags are asked of still images or of clips that have no twins, or others than one, or clips are to
            be read as still images.
    """
    frames = data.get("frames")
    if lags not in (0, 1):
        raise CdmError(f"--lags {lags}: 0 or 1 is allowed: the frame before is read, and none before that")
    if frames is None and lags:
        raise CdmError(f"{where}: still images; --lags {lags} reads clips: build a scene with frames")
    if frames is not None and not lags:
        raise CdmError(
            f"{where}: clips of {frames} frames; cdm train --lags 1 reads each frame beside the one before it"
        )
    if not lags:
        return dict(data)
    if ".image_cf.png" not in data["members"]:
        raise CdmError(f"{where}: clips without twins; {_NEEDED}")
    factors = {f"{name}{BEFORE}": factor for name, factor in data["factors"].items()} | data["factors"]
    return {**data, "factors": factors, "graph": data["graph"] and _unrolled(data["graph"], list(data["factors"]))}


def _unrolled(graph: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The graph over the factors of two frames; what is said of classes and of single dos holds of one, and goes."""
    d = len(names)
    matrix = [[0] * (2 * d) for _ in range(2 * d)]
    for edge in graph["factors"]["edges"]:
        cause, effect, lag = names.index(edge["source"]), names.index(edge["target"]), edge.get("lag", 0)
        if edge.get("kind", "directed") == "directed" and lag < 2:
            matrix[cause + d * (1 - lag)][effect + d] = 1
            if lag == 0:
                matrix[cause][effect] = 1
    # What happened before both is a hidden cause of everything in the first.
    hidden = [[int(i != j and max(i, j) < d) for j in range(2 * d)] for i in range(2 * d)]
    both = [*(f"{name}{BEFORE}" for name in names), *names]
    return {"adjacency": {"names": both, "directed": matrix, "bidirected": hidden}}


def ends(mask: list[list[int]], number: int) -> tuple[int, int]:
    """In which frames the two windows of a clip end; of one in which nothing is done, somewhere.

    Args:
        mask: ``(T, d)``, the targets of each frame.
        number: of the clip, from 0.
    """
    last = len(mask) - 1
    began = next((frame for frame, hit in enumerate(mask) if any(hit)), 1 + number % last)
    return max(1, began), min(last, began + 1)


def label(clip: Mapping[str, Any], end: int) -> dict[str, Any]:
    """What the label of a clip tells of the window that ends in a frame, in the form of a still image's label."""
    told: dict[str, Any] = {}
    for key, values in clip.items():
        if key.startswith("factors"):
            before = {f"{name}{BEFORE}": numbers[end - 1] for name, numbers in values.items()}
            told[key] = before | {name: numbers[end] for name, numbers in values.items()}
        else:
            told[key] = [*values[end - 1], *values[end]]
    return told
