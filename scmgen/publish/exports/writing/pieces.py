"""Samples as pieces of one sequence of images: the worlds of each one after the other, or the frames of a clip.

From one piece to the next everything is drawn anew, so every factor is a target of that transition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.members import Member
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scm.vocabulary import Array


class Pieces(NamedTuple):
    """Images ``(n, height, width, 3)``, the factors ``(n, d)`` they show, and targets ``(n, d)`` of the way to each."""

    images: NDArray[np.uint8]
    values: Array
    targets: NDArray[np.float32]


def of(source: Selection, block: Block, bases: Sequence[str]) -> Pieces:
    """The pieces of a block; ``bases`` says from where each step of its split starts."""
    if source.data.frame.frames is not None:
        return _frames(source, block, bases)
    worlds = source.data.worlds
    images = np.stack([coloured(block.images(Member(world, "image").name)) for world in worlds], axis=1)
    names = ["factors", *(f"factors_{world}" for world in worlds[1:])]
    values = np.array([[list(label[name].values()) for name in names] for label in block.labels])
    return Pieces(images.reshape(-1, *images.shape[2:]), values.reshape(-1, values.shape[-1]), _targets(block, bases))


def coloured(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey images with three equal channels, which loaders expect."""
    return images if images.ndim > 3 else np.repeat(images[..., None], 3, axis=-1)


def _frames(source: Selection, block: Block, bases: Sequence[str]) -> Pieces:
    """The clips of the last world, frame by frame; a target is what is set in a frame, and in its first all is."""
    last, since = source.data.worlds[-1], max((k for k, base in enumerate(bases) if base == "factual"), default=0)
    images = block.images(Member(last, "image").name)
    values = np.array([list(label[f"factors_{last}"].values()) for label in block.labels]).transpose(0, 2, 1)
    marks = [f"do_mask{number if number > 1 else ''}" for number in range(since + 1, len(bases) + 1)]
    targets = np.array([[label[mark] for mark in marks] for label in block.labels]).max(axis=1)
    targets[:, 0] = 1
    return Pieces(
        coloured(images.reshape(-1, *images.shape[2:])),
        values.reshape(-1, values.shape[-1]),
        targets.reshape(-1, targets.shape[-1]).astype(np.float32),
    )


def _targets(block: Block, bases: Sequence[str]) -> NDArray[np.float32]:
    """The targets of the transition to each image; a step from the factual world also ends the do before it."""
    marks = np.array([[1] * len(label["do_mask"]) for label in block.labels])
    stack = [marks]
    for number, base in enumerate(bases, start=1):
        now = np.array([label[f"do_mask{number if number > 1 else ''}"] for label in block.labels])
        before = stack[-1] if number > 1 and base == "factual" else np.zeros_like(now)
        stack.append(now | before)
    return np.stack(stack, axis=1).reshape(-1, marks.shape[1]).astype(np.float32)
