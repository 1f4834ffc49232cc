"""Checks that draw: whether factors can be seen, and objects are whole, in the pixels of some samples."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from scmgen.checks.audit.findings import Finding, fault, note
from scmgen.checks.audit.population import Population
from scmgen.checks.audit.response import doing, respond
from scmgen.render.frame import Frame, differing
from scmgen.render.renderer import Object
from scmgen.scene.domain import Categorical, Domain
from scmgen.scene.scene import Scene
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

NEAR = 1 / 20  # of the range: a move that should be seen
FAR = (1 / 2, 1 / 3, 1 / 4)  # of the range, in turn: a shape that looks alike after one of them does not after all
UNSEEN = 0.01  # share of samples in which a near move may change nothing

_MASKS = 128  # pixels of the unit square in masks: whether an object is whole does not depend on the data's size
_LEAST = 9  # values of each factor under a do
_MARKS = 1_000  # marks without a group that are looked at, at most
_ROUNDED = 8  # of 255: what numbers that differ in their last digits may change
_NAMED = 20  # marks without a group that are named, of those with one fault
_LOOKS = 40_000  # objects times samples that are looked at
_AT_ONCE = 8_000_000  # pixels in memory
_DRAWN = 64_000_000  # pixels that one check draws at most
_LONG, _SECONDS = 0.01, 10.0  # of an image, from which on a check counts seconds, too; and of a check, about

Tally: TypeAlias = dict[str, int]
"""Of one object: in how many samples it is ``drawn``, and meets each of its possible fates."""

_FATES = {
    "cut": ("out-of-frame", "cut by the frame"),
    "outside": ("out-of-frame", "outside the frame, or too small to see,"),
    "hidden": ("occluded", "wholly hidden by other marks"),
}


@dataclass(frozen=True)
class Visibility:
    """What moves of one factor change in the image, every other factor held.

    ``far`` and ``near`` are shares of samples in which such a move changes no pixel (``near`` None for a
    category); ``pixels`` is the median share of pixels that a near move (of a category: a far one) changes.
    """

    far: float
    near: float | None
    pixels: float


def affordable(scene: Scene, frame: Frame, images: int, least: int, most: int) -> int:
    """How many samples to draw, if each takes so many images of a frame."""
    return max(least, min(most, _DRAWN // (frame.pixels * images), _timely(scene, frame, images)))


def _timely(scene: Scene, frame: Frame, images: int) -> int:
    """How many samples can be drawn in a while, if each takes so many images; any number of what takes no time."""
    each = (frame.frames or 1) * scene.renderer.seconds(frame.still)
    return int(_SECONDS / (each * images)) if each > _LONG else _DRAWN


def _held(
    population: Population, change: Mapping[str, Array], noise: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """What the drawing reads when a factor or some hidden noise changes and every other factor is held."""
    scene = population.scene
    helpers = [name for name in scene.hidden if name in scene.renderer.reads]
    return {**population.values, **change, **respond(population, helpers, do=change, noise=noise)}


def visibility(populations: Sequence[Population], frame: Frame, n: int) -> dict[str, Visibility]:
    """Move each factor in ``n`` samples of all populations together, and compare the images."""
    changed: dict[str, dict[str, list[Array]]] = {}
    for population in populations:
        some = population.few(max(1, n // len(populations)))
        before = some.scene.render(some.values, frame)
        for name, factor in some.scene.factors.items():
            for kind, values in _moves(factor.domain, some.values[name]).items():
                with doing(name):
                    after = some.scene.render(_held(some, {name: values}), frame)
                shares = differing(after, before).mean(axis=(1, 2))
                changed.setdefault(name, {}).setdefault(kind, []).append(shares)
    return {name: summary({k: np.concatenate(part) for k, part in kinds.items()}) for name, kinds in changed.items()}


def _moves(domain: Domain, values: Array) -> dict[str, Array]:
    """Values after a far and a near move; no level is near another."""
    far = {"far": domain.moved(values, np.resize(np.array(FAR), len(values)))}
    return far if isinstance(domain, Categorical) else {**far, "near": domain.moved(values, NEAR)}


def summary(shares: Mapping[str, Array]) -> Visibility:
    """What the shares of pixels ``(n,)`` that far and near moves changed say of a factor."""
    near = shares.get("near")
    usual = float(np.median(shares["far"] if near is None else near))
    return Visibility(float((shares["far"] == 0).mean()), None if near is None else float((near == 0).mean()), usual)


def unreadable(seen: Mapping[str, Visibility]) -> Iterator[Finding]:
    """Factors that can be moved without any change in the image."""
    for name, visible in seen.items():
        if visible.far > 0:
            sentence = f"a far move changes no pixel, in {visible.far:.1%} of samples"
            yield fault("unreadable", name, visible.far, sentence)
        elif visible.near is not None and visible.near > UNSEEN:
            sentence = f"a move by a twentieth of its range changes no pixel, in {visible.near:.1%} of samples"
            yield fault("unreadable", name, visible.near, sentence)


def open_circles(populations: Sequence[Population], frame: Frame, n: int) -> Iterator[Finding]:
    """Circular factors whose two ends, which are one value, are two pictures, every other factor held."""
    for name, low, high in circles(populations[0].scene):
        some = populations[0].few(n)
        with doing(name):
            ends = [some.scene.render(_held(some, {name: np.full(some.size, end)}), frame) for end in (low, high)]
        yield from parted(name, *ends)


def circles(scene: Scene) -> list[tuple[str, float, float]]:
    """The circular factors, with the two ends of their ranges."""
    return [(n, *factor.range) for n, factor in scene.factors.items() if factor.circular and factor.range]


def parted(name: str, first: NDArray[np.uint8], last: NDArray[np.uint8]) -> Iterator[Finding]:
    """Say where images of the two ends of a circle differ by more than rounding does."""
    apart = np.abs(first.astype(np.int16) - last).reshape(len(first), -1).max(axis=1) > _ROUNDED
    if apart.any():
        sentence = f"its two ends are one value and two pictures, in {apart.mean():.1%} of samples"
        yield fault("circle", name, float(apart.mean()), sentence)


def without_nuisance(populations: Sequence[Population], frame: Frame, n: int, seed: int) -> Iterator[Finding]:
    """Scenes in which the factors fix the whole image."""
    for population in populations:
        some = population.few(n)
        hidden = [name for name in some.scene.scm.exogenous if name not in some.scene.factors]
        fresh = {name: uniforms(seed, "audit", f"noise:{name}", 0, some.size) for name in hidden}
        if hidden and (some.scene.render(_held(some, {}, fresh), frame) != some.scene.render(some.values, frame)).any():
            return
    yield fault("nuisance", "image", 0.0, "nothing that is drawn varies but the factors")


def looked_at(scenes: Sequence[Scene]) -> list[Object]:
    """The objects that should be whole and seen: every group, and every mark without one that a factor moves anywhere.

    Of more marks than can be looked at, some, spread evenly.
    """
    every = scenes[0].renderer.objects
    marks = [one for one in every if one.lone and any(_follows(scene, one.reads) for scene in scenes)]
    kept = [marks[k * len(marks) // _MARKS] for k in range(_MARKS)] if len(marks) > _MARKS else marks
    return [*(one for one in every if not one.lone), *kept]


def broken_objects(populations: Sequence[Population], frame: Frame, n: int, seed: int) -> Iterator[Finding]:
    """Objects that the frame cuts or other marks hide, as observed and under a do on each factor."""
    worlds: dict[str, list[dict[str, Tally]]] = {}
    objects = looked_at([population.scene for population in populations])
    many = max(1, len(objects))
    n = min(n, _LOOKS // many, _timely(populations[0].scene, frame.scaled(_MASKS), many))
    for population in populations:
        factors, each = population.scene.factors, n // len(populations)
        some, few = population.few(max(_LEAST, each)), population.few(max(_LEAST, each // (2 * len(factors))))
        worlds.setdefault("", []).append(_tally(some.scene, some.values, objects, frame))
        for name, factor in factors.items():
            order = np.argsort(uniforms(seed, "audit", f"order:{name}", 0, few.size))
            wanted = factor.domain.at(np.clip(order / (few.size - 1 or 1), 2.0**-53, 1 - 2.0**-53))  # from end to end
            noise = {source: few.noise[source] for source in few.scene.scm.exogenous}
            with doing(name):
                values = few.scene.scm.solve(noise, {name: wanted})
                worlds.setdefault(name, []).append(_tally(few.scene, values, objects, frame))
    tallied = ((one, {done: [t[one.name] for t in tallies] for done, tallies in worlds.items()}) for one in objects)
    yield from _shortened((one.lone, finding) for one, tallies in tallied for finding in _fates(one, tallies))


def _shortened(findings: Iterable[tuple[bool, Finding]]) -> Iterator[Finding]:
    """The findings, but of the lone marks among many that meet one fate the first few, and how many more do."""
    alike: dict[tuple[Any, ...], list[Finding]] = {}
    for lone, finding in findings:
        same = alike.setdefault((finding.check, finding.severity, finding.condition), [])
        if lone:
            same.append(finding)
        if not lone or len(same) <= _NAMED:
            yield finding
    for same in alike.values():
        more = same[_NAMED:]
        if more:
            worst = max(finding.figure for finding in more)
            sentence = f"the same, each in up to {worst:.1%} of samples"
            yield replace(more[0], subject=f"{len(more)} more marks", figure=worst, sentence=sentence)


def _fates(one: Object, worlds: Mapping[str, Sequence[Tally]]) -> Iterator[Finding]:
    """What becomes of one object, as observed (``""``) and under a do on each factor."""
    shares = {done: _shares(tallies) for done, tallies in worlds.items()}
    for fate, (check, words) in _FATES.items():
        if fate == "cut" and one.lone and all(t["cut"] == t["drawn"] for tallies in worlds.values() for t in tallies):
            if any(t["cut"] for t in worlds[""]):
                yield note(check, one.name, 1.0, f"{words} in every sample: it reaches in from outside")
            continue
        observed = shares[""][fate]
        if observed:
            yield fault(check, one.name, observed, f"{words} in {observed:.1%} of samples")
        worse = {done: each[fate] for done, each in shares.items() if done and each[fate] > 2 * observed}
        if worse:
            spelt = ", ".join(f"{share:.1%} under do({done})" for done, share in worse.items())
            yield fault(check, one.name, max(worse.values()), f"{words} in {spelt}", "all-interventions")


def _shares(tallies: Sequence[Tally]) -> dict[str, float]:
    drawn = sum(tally["drawn"] for tally in tallies)
    return {fate: sum(tally[fate] for tally in tallies) / max(drawn, 1) for fate in _FATES}


def _tally(scene: Scene, values: Mapping[str, Array], objects: Sequence[Object], frame: Frame) -> dict[str, Tally]:
    """For each object, in how many samples it is drawn, and what becomes of it.

    A lone mark may touch the edge, as a bar that grows from it does, and shrink to nothing; a group may not.
    """
    tallies = {one.name: dict.fromkeys(("drawn", *_FATES), 0) for one in objects}
    placed = {one.name: _follows(scene, one.placing) for one in objects}
    lone = {one.name for one in objects if one.lone}
    for part in scene.renderer.apart(scene.world(values), frame.scaled(_MASKS), list(tallies)):
        there, lost = part.mask.any(axis=(1, 2)), part.beyond | (part.name not in lone)
        cut, outside = _cut(part.mask) & placed[part.name] & lost, part.drawn & ~there & lost
        fates = {"drawn": part.drawn, "cut": cut, "outside": outside, "hidden": there & ~part.seen}
        for fate, rows in fates.items():
            tallies[part.name][fate] += int(rows.sum())
    return tallies


def _cut(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a mask touches an edge of the frame; what reaches from edge to opposite edge is scenery, and whole."""
    left, right = mask[:, :, 0].any(axis=1), mask[:, :, -1].any(axis=1)
    top, bottom = mask[:, 0].any(axis=1), mask[:, -1].any(axis=1)
    return np.asarray((left | right | top | bottom) & ~(left & right) & ~(top & bottom))


def _follows(scene: Scene, read: Collection[str]) -> bool:
    """Whether any of what is read follows a factor."""
    known = [name for name in read if name in scene.graph]
    return any(name in scene.factors or nx.ancestors(scene.graph, name) & set(scene.factors) for name in known)


def duplicates(populations: Sequence[Population], frame: Frame) -> Iterator[Finding]:
    """Equal images: a fault if they stand in different splits, else worth knowing."""
    every = sum(population.size for population in populations)
    share = min(1.0, _DRAWN / (frame.pixels * every), _timely(populations[0].scene, frame, 1) / every)
    homes: dict[bytes, list[str]] = {}
    for population in populations:
        some = population.few(max(2, int(share * population.size)))
        step = max(1, _AT_ONCE // frame.pixels)
        for start in range(0, some.size, step):
            part = some.rows(np.arange(start, min(some.size, start + step)))
            for image, split in zip(part.scene.render(part.values, frame), part.origin.tolist(), strict=True):
                stills = image.reshape(-1, *frame.still.shape)  # of a clip its frames, each once
                for digest in {hashlib.blake2b(still.tobytes(), digest_size=16).digest() for still in stills}:
                    homes.setdefault(digest, []).append(part.splits[split])
    images = sum(map(len, homes.values()))
    shared = sum(len(splits) for splits in homes.values() if len(set(splits)) > 1)
    equal = sum(len(splits) for splits in homes.values() if len(splits) > 1)
    if shared:
        yield fault("duplicates", "images", shared / images, f"{shared} of {images} equal one of another split")
    elif equal:
        yield note("duplicates", "images", equal / images, f"{equal} of {images} equal another one of their split")
