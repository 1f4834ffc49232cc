"""Checks of clips that draw: whether factors can be seen as something moves, or in a single frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scmgen.checks.audit.clips import fresh, held
from scmgen.checks.audit.findings import Finding, fault, note
from scmgen.checks.audit.pixels import FAR, NEAR, UNSEEN, Visibility, circles, parted, summary
from scmgen.checks.audit.population import Population
from scmgen.checks.audit.response import doing
from scmgen.render.frame import Frame, differing
from scmgen.scene.domain import Categorical, Domain
from scmgen.scm.model import Affine
from scmgen.scm.vocabulary import Array


def visibility(populations: Sequence[Population], frame: Frame, n: int) -> dict[str, Visibility]:
    """Move each factor in all frames of ``n`` clips of all populations together, and compare the clips.

    What follows from the move is drawn, too: a factor that is drawn nowhere, such as a mass, shows in how things move.
    """
    changed: dict[str, dict[str, list[Array]]] = {}
    for population in populations:
        some = population.few(max(1, n // len(populations)))
        before = some.scene.render(some.values, frame)
        for name, factor in some.scene.factors.items():
            for kind, values in _moves(factor.domain, some.values[name]).items():
                with doing(name):
                    after = some.scene.render(some.scene.scm.solve(some.noise, {name: values}), frame)
                shares = differing(after, before).mean(axis=(1, 2, 3))
                changed.setdefault(name, {}).setdefault(kind, []).append(shares)
    whole = {name: {k: np.concatenate(part) for k, part in kinds.items()} for name, kinds in changed.items()}
    return {name: summary(shares) for name, shares in whole.items()}


def _moves(domain: Domain, values: Array) -> dict[str, Array]:
    """Values ``(n, frames)`` after a far and a near move; no level is near another."""
    shares = np.repeat(np.resize(np.array(FAR), len(values)), values.shape[1])
    far = {"far": domain.moved(values.ravel(), shares).reshape(values.shape)}
    return far if isinstance(domain, Categorical) else {**far, "near": domain.moved(values, NEAR)}


def in_motion(population: Population, frame: Frame, n: int) -> Iterator[Finding]:
    """Factors that single frames do not show: a far move, every other factor held, changes no pixel of a frame."""
    some = population.few(n)
    before = some.scene.render(some.values, frame)
    for name, factor in some.scene.factors.items():
        wanted = _moves(factor.domain, some.values[name])["far"]
        with doing(name):
            values = some.scene.scm.solve(some.noise, {**held(some, name), name: Affine(0.0, wanted)})
        unseen = float((~differing(some.scene.render(values, frame), before).any(axis=(2, 3))).mean())
        if unseen > UNSEEN:
            sentence = f"shows in no frame, in {unseen:.1%} of frames, while all else is held: motion tells it"
            yield note("in-motion", name, unseen, sentence)


def open_circles(population: Population, frame: Frame, n: int) -> Iterator[Finding]:
    """Circular factors whose two ends, which are one value, are two clips, every other factor held."""
    some = population.few(n)
    for name, low, high in circles(some.scene):
        with doing(name):
            ends = [
                some.scene.scm.solve(
                    some.noise, {**held(some, name), name: Affine(0.0, np.full_like(some.values[name], end))}
                )
                for end in (low, high)
            ]
        yield from parted(name, *(some.scene.render(values, frame) for values in ends))


def without_nuisance(populations: Sequence[Population], frame: Frame, n: int, seed: int) -> Iterator[Finding]:
    """Scenes in which the factors fix the whole clip."""
    for population in populations:
        some = population.few(n)
        scene = some.scene
        hidden = tuple(name for name in scene.scm.exogenous if name not in scene.factors)
        values = scene.scm.solve({**some.noise, **fresh(some, hidden, seed)}, held(some))
        if hidden and (scene.render(values, frame) != scene.render(some.values, frame)).any():
            return
    yield fault("nuisance", "clip", 0.0, "nothing that is drawn varies but the factors")
