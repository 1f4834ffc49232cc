"""Worlds of a scene: whose noise each has, and what is done in it; all that are asked for are solved in one pass."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scmgen.cli.explorer.question import Question, Soft, unit
from scmgen.errors import ScmgenError
from scmgen.scene.factor import Factor
from scmgen.scene.scene import Scene
from scmgen.scm.model import Affine
from scmgen.scm.vocabulary import Array

SPLIT = "train"


@dataclass(frozen=True)
class World:
    """One world.

    Attributes:
        seed, index: whose noise it has: of sample ``index`` of the split ``train``.
        do: what is done in it.
        u: noise that is set by hand.
        at, lasts: of a clip the frame from which on the do holds, and in how many.
    """

    seed: int
    index: int
    do: Mapping[str, float | Soft] = field(default_factory=dict)
    u: Mapping[str, float] = field(default_factory=dict)
    at: int | None = None
    lasts: int | None = None

    def acting(self, frames: int) -> NDArray[np.bool_]:
        """In which frames of a clip the do holds."""
        first, number = self.at or 0, np.arange(frames)
        return np.asarray((number >= first) & (number < first + (self.lasts or frames)))


def asked(question: Question) -> list[list[World]]:
    """For each sample of a question its factual world, and the one after each step."""
    rows = [(question.index, question.noise, question.u)]
    if question.beside is not None:
        rows.append((question.beside, question.beside, {}))
    seed, span = question.seed, (question.at, question.lasts)
    return [
        [World(seed, own, {}, u), *(World(seed, other, do, u, *(span if do else ())) for do in question.held)]
        for own, other, u in rows
    ]


def solve(scene: Scene, worlds: Sequence[World]) -> dict[str, Array]:
    """Every variable ``(n,)`` of some worlds, ``(n, frames)`` of clips.

    Raises:
        ScmgenError: if a value is not finite, or a soft intervention leads out of a range.
    """
    drawn = functools.cache(lambda seed, index: scene.noise(1, seed, SPLIT, start=index))
    uniforms = [
        {name: np.broadcast_to(one.u.get(name, u[0]), u[0].shape) for name, u in drawn(one.seed, one.index).items()}
        for one in worlds
    ]
    noise = {name: np.array([row[name] for row in uniforms]) for name in scene.scm.exogenous}
    targets = [name for name, factor in scene.factors.items() if any(name in one.do for one in worlds)]
    values = scene.scm.solve(noise, {name: _table(name, scene, worlds) for name in targets})
    for name in targets:
        _check(name, scene.factors[name], worlds, values[name])
    return values


def affine(action: float | Soft, factor: Factor) -> tuple[float, float]:
    """Scale and shift of what is done: x := scale * f(causes, u) + shift."""
    if not isinstance(action, Soft):
        return 0.0, action
    low, high = factor.bounds
    return action.scale, action.shift * (high - low) + (1 - action.scale) * (low + high) / 2


def _table(name: str, scene: Scene, worlds: Sequence[World]) -> Affine:
    factor = scene.factors[name]
    pairs = np.array([affine(one.do[name], factor) if name in one.do else (1.0, 0.0) for one in worlds])
    if scene.frames is not None:
        acting = np.stack([one.acting(scene.frames) for one in worlds])
        return Affine(np.where(acting, pairs[:, :1], 1.0), np.where(acting, pairs[:, 1:], 0.0))
    return Affine(*pairs.T)


def _check(name: str, factor: Factor, worlds: Sequence[World], values: Array) -> None:
    """Raise if a soft intervention leads out of the range of its target."""
    for one, value, inside in zip(worlds, values, factor.domain.contains(values), strict=True):
        if isinstance(one.do.get(name), Soft) and not np.all(inside):
            outside = f"{np.atleast_1d(value[~inside])[0]:.4g} is outside the range {factor.domain}{unit(factor)}"
            raise ScmgenError(f"soft({name}): {outside}; shift less, or scale towards the middle (below 1)")
