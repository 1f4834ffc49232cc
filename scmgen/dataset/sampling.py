"""A data set, before it is written: the samples that follow from a spec.

Sample i of a split is a pure function of (scene, parameters, seed, split, i): nothing here knows of
shards, workers or how many samples there are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset import environments
from scmgen.dataset.batch import Batch, between, joined, part, put, take
from scmgen.dataset.interventions.table import DoTable
from scmgen.dataset.regime import Regime, Stretch, parse_predicate, solve
from scmgen.dataset.spec import Spec, Split
from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.render import deep
from scmgen.render.frame import Frame
from scmgen.scene.scene import Scene, compile_scene
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

REHEARSED = 2_000  # samples of each split that are evaluated before anything is written
REMEMBERED = 5_000  # samples of each split, its first, that a process evaluates once
_AT_ONCE = 8_000_000  # values in memory that nobody asked for at once: 64 MB

# What docs/reference/interventions.md states
VALUES = 6_000  # values of a sample: variables times worlds, in each frame
CLIP = 200_000  # values of a clip: variables times worlds times frames
CLIP_PIXELS = 16_777_216  # of a clip: those of one image of 4,096 a side
EQUATIONS = 100_000  # in the scenes of all splits and environments together
CHARACTERS = 1_000_000  # of equations that splits and environments replace, written out for each of these scenes


@dataclass(frozen=True)
class Dataset:
    """A compiled spec: the scene with the data set's parameters, and a regime for each split and environment."""

    spec: Spec
    scene: Scene
    regimes: Mapping[str, tuple[Regime, ...]] = field(repr=False)
    exogenous: tuple[str, ...]  # the variables that have noise in any regime or mechanism change
    openings: dict[str, Batch] = field(default_factory=dict, repr=False, compare=False)  # what :meth:`samples` knows

    @property
    def scenes(self) -> dict[str, Scene]:
        """The scene of each split (of its first environment)."""
        return {split: regimes[0].scene for split, regimes in self.regimes.items()}

    def evaluate(self, split: str, start: int, stop: int) -> Batch:
        """Compute noise, values and counterfactual values of samples ``start`` to ``stop``.

        Raises:
            ScmgenError: if a value is not finite, a do leaves a range, or a predicate accepts nothing.
        """
        brought.settle(self.spec.plugins)
        regimes = self.regimes[split]
        began = self._began(split, start, stop)
        stretch = Stretch(self.spec, self.exogenous, split, start, stop)
        batches = [regime.sample(stretch) for regime in regimes]
        batch = batches[0]
        for number, other in enumerate(batches[1:], 1):
            rows = np.flatnonzero(began == number)
            put(batch, rows, take(other, rows))
        domain, begun = began, stretch.begun
        if begun is not None:
            domain = np.where(begun == 0, began[:, None], len(regimes) - 1 + begun)
        return Batch(split, start, stop, domain, batch.noise, batch.values, batch.twins)

    def opening(self, split: str, count: int) -> Batch:
        """The first ``count`` samples of a split; see :meth:`samples`."""
        return self.samples(split, 0, count)

    def samples(self, split: str, start: int, stop: int) -> Batch:
        """What :meth:`evaluate` gives, but no sample is computed that is remembered.

        The first 5,000 samples of a split (fewer of a very large scene) are remembered, as far as they were asked for
        without a gap.

        Raises:
            ScmgenError: as :meth:`evaluate`.
        """
        known = self.openings.get(split)
        reached = known.stop if known else 0
        batch = self._completed(known, split, start, stop)
        most = min(REMEMBERED, self._rows)
        if start <= reached < min(stop, most):
            more = between(batch, reached, min(stop, most))
            self.openings[split] = joined(known, more) if known else more
        return batch

    def _completed(self, known: Batch | None, split: str, start: int, stop: int) -> Batch:
        if known is None or known.stop <= start:
            return self.evaluate(split, start, stop)
        if stop <= known.stop:
            return between(known, start, stop)
        try:
            rest = self.evaluate(split, known.stop, stop)
        except ScmgenError:
            return self.evaluate(split, start, stop)  # whose error counts rows from the start
        return joined(between(known, start, known.stop), rest)

    def rehearse(self, least: int = 0) -> None:
        """Sample the opening of every split, and evaluate what would be drawn of every world.

        Args:
            least: samples of each split that are looked at even where it has fewer.

        Raises:
            ScmgenError: as :meth:`evaluate`, and if something that would be drawn is not finite.
        """
        for split, size in self.spec.sizes().items():
            count = max(least, min(size, REHEARSED))
            for start in range(0, count, self._rows):
                self._rehearse(split, self.samples(split, start, min(count, start + self._rows)))

    @functools.cached_property
    def _rows(self) -> int:
        """How many samples fit in memory beside whatever is asked for."""
        worlds = 1 + len(self.spec.interventions)
        numbers = len(self.exogenous) + worlds * (len(self.scene.scm.variables) + 4 * len(self.scene.factors))
        return max(1, _AT_ONCE // (numbers * (self.scene.frames or 1)))

    def _rehearse(self, split: str, batch: Batch) -> None:
        for number, scene in enumerate(self._environments(split)):
            rows = np.flatnonzero(_anywhere(batch.domain == number))
            for values in batch.worlds() if rows.size else ():
                scene.renderer.rehearse(scene.world(part(values, rows)))

    def _environments(self, split: str) -> tuple[Scene, ...]:
        """The scene of each environment, in the order in which domains are numbered."""
        regimes = self.regimes[split]
        return *(regime.scene for regime in regimes), *regimes[0].later

    def solve(
        self, split: str, domain: NDArray[np.int64], noise: Mapping[str, Array], do: DoTable | None = None
    ) -> dict[str, Array]:
        """Compute every variable from stored noise, row by row in the row's environment."""
        brought.settle(self.spec.plugins)
        return solve(self._environments(split), domain, noise, do)

    def redrawn(self, batch: Batch, noise: Mapping[str, Array], number: int) -> dict[str, Array]:
        """Noise of a batch, its nuisance as the step of this number draws it anew, row by row in its environment."""
        stretch = Stretch(self.spec, self.exogenous, batch.split, batch.start, batch.stop)
        fresh = {name: array.copy() for name, array in noise.items()}
        for k, regime in enumerate(self.regimes[batch.split]):
            rows = np.flatnonzero(batch.began == k)
            for name, array in regime.redrawn(stretch, rows, number).items():
                fresh[name][rows] = array
        return fresh

    def draw(self, split: str, domain: NDArray[np.int64], values: Mapping[str, Array], kind: str = "image") -> Any:
        """Pixels ``(n, height, width, 3)`` of values, in each row's environment.

        Args:
            split: which split.
            domain: the environment of each row, and frame.
            values: of each variable.
            kind: of member: ``mask``, ``depth`` and ``normals`` give their bytes, masks without the last axis.
        """
        brought.settle(self.spec.plugins)
        scenes, frame, draw = self._environments(split), self.spec.frame, _DRAWN[kind]
        if len(scenes) == 1:
            return draw(scenes[0], values, frame)
        shape = {"image": frame.shape, "mask": frame.plane}.get(kind, (*frame.plane, 3))
        drawn = np.empty((len(domain), *shape), np.uint8)
        for number, scene in enumerate(scenes):
            here = domain == number
            rows = np.flatnonzero(_anywhere(here))
            if rows.size:
                drawn[here] = draw(scene, part(values, rows), frame)[here[rows]]
        return drawn

    def _began(self, split: str, start: int, stop: int) -> NDArray[np.int64]:
        """The environment that each sample begins in."""
        shares = [environment.share for environment in self.spec.environments if environment.at is None]
        if not shares:
            return np.zeros(stop - start, np.int64)
        u = uniforms(self.spec.seed, split, "environment/", start, stop)
        return np.searchsorted(np.cumsum(shares)[:-1] / sum(shares), u, side="right").astype(np.int64)


_DRAWN: Mapping[str, Callable[[Scene, Mapping[str, Array], Frame], NDArray[np.uint8]]] = {
    "image": lambda scene, values, frame: scene.render(values, frame),
    "mask": lambda scene, values, frame: scene.masks(values, frame),
    "depth": lambda scene, values, frame: deep.packed_depth(scene.depth(values, frame)),
    "normals": lambda scene, values, frame: deep.packed_normals(scene.normals(values, frame)),
}
"""What each kind of member shows."""


def _anywhere(here: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The rows in which something holds, in any frame of a clip."""
    return here if here.ndim == 1 else np.asarray(here.any(axis=1))


def compile_spec(spec: Spec, scene: Scene | None = None) -> Dataset:
    """Compile a spec; ``scene`` spares compiling its document again.

    Raises:
        ScmgenError: if a split or environment names a parameter, equation or variable that does not
            exist, or an intervention does not fit the scene.
    """
    for what, names in (
        ("splits", [split.name for split in spec.splits]),
        ("environments", [environment.name for environment in spec.environments]),
    ):
        if len(set(names)) < len(names):
            raise ScmgenError(f"{spec.name}: two {what} have one name: {', '.join(names)}")
    base = (scene or compile_scene(spec.scene)).changed(parameters=spec.parameters, where=f"{spec.name}: parameters")
    if len(spec.interventions) > len(base.factors):
        steps = f"a chain of {len(spec.interventions)} steps"
        raise ScmgenError(f"{spec.name}: interventions: {steps} is longer than the {len(base.factors)} factors allow")
    _check_size(spec, base)
    if spec.depth or spec.normals:
        deep.known(base.renderer, f"{spec.name}: {'depth' if spec.depth else 'normals'}")
    environments.check(spec, base)
    regimes = {split.name: tuple(_regimes(spec, split, base)) for split in spec.splits}
    every = [regime for part in regimes.values() for regime in part]
    noisy = {name for regime in every for name in regime.exogenous}
    return Dataset(spec, base, regimes, tuple(name for name in base.scm.variables if name in noisy))


def _check_size(spec: Spec, base: Scene) -> None:
    """Raise for what would not fit in memory, before any of it is compiled."""
    variables, environments = len(base.scm.variables), max(1, len(spec.environments))
    replaced = environments * sum(_characters(split.replace) for split in spec.splits)
    replaced += len(spec.splits) * sum(_characters(environment.replace) for environment in spec.environments)
    for what, count, most in (
        (f"values of a sample ({variables:,} variables)", variables * (1 + len(spec.interventions)), VALUES),
        (
            f"equations in {len(spec.splits):,} splits times {environments:,} environments",
            variables * len(spec.splits) * environments,
            EQUATIONS,
        ),
        (
            f"values of a clip ({variables:,} variables in {base.frames} frames)",
            variables * (1 + len(spec.interventions)) * (base.frames or 0),
            CLIP,
        ),
        (
            f"pixels of a clip ({base.frames} frames of {spec.frame.still.px})",
            0 if base.frames is None else spec.frame.pixels,
            CLIP_PIXELS,
        ),
        ("characters of replaced equations in all splits and environments", replaced, CHARACTERS),
    ):
        if count > most:
            raise ScmgenError(f"{spec.name}: {count:,} {what}; the most is {most:,}")


def _characters(equations: Mapping[str, str]) -> int:
    return sum(map(len, equations.values()))


def _regimes(spec: Spec, split: Split, base: Scene) -> Sequence[Regime]:
    where = f"{spec.name}: split {split.name}"
    inside = base.changed(split.replace, split.parameters, where)
    every = [inside.changed(e.replace, e.parameters, f"{spec.name}: environment {e.name}") for e in spec.environments]
    first = sum(environment.at is None for environment in spec.environments)
    scenes, later = every[:first] or [inside], tuple(every[first:])
    steps = spec.interventions if split.interventions is None else split.interventions
    if len(steps) != len(spec.interventions):
        raise ScmgenError(f"{where}: interventions: {len(steps)} steps, the data set has {len(spec.interventions)}")
    if steps and steps[0].follows:
        raise ScmgenError(f"{where}: interventions: step 1: {steps[0].kind} is about the step before it; put one there")
    place = f"{spec.name}: interventions" if split.interventions is None else f"{where}: interventions"
    predicates = [
        None if text is None else parse_predicate(text, base, f"{where}: {key}")
        for key, text in (("where", split.where), ("hold_out", split.hold_out))
    ]
    for number, step in enumerate(steps, 1):
        step.check_time(base, f"{place}: step {number}")
    compiled = [
        tuple(step.compiled(scene, f"{place}: step {number}") for number, step in enumerate(steps, 1))
        for scene in scenes
    ]
    accepted, held_out = predicates
    return [
        Regime(scene, policies, accepted, held_out, later) for scene, policies in zip(scenes, compiled, strict=True)
    ]


@functools.lru_cache(maxsize=4)
def compiled(spec_json: bytes) -> Dataset:
    """Compile a spec once a process: what travels to a worker is JSON."""
    return compile_spec(Spec.model_validate_json(spec_json))
