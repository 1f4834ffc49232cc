"""One environment of one split: how its samples are drawn, what is done to them, and which of them it accepts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset import environments
from scmgen.dataset.batch import Batch, Twin, put, take
from scmgen.dataset.interventions.before import Before, Rows
from scmgen.dataset.interventions.kinds import Policy, meaning
from scmgen.dataset.interventions.table import DoTable, nothing
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.scene.domain import Categorical
from scmgen.scene.scene import Scene
from scmgen.scm import expression, solving
from scmgen.scm.noise import filmed, uniforms
from scmgen.scm.vocabulary import Array

ATTEMPTS = 1_000  # redraws of one sample before a predicate counts as impossible


@dataclass(frozen=True)
class Stretch:
    """Samples ``start`` to ``stop`` of a split, to be drawn; ``exogenous`` are the variables that have noise."""

    spec: Spec
    exogenous: tuple[str, ...]
    split: str
    start: int
    stop: int

    def __len__(self) -> int:
        """How many samples it has."""
        return self.stop - self.start

    def uniforms(self, name: str, rows: NDArray[np.int64], attempt: int) -> Array:
        """Some rows of a random stream, as they are drawn for the ``attempt``-th time."""
        return uniforms(self.spec.seed, self.split, name, self.start, self.stop, attempt)[rows]

    @functools.cached_property
    def begun(self) -> NDArray[np.int64] | None:
        """How many environments clips have come into, ``(n, frames)``; None if there are none that begin in a frame."""
        return environments.begun(self.spec, self.split, self.start, self.stop)


@dataclass(frozen=True)
class Regime:
    """How one environment of one split is sampled.

    Attributes:
        scene: with the parameters and equations of the split and the environment.
        later: the same of the environments that its clips come into, one after the other.
        steps: the interventions, one after the other.
        where: the predicate that the factual world of every sample fulfils; None if any will do.
        hold_out: the predicate that no world of any sample fulfils; None if there is none.
    """

    scene: Scene
    steps: tuple[Policy, ...]
    where: expression.Expression | None
    hold_out: expression.Expression | None
    later: tuple[Scene, ...] = ()

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes whose equations its samples follow, in their order."""
        return self.scene, *self.later

    @functools.cached_property
    def exogenous(self) -> Mapping[str, bool]:
        """The variables that have noise here, or in a mechanism change, and whether each frame has its own.

        Raises:
            ScmgenError: if one has noise that is drawn once for a clip, and in another equation in each frame.
        """
        changed = [scene for policy in self.steps for part in policy.plain for scene in part.scenes]
        found: dict[str, bool] = {}
        for equation in (equation for scene in (*self.scenes, *changed) for equation in scene.scm.equations):
            name, drawn = equation.targets[0], equation.expression
            if drawn.noise and found.setdefault(name, drawn.each) != drawn.each:
                now, then = ("in each frame", "once for a clip")[:: 1 if drawn.each else -1]
                raise ScmgenError(f"{drawn.where}: the noise of {name} is drawn {now}, but {then} where it changes from")
        return found

    @property
    def nuisance(self) -> tuple[str, ...]:
        """The variables whose noise reaches no factor in any of its scenes."""
        return tuple(name for name in self.scene.nuisance if all(name in scene.nuisance for scene in self.later))

    def sample(self, stretch: Stretch) -> Batch:
        """Draw samples, and draw again those that a predicate rejects, with streams numbered by the attempt.

        Raises:
            ScmgenError: if a value is not finite, a do leaves a range, or a predicate accepts nothing.
        """
        batch = self._attempt(stretch, np.arange(len(stretch)), 0)
        if self.where is None and self.hold_out is None:
            return batch
        rejected = np.arange(len(stretch))
        for attempt in range(1, ATTEMPTS + 1):
            rejected = rejected[~self.accepts(take(batch, rejected))]
            if not rejected.size:
                return batch
            put(batch, rejected, self._attempt(stretch, rejected, attempt))
        raise self._impossible(stretch.start + int(rejected[0]))

    def accepts(self, batch: Batch) -> NDArray[np.bool_]:
        """Which samples of a batch fulfil the predicates: ``(n,)``."""
        good = np.ones(len(batch.domain), bool)
        if self.where is not None:
            good &= per_sample(holds(self.where, self.scene, batch.values), np.all)
        if self.hold_out is not None:
            for world in batch.worlds():
                good &= ~per_sample(holds(self.hold_out, self.scene, world), np.any)
        return good

    def redrawn(self, stretch: Stretch, rows: NDArray[np.int64], number: int) -> dict[str, Array]:
        """The nuisance of some rows as the step of a number draws it anew, however often the sample was redrawn."""

        def draw(stream: str) -> Array:
            return stretch.uniforms(f"do{number}/nuisance:{stream}", rows, 0)

        return {name: self._drawn(name, draw) for name in self.nuisance}

    def _drawn(self, name: str, draw: Callable[[str], Array]) -> Array:
        """The noise of a variable, from what draws the numbers ``(n,)`` of a stream."""
        frames = self.scene.frames
        return draw(name) if frames is None else filmed(draw, name, frames, self.exogenous.get(name, False))

    def _impossible(self, sample: int) -> ScmgenError:
        faults = [e for e in (self.where, self.hold_out) if e is not None]
        predicates = " and ".join(f"{e.where}: {e.text!r}" for e in faults)
        leaves = "accepts next to nothing" if self.hold_out is None else "leaves next to no data"
        return ScmgenError(f"{predicates} {leaves}: sample {sample} failed {ATTEMPTS} times")

    def _attempt(self, stretch: Stretch, rows: NDArray[np.int64], attempt: int) -> Batch:
        """Draw some rows of a stretch, whether a predicate accepts them or not."""
        scene, scenes = self.scene, self.scenes
        which = None if stretch.begun is None else stretch.begun[rows]
        noise = {
            name: self._drawn(name, lambda stream: stretch.uniforms(stream, rows, attempt))
            for name in stretch.exogenous
        }
        factual, none = solve(scenes, which, noise), nothing(len(rows), len(scene.factors), scene.frames)
        values, held, twins, now = factual, none, [], noise
        for number, policy in enumerate(self.steps, 1):
            if policy.step.base == "factual":
                values, held, now = factual, none, noise
            if policy.step.nuisance:
                now = {**now, **self.redrawn(stretch, rows, number)}
                values = solve(scenes, which, now, held)
            places = _places(stretch, f"do{number}", rows, attempt)
            table = policy.fill(Before(scene, places, values, held, functools.partial(_solved, now), scenes, which))
            held = table.over(held)
            values = solve(scenes, which, now, held)
            _check_range(stretch.spec, policy, table, values, stretch.start + rows)
            twins.append(Twin(table, values))
        domain = np.zeros(len(rows), np.int64)
        return Batch(stretch.split, stretch.start, stretch.stop, domain, noise, factual, tuple(twins))


def _solved(
    noise: Mapping[str, Array], scenes: Sequence[Scene], which: NDArray[np.int64] | None, table: DoTable
) -> dict[str, Array]:
    return solve(scenes, which, noise, table)


def solve(
    scenes: Sequence[Scene],
    which: NDArray[np.int64] | None,
    noise: Mapping[str, Array],
    table: DoTable | None = None,
) -> dict[str, Array]:
    """Every variable under some noise, and what a table does to it: ``(n,)`` each, or ``(n, frames)``.

    Args:
        scenes: what rows follow; they have the same variables.
        which: by number the scene that each row follows, ``(n,)`` or ``(n, frames)``; None if there is one.
        noise: of every variable that has some, and maybe of more.
        table: what is done.
    """
    models = [scene.scm for scene in scenes]
    needed = {name: noise[name] for model in models for name in model.exogenous}
    course = solving.Course(models, None if len(models) == 1 else which)
    return solving.solve(course, needed, {} if table is None else table.do(scenes[0].factors))


def holds(predicate: expression.Expression, scene: Scene, values: Mapping[str, Array]) -> NDArray[np.bool_]:
    """Where a predicate is not 0: ``(n,)``, or ``(n, frames)``."""
    constants = {name: np.float64(v) for name, v in {**scene.scm.parameters, **scene.scm.constants}.items()}
    with np.errstate(all="ignore"):
        value = predicate.evaluate({**constants, **values})
    return np.asarray(np.broadcast_to(value, next(iter(values.values())).shape) != 0.0)


def per_sample(held: NDArray[np.bool_], how: Callable[..., Any]) -> NDArray[np.bool_]:
    """What holds in all (or any, as ``how`` says) frames of each sample: ``(n,)``."""
    return held if held.ndim == 1 else np.asarray(how(held, axis=1))


def parse_predicate(text: str, scene: Scene, where: str) -> expression.Expression:
    """Read a predicate over the variables, parameters and constants of a scene; ``where`` is named if it is none.

    Raises:
        ScmgenError: if it cannot be read, reads something else, or has noise.
    """
    predicate = expression.parse(text, where)
    names = {*scene.scm.variables, *scene.scm.parameters, *scene.scm.constants}
    unknown = [name for name in predicate.names if name not in names]
    if unknown:
        raise predicate.reject(unknown[0], names)
    if predicate.noise:
        raise ScmgenError(f"{where}: a predicate has no noise")
    return predicate


def _places(stretch: Stretch, prefix: str, rows: NDArray[np.int64], attempt: int) -> Rows:
    def draw(name: str) -> Array:
        return stretch.uniforms(prefix + name, rows, attempt)

    def arms(name: str, count: int) -> NDArray[np.int64]:
        """A keyed permutation of all arms in each block of ``count`` samples, whatever was redrawn."""
        first, last = stretch.start // count, -(-stretch.stop // count)
        keys = uniforms(stretch.spec.seed, stretch.split, prefix + name, first * count, last * count)
        dealt = np.argsort(keys.reshape(-1, count), axis=1, kind="stable").ravel()
        return dealt[stretch.start - first * count : stretch.stop - first * count][rows]

    return Rows(draw, arms, len(rows))


def _check_range(
    spec: Spec, policy: Policy, table: DoTable, values: Mapping[str, Array], numbers: NDArray[np.int64]
) -> None:
    for k, (name, factor) in enumerate(policy.scene.factors.items()):
        domain, category = factor.domain, isinstance(factor.domain, Categorical)
        bad = (table.mask[..., k] == 1) & ~domain.contains(values[name])
        if not bad.any() or (spec.allow_ood and not category):
            continue
        row, *frame = (int(part[0]) for part in np.nonzero(bad))
        at = f" in frame {frame[0]}" if frame else ""
        value = values[name][(row, *frame)]
        setting = f"{policy.where}: sets {name} to {value:.6g} in sample {numbers[row]}{at}"
        if category:
            raise ScmgenError(f"{setting}; its levels are 0 to {domain.bounds[1]:g} ({domain})")
        hint = meaning(table.kinds[row]).hint
        raise ScmgenError(f"{setting}, outside its range {domain}; allow it with --allow-ood{hint}")
