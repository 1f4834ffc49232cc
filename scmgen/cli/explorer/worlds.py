"""Worlds of a scene: whose noise each has, and what is done in it; all that are asked for are solved in one pass."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

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
    """

    seed: int
    index: int
    do: Mapping[str, float | Soft] = field(default_factory=dict)
    u: Mapping[str, float] = field(default_factory=dict)


def asked(question: Question) -> list[list[World]]:
    """For each sample of a question its factual world, and the one after each step."""
    rows = [(question.index, question.noise, question.u)]
    if question.beside is not None:
        rows.append((question.beside, question.beside, {}))
    return [
        [World(question.seed, own, {}, u), *(World(question.seed, other, do, u) for do in question.held)]
        for own, other, u in rows
    ]


def solve(scene: Scene, worlds: Sequence[World]) -> dict[str, Array]:
    """Every variable ``(n,)`` of some worlds.

    Raises:
        ScmgenError: if a value is not finite, or a soft intervention leads out of a range.
    """
    drawn = functools.cache(lambda seed, index: scene.noise(1, seed, SPLIT, start=index))
    uniforms = [{name: array[0] for name, array in drawn(one.seed, one.index).items()} | dict(one.u) for one in worlds]
    noise = {name: np.array([row[name] for row in uniforms]) for name in scene.scm.exogenous}
    targets = [name for name, factor in scene.factors.items() if any(name in one.do for one in worlds)]
    values = scene.scm.solve(noise, {name: _table(name, scene.factors[name], worlds) for name in targets})
    for name in targets:
        _check(name, scene.factors[name], worlds, values[name])
    return values


def affine(action: float | Soft, factor: Factor) -> tuple[float, float]:
    """Scale and shift of what is done: x := scale * f(causes, u) + shift."""
    if not isinstance(action, Soft):
        return 0.0, action
    low, high = factor.bounds
    return action.scale, action.shift * (high - low) + (1 - action.scale) * (low + high) / 2


def _table(name: str, factor: Factor, worlds: Sequence[World]) -> Affine:
    pairs = [affine(one.do[name], factor) if name in one.do else (1.0, 0.0) for one in worlds]
    return Affine(np.array([scale for scale, _ in pairs]), np.array([shift for _, shift in pairs]))


def _check(name: str, factor: Factor, worlds: Sequence[World], values: Array) -> None:
    """Raise if a soft intervention leads out of the range of its target."""
    for one, value, inside in zip(worlds, values, factor.domain.contains(values), strict=True):
        if isinstance(one.do.get(name), Soft) and not inside:
            outside = f"{value:.4g} is outside the range {factor.domain}{unit(factor)}"
            raise ScmgenError(f"soft({name}): {outside}; shift less, or scale towards the middle (below 1)")
