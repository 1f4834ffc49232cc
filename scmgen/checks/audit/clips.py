"""Checks of clips that need numbers only: mechanisms one at a time, lags, and what becomes of values in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scmgen.checks.audit.findings import Finding, fault, note
from scmgen.checks.audit.population import Population
from scmgen.checks.audit.response import caused, private
from scmgen.checks.audit.values import (
    EFFECT,
    OWN_NOISE,
    hidden_causes,
    indistinguishable,
    out_of_range,
    tied,
    unbalanced,
)
from scmgen.errors import ScmgenError
from scmgen.scene.bounds import FRAMES
from scmgen.scene.scene import Scene
from scmgen.scm import lagged
from scmgen.scm.graph import lagging
from scmgen.scm.model import Affine
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

DRIFT = 0.1  # distance of two distributions (Kolmogorov and Smirnov) from which on values still change at the end
LONGER = 4  # times the frames of a clip: how far ahead values are looked at
SEEN = 0.01  # share of the variance of a factor that a cause explains, if a regression is to see it

_CLIPS, _MOMENTS = 64, 6  # clips in which one cause is moved, in so many frames
_SURE = 1.95  # of the distance of two samples: chance passes it once in a thousand times


def flat(population: Population) -> Population:
    """The same with each frame as a sample, for checks that look at one moment."""
    frames = population.scene.frames or 1
    values = {name: array.ravel() for name, array in population.values.items()}
    return replace(population, values=values, noise={}, origin=np.repeat(population.origin, frames))


def check(population: Population, seed: int) -> list[Finding]:
    """Run every check of this module on one population of clips."""
    moments = flat(population)
    return [
        *clamped(population),
        *without_own_noise(population, seed),
        *unfaithful(population, seed),
        *hidden_causes(population),
        *indistinguishable(moments),
        *out_of_range(moments),
        *unbalanced(moments),
        *unseen_lags(population),
        *drifting(population),
        *exploding(population, seed),
    ]


def held(population: Population, free: str = "", frames: NDArray[np.bool_] | None = None) -> dict[str, Affine]:
    """A do that holds every factor where it was, but one in some frames ``(n, frames)`` (in all if None)."""
    table = {name: Affine(0.0, population.values[name]) for name in population.scene.factors if name != free}
    if free and frames is not None:
        table[free] = Affine(np.where(frames, 1.0, 0.0), np.where(frames, 0.0, population.values[free]))
    return table


def clamped(population: Population) -> Iterator[Finding]:
    """Continuous factors that take one value in many frames, or in many clips if they are constants of them."""
    still = lagged.constants(population.scene.scm)
    for name, factor in population.scene.factors.items():
        values = population.values[name]
        if not factor.levels:
            share, sentence = tied(factor.domain, values[:, 0] if name in still else values.ravel())
            if share:
                yield fault("clamped", name, share, sentence)


def without_own_noise(population: Population, seed: int) -> Iterator[Finding]:
    """Factors with causes whose own noise is missing or too small to matter, all other factors held in every frame."""
    scene, some = population.scene, population.few(_CLIPS)
    for name, factor in scene.factors.items():
        if not caused(scene, name):
            continue
        sources = private(scene, name)
        if not sources:
            yield fault("deterministic-child", name, 0.0, "has causes but no noise of its own")
            continue
        noise = {**some.noise, **fresh(some, sources, seed)}
        after = scene.scm.solve(noise, held(some, name))[name]
        moved = factor.domain.distance(some.values[name].ravel(), after.ravel())
        whole = factor.domain.dispersion(population.values[name].ravel())
        share = float((moved**2).mean() / whole) if whole > 0 else 1.0
        if share < OWN_NOISE:
            yield fault("deterministic-child", name, share, f"its own noise has {share:.2g} of its variance")


def fresh(population: Population, names: tuple[str, ...], seed: int) -> dict[str, Array]:
    """Noise of some variables, drawn anew as each is drawn: in every frame, or once for a clip."""
    scm = population.scene.scm
    return {
        name: scm.drawn(name, lambda stream: uniforms(seed, "audit", f"noise:{stream}", 0, population.size))
        for name in names
    }


def unfaithful(population: Population, seed: int) -> Iterator[Finding]:
    """Edges without an effect: a cause is moved, in some frames one after the other, all else held but the effect."""
    steady, _ = lagged.projected(population.scene.scm, list(population.scene.factors))
    few = population.few(_CLIPS)
    often = few.rows(np.repeat(np.arange(few.size), _MOMENTS))
    for cause, effect, lag in steady["directed"]:
        size = _effect(often, cause, effect, lag, seed)
        if size < EFFECT:
            sentence = f"do({cause}) over its range moves {effect} by {size:.2g} of its spread at most"
            yield fault("unfaithful-edge", f"{lagging(cause, lag)} -> {effect}", size, sentence)


def _effect(some: Population, cause: str, effect: str, lag: int, seed: int) -> float:
    """How far moves of a cause move its effect at most, in shares of the effect's spread."""
    scene, frames = some.scene, some.scene.frames or 1
    child, number = scene.factors[effect].domain, np.arange(frames)
    still, whole = cause in lagged.constants(scene.scm), child.spread(some.values[effect].ravel())
    first = max(lag, frames // 2)  # where no frame is missing before it
    u = [uniforms(seed, "audit", f"{what}:{cause}:{effect}:{lag}", 0, some.size) for what in ("do", "at")]
    now = (first + np.floor(u[1] * (frames - first)))[:, None]
    here, before = number == now, (number == now - lag) | still
    table = held(some, effect, here)
    free = here & (cause == effect)
    moved = np.where(before, scene.factors[cause].domain.at(u[0])[:, None], some.values[cause])
    table[cause] = Affine(np.where(free, 1.0, 0.0), np.where(free, 0.0, moved))
    after = scene.scm.solve(some.noise, table)[effect]
    return float(child.distance(after[here], some.values[effect][here]).max()) / whole if whole > 0 else 0.0


def unseen_lags(population: Population) -> Iterator[Finding]:
    """Causes that a linear regression on all factors in the frames before sees at another lag."""
    steady, _ = lagged.projected(population.scene.scm, list(population.scene.factors))
    for effect in population.scene.factors:
        true: dict[str, set[int]] = {}
        for cause, _, lag in (edge for edge in steady["directed"] if edge[1] == effect):
            true.setdefault(cause, set()).add(lag)
        late = {cause: lags for cause, lags in true.items() if min(lags)}
        explained = regressed(population, effect, 1 + max(map(max, late.values()))) if late else {}
        for cause, lags in late.items():
            shares = explained.get(cause, {0: 0.0})
            best = max(shares, key=lambda lag: shares[lag])
            if shares[best] >= SEEN and best not in lags:
                told = " or ".join(map(str, sorted(lags)))
                sentence = f"a regression sees it {best} frames before its effect; the graph says {told}"
                yield note("lag", f"{cause} -> {effect}", shares[best], sentence)


def regressed(population: Population, effect: str, longest: int) -> dict[str, dict[int, float]]:
    """How much of the variance of a factor each other one explains at each lag from 1 on, beside all others.

    Linear, on what a factor's domain embeds: the share that is lost if one factor at one lag is left out, of what all
    together leave.
    """
    scene, frames = population.scene, population.scene.frames or 1
    if longest >= frames:
        return {}
    still = lagged.constants(scene.scm)
    columns: dict[tuple[str, int], Array] = {}
    for name, factor in scene.factors.items():
        for lag in (0,) if name in still else range(1, longest + 1):
            shifted = population.values[name][:, longest - lag : frames - lag]
            columns[name, lag] = factor.domain.embed(shifted.ravel())
    target = scene.factors[effect].domain.embed(population.values[effect][:, longest:].ravel())
    whole = _left(columns, target)
    return {
        name: {
            lag: 1.0 - whole / max(_left({k: v for k, v in columns.items() if k != (name, lag)}, target), 1e-300)
            for lag in range(1, longest + 1)
        }
        for name in scene.factors
        if name not in still
    }


def _left(columns: Mapping[tuple[str, int], Array], target: Array) -> float:
    """What a regression leaves of the squares of a target."""
    design = np.concatenate([np.ones((len(target), 1)), *columns.values()], axis=1)
    solution, *_ = np.linalg.lstsq(design, target, rcond=None)
    return float(((target - design @ solution) ** 2).sum())


def drifting(population: Population) -> Iterator[Finding]:
    """Factors whose distribution still changes from the middle of a clip to its end."""
    frames = population.scene.frames or 1
    least = max(DRIFT, _SURE * np.sqrt(2 / population.size))
    for name in population.scene.factors:
        middle, end = population.values[name][:, frames // 2], population.values[name][:, -1]
        distance = _distance(middle, end)
        if distance > least:
            sentence = (
                f"is not stationary: from the middle of the clip to its end its distribution moves by {distance:.2f}"
            )
            yield note("stationarity", name, distance, sentence)


def _distance(one: Array, other: Array) -> float:
    """The largest distance of two distribution functions, from samples of both."""
    places = np.concatenate([one, other])
    shares = (np.searchsorted(np.sort(side), places, side="right") / len(side) for side in (one, other))
    return float(np.abs(np.subtract(*shares)).max())


def exploding(population: Population, seed: int) -> Iterator[Finding]:
    """Factors that leave their range, or are no numbers any more, in clips that are longer."""
    scene, frames = longer(population.scene), population.scene.frames or 1
    try:
        values = scene.scm.solve(scene.noise(_CLIPS, seed, "audit"))
    except ScmgenError as error:
        yield note("horizon", "clip", float(scene.frames or 1), f"of {scene.frames} frames: {error}")
        return
    for name, factor in scene.factors.items():
        outside = ~factor.domain.contains(values[name])
        if outside[:, frames:].any() and not outside[:, :frames].any():
            frame = int(np.flatnonzero(outside.any(axis=0))[0])
            share = outside.any(axis=1).mean()
            yield note(
                "horizon", name, frame, f"leaves its range from frame {frame} of longer clips on, in {share:.0%}"
            )


def longer(scene: Scene) -> Scene:
    """The scene with longer clips, its equations and parameters as they are."""
    frames = min(LONGER * (scene.frames or 1), FRAMES)
    return replace(scene, scm=replace(scene.scm, frames=frames))
