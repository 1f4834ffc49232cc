"""Intervention steps, compiled for one scene: they fill a do-table, row by row.

Every kind comes down to the affine table of :class:`scmgen.scm.model.Affine`: a stochastic do is a hard one
whose value comes from the do-stream, and a mechanism change is recorded as the value that the other
equation gave. So one table and one noise reproduce every counterfactual.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.steps import Hard, MechanismChange, Mix, OneOrMore, Soft, Step
from scmgen.dataset.interventions.table import KIND, DoTable
from scmgen.errors import ScmgenError, suggestion
from scmgen.scene.scene import Scene
from scmgen.scm.expression import NOISE, Expression, parse
from scmgen.scm.vocabulary import Array

MOST_SETS = 1_000  # of targets, in one step
OWN = ("self", "low", "high")  # what the value of a do may read besides the variables

Draw = Callable[[str], Array]
"""Uniforms of a stream for the rows at hand; the stream's name is prefixed by the step's."""

Solve = Callable[[Scene, DoTable], dict[str, Array]]
"""Values of the rows at hand under a table, in a scene that may have other equations."""


@dataclass(frozen=True)
class Policy:
    """One step, compiled for one scene. Build one with :func:`compile_step`."""

    step: Step
    scene: Scene
    where: str
    sets: tuple[frozenset[str], ...]  # the target sets of a large data set, the empty one first if it occurs
    values: Mapping[str, tuple[str | Expression, ...]] = field(default_factory=dict)
    soft: tuple[Expression, ...] = ()
    mixed: tuple[Policy, ...] = ()
    variants: dict[frozenset[str], Scene] = field(default_factory=dict)  # scenes with other equations for these

    def fill(self, rows: Rows, base: Mapping[str, Array], held: DoTable, solve: Solve) -> DoTable:
        """Fill the table of some rows.

        Args:
            rows: where the rows stand, and their random streams.
            base: values of every variable in the world that the step starts from, ``(n,)`` each.
            held: the do that is in force in that world.
            solve: for mechanism changes.
        """
        if self.mixed:
            chosen = np.floor(rows.draw("/mix") * len(self.mixed)).astype(int)
            tables = [policy.fill(rows.under(f"/{k}"), base, held, solve) for k, policy in enumerate(self.mixed)]
            parts = {part: np.stack([getattr(t, part) for t in tables]) for part in ("kinds", "mask", "scale", "shift")}
            return DoTable(**{part: array[chosen, np.arange(len(chosen))] for part, array in parts.items()})
        mask = self._targets(rows)
        scale, shift = 1.0 - mask, 0.0 * mask
        for k, (name, factor) in enumerate(self.scene.factors.items()):
            if not mask[:, k].any() or isinstance(self.step, MechanismChange):
                continue
            low, high = factor.bounds
            scope = {**base, "self": base[name], "low": np.float64(low), "high": np.float64(high)}
            if self.soft:
                by, about = (self._evaluate(e, scope, rows.draw(f":{name}:{i}")) for i, e in enumerate(self.soft))
                shift[:, k] = by * (high - low) + (1.0 - about) * (low + high) / 2
                scale[:, k] = about
            else:
                shift[:, k] = self._value(name, scope, rows)
        if isinstance(self.step, MechanismChange):
            scale, shift = 1.0 - mask, self._followed(mask, held, solve)
        kinds = np.where(mask.any(axis=1), self.step.kind, "none").astype(KIND)
        return DoTable(kinds, mask, np.where(mask == 1, scale, 1.0), np.where(mask == 1, shift, 0.0))

    def variant(self, targets: frozenset[str]) -> Scene:
        """The scene in which ``targets`` follow the other equations of a mechanism change."""
        if targets not in self.variants:
            texts = (
                {name: self.step.replace[name] for name in sorted(targets)}
                if isinstance(self.step, MechanismChange)
                else {}
            )
            self.variants[targets] = self.scene.changed(texts, None, f"{self.where}: replace")
        return self.variants[targets]

    def _targets(self, rows: Rows) -> NDArray[np.int64]:
        names = list(self.scene.factors)
        if self.step.probability is None:
            table = np.array([[name in targets for name in names] for targets in self.sets], np.int64)
            return np.asarray(table[rows.balanced(len(self.sets))])
        eligible = np.array([frozenset({name}) in self.sets for name in names])
        mask = np.zeros((rows.count, len(names)), np.int64)
        again = np.arange(rows.count)
        for attempt in itertools.count():  # a do on every factor at once leaves nothing to be caused
            draws = np.stack([rows.draw(f"/target:{name}:{attempt}")[again] for name in names], axis=1)
            mask[again] = (draws < self.step.probability) & eligible
            again = again[mask[again].all(axis=1)]
            if not again.size:
                break
        return mask

    def _value(self, name: str, scope: Mapping[str, Any], rows: Rows) -> Array:
        options = self.values[name]
        u = rows.draw(f":{name}")
        drawn = [self._option(name, option, scope, u) for option in options]
        if len(drawn) == 1:
            return drawn[0]
        pick = np.floor(rows.draw(f"/pick:{name}") * len(drawn)).astype(int)
        return np.asarray(np.stack(drawn)[pick, np.arange(len(pick))])

    def _option(self, name: str, option: str | Expression, scope: Mapping[str, Any], u: Array) -> Array:
        factor = self.scene.factors[name]
        if isinstance(option, Expression):
            return self._evaluate(option, scope, u)
        low, high = factor.bounds
        if option == "uniform":
            return factor.at(u)
        if factor.levels:
            others = len(factor.levels) - 1
            return np.asarray(np.mod(scope["self"] + 1.0 + np.floor(u * others), others + 1.0))
        if factor.circular:
            return np.asarray(low + np.mod(scope["self"] - low + (high - low) / 2, high - low))
        return np.asarray(low + (high - scope["self"]))

    def _evaluate(self, expression: Expression, scope: Mapping[str, Any], u: Array) -> Array:
        constants = {**self.scene.scm.parameters, **self.scene.scm.constants}
        fixed = {name: np.float64(value) for name, value in constants.items()}
        with np.errstate(all="ignore"):
            value = np.array(np.broadcast_to(expression.evaluate({**fixed, **scope, NOISE: u}), u.shape))
        if not np.isfinite(value).all():
            raise ScmgenError(f"{expression.where}: {expression.text!r} is not finite in some samples")
        return value

    def _followed(self, mask: NDArray[np.int64], held: DoTable, solve: Solve) -> Array:
        """Values of the targets under their other equations, all of a row's targets replaced at once."""
        names, shift = list(self.scene.factors), np.zeros(mask.shape)
        for pattern in np.unique(mask, axis=0):
            targets = frozenset(name for name, hit in zip(names, pattern, strict=True) if hit)
            if targets:
                values = solve(self.variant(targets), held.without(mask))
                matching = (mask == pattern).all(axis=1)
                for k, name in enumerate(names):
                    if name in targets:
                        shift[matching, k] = values[name][matching]
        return shift


@dataclass(frozen=True)
class Rows:
    """Where some rows of a split stand, and the streams of one step at these places."""

    draw: Draw
    arms: Callable[[str, int], NDArray[np.int64]]
    count: int
    prefix: str = ""

    def balanced(self, arms: int) -> NDArray[np.int64]:
        """An arm for each row: every arm once in each block of the split."""
        return self.arms(f"{self.prefix}/arm", arms)

    def under(self, prefix: str) -> Rows:
        """The same rows with streams of their own."""
        whole = self.prefix + prefix
        return Rows(lambda name: self.draw(prefix + name), self.arms, self.count, whole)


def compile_step(step: Step, scene: Scene, where: str) -> Policy:
    """Compile a step for a scene; ``where`` says, for errors, which step it is.

    Raises:
        ScmgenError: if a target is unknown, hidden or unsuitable, a set holds every factor, or an
            expression does not fit.
    """
    if isinstance(step, Mix):
        mixed = tuple(compile_step(part, scene, f"{where} ({part.kind})") for part in step.of)
        sets = tuple(dict.fromkeys(targets for policy in mixed for targets in policy.sets))
        return Policy(step, scene, where, sets, mixed=mixed)
    _check_names(step.named() or (), scene, f"{where}: targets")
    eligible = [name for name in scene.factors if step.named() is None or name in (step.named() or ())]
    if isinstance(step, Soft):
        levels = [name for name in eligible if scene.factors[name].levels]
        if levels and step.among is not None:
            raise ScmgenError(f"{where}: {levels[0]} is categorical: a level cannot be shifted or scaled; use hard")
        eligible = [name for name in eligible if name not in levels]
        if not eligible:
            raise ScmgenError(f"{where}: no continuous factor to shift or scale; use hard")
    sets = _sets(step, eligible, scene, where)
    if isinstance(step, Hard):
        own = step.value if isinstance(step.value, dict) else {}
        _check_names(own, scene, f"{where}: value")
        default: OneOrMore = "uniform" if isinstance(step.value, dict) else step.value
        values = {name: _options(own.get(name, default), scene, f"{where}: value") for name in scene.factors}
        return Policy(step, scene, where, sets, values)
    if isinstance(step, Soft):
        texts = {"shift": step.shift, "scale": step.scale}
        parsed = tuple(_expression(text, scene, f"{where}: {name}") for name, text in texts.items())
        return Policy(step, scene, where, sets, soft=parsed)
    replaced = step.replace if isinstance(step, MechanismChange) else {}
    _check_names(replaced, scene, f"{where}: replace")
    missing = sorted({name for targets in sets for name in targets} - {*replaced})
    if missing:
        raise ScmgenError(f"{where}: replace: {missing[0]} is a target but has no other equation")
    changed = {frozenset({name}): scene.changed({name: t}, None, f"{where}: replace") for name, t in replaced.items()}
    return Policy(step, scene, where, sets, variants=changed)


def _sets(step: Step, eligible: Sequence[str], scene: Scene, where: str) -> tuple[frozenset[str], ...]:
    every = len(scene.factors)
    if step.sets is not None:
        for chosen in step.sets:
            _check_names(chosen, scene, f"{where}: sets")
            beside = [name for name in chosen if name not in eligible]
            if beside:
                raise ScmgenError(f"{where}: sets: {beside[0]} is no possible target of this step")
        sets = tuple(dict.fromkeys(frozenset(chosen) for chosen in step.sets))
    elif step.probability is not None:
        sets = (frozenset(), *(frozenset({name}) for name in eligible))
    else:
        sizes = step.sizes or (0, 1)
        if max(sizes) > len(eligible):
            raise ScmgenError(f"{where}: sizes: {max(sizes)} targets of {len(eligible)} possible ones")
        if sum(math.comb(len(eligible), size) for size in sizes) > MOST_SETS:
            raise ScmgenError(f"{where}: sizes: more than {MOST_SETS} sets of targets; use probability, or sets")
        sets = tuple(frozenset(c) for size in sorted(sizes) for c in itertools.combinations(eligible, size))
    if not any(sets):
        raise ScmgenError(f"{where}: no set of targets holds a factor, so nothing is ever done")
    if every > 1 and any(len(targets) == every for targets in sets):
        raise ScmgenError(f"{where}: a do on all {every} factors at once leaves nothing to be caused; take fewer")
    return sets


def _check_names(names: Collection[str], scene: Scene, where: str) -> None:
    for name in names:
        if name in scene.hidden:
            allowed = ", ".join(scene.factors)
            raise ScmgenError(f"{where}: {name!r} is hidden; only factors can be intervened on: {allowed}")
        if name not in scene.factors:
            raise ScmgenError(f"{where}: no factor {name!r}; {suggestion(name, scene.factors)}")


def _options(value: OneOrMore, scene: Scene, where: str) -> tuple[str | Expression, ...]:
    texts = (value,) if isinstance(value, str) else value
    return tuple(text if text in ("uniform", "flip") else _expression(text, scene, where) for text in texts)


def _expression(text: str, scene: Scene, where: str) -> Expression:
    parsed = parse(text, where)
    if parsed.outputs != 1:
        raise ScmgenError(f"{where}: one value is needed, {text!r} gives {parsed.outputs}")
    readable = {*scene.scm.variables, *scene.scm.parameters, *scene.scm.constants, *OWN}
    for name in parsed.names:
        if name not in readable:
            raise parsed.reject(name, readable)
    return parsed
