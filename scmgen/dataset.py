"""A data set, before it is written: the spec, its splits, and the samples that follow from them.

Sample i of a split is a pure function of (scene, parameters, seed, split, i): nothing here knows of
shards, workers or how many samples there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, Field

from scmgen import expr
from scmgen.errors import ScmgenError
from scmgen.interventions import Hard, Table
from scmgen.primitives import LARGEST, SMALLEST
from scmgen.scene import Name, Number, Scene, SceneDocument, Text, compile_scene
from scmgen.vocabulary import Array

FORMAT = 1  # of shards and manifest; docs/format.md says what it promises
ATTEMPTS = 1_000  # redraws of one sample before a predicate counts as impossible
SplitName = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)]


class Split(BaseModel):
    """A part of the data: its share of n, and how its distribution differs from the scene's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SplitName
    share: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    parameters: dict[str, Number] = {}
    replace: dict[str, Text] = {}
    where: Text | None = None


DEFAULT_SPLITS = (Split(name="train", share=0.8), Split(name="validation", share=0.1), Split(name="test", share=0.1))


class Spec(BaseModel):
    """Everything that the bytes of a data set depend on, its licence, and what it waives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT
    name: Name
    scene: SceneDocument
    n: Annotated[int, Field(ge=1, le=10**9)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST)] = 64
    shard_size: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    parameters: dict[str, Number] = {}
    splits: Annotated[tuple[Split, ...], Field(min_length=1)] = DEFAULT_SPLITS
    interventions: Annotated[tuple[Hard, ...], Field(max_length=1)] = ()
    masks: bool = False
    license: str = "CC0-1.0"
    waives: dict[str, str] = {}
    plugins: dict[str, str] = {}

    def data(self) -> dict[str, Any]:
        """The spec as plain JSON."""
        return {**self.model_dump(mode="json"), "scene": self.scene.data()}

    def identity(self) -> dict[str, Any]:
        """What makes a sample what it is: all but n, licence and waived conditions."""
        return {key: value for key, value in self.data().items() if key not in ("n", "license", "waives")}

    @property
    def hash(self) -> str:
        """Sha256 of the identity: two data sets of one hash are prefixes of each other."""
        return hashlib.sha256(orjson.dumps(self.identity(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def sizes(self) -> dict[str, int]:
        """Samples a split. No split shrinks when n grows (Sainte-Lague's divisor method)."""
        shares = {split.name: Fraction(str(split.share)) for split in self.splits}
        whole = sum(shares.values())
        level = max(0, self.n - len(shares))
        sizes = {name: int(share * level / whole + Fraction(1, 2)) for name, share in shares.items()}
        while sum(sizes.values()) < self.n:
            poorest = max(sizes, key=lambda name: shares[name] / (2 * sizes[name] + 1))
            sizes[poorest] += 1
        return sizes


@dataclass(frozen=True)
class Batch:
    """Samples ``start`` to ``stop`` of a split, everything but the pixels.

    ``table`` and ``values_cf`` are None for a data set without interventions.
    """

    split: str
    start: int
    stop: int
    noise: dict[str, Array]
    values: dict[str, Array]
    table: Table | None
    values_cf: dict[str, Array] | None


@dataclass(frozen=True)
class Dataset:
    """A compiled spec: one scene for each split."""

    spec: Spec
    scenes: Mapping[str, Scene]
    predicates: Mapping[str, expr.Expression]

    @property
    def scene(self) -> Scene:
        """The scene with the data set's parameters, before a split changes it."""
        return next(iter(self.scenes.values()))

    def evaluate(self, split: str, start: int, stop: int) -> Batch:
        """Compute noise, values and counterfactual values of samples ``start`` to ``stop``.

        Raises:
            ScmgenError: if a value is not finite or a predicate accepts nothing.
        """
        scene, spec = self.scenes[split], self.spec
        noise = scene.scm.noise(stop - start, spec.seed, split, start)
        values = scene.scm.solve(noise)
        if split in self.predicates:
            noise, values = self._redraw(split, start, noise, values)
        if not spec.interventions:
            return Batch(split, start, stop, noise, values, None, None)
        table = spec.interventions[0].fill(scene.factors, spec.seed, split, start, stop)
        return Batch(split, start, stop, noise, values, table, scene.scm.solve(noise, table.do(scene.factors)))

    def _redraw(
        self, split: str, start: int, noise: dict[str, Array], values: dict[str, Array]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        scene, predicate = self.scenes[split], self.predicates[split]
        constants = {name: np.float64(v) for name, v in {**scene.scm.parameters, **scene.scm.constants}.items()}
        n = len(next(iter(values.values())))
        for attempt in range(1, ATTEMPTS + 1):
            with np.errstate(all="ignore"):
                accepted = np.broadcast_to(predicate.evaluate({**constants, **values}), n)
            rejected = np.flatnonzero(accepted == 0.0)
            if not rejected.size:
                return noise, values
            fresh = scene.scm.noise(n, self.spec.seed, split, start, attempt)
            redrawn = scene.scm.solve({name: u[rejected] for name, u in fresh.items()})
            for table, new in ((noise, {name: u[rejected] for name, u in fresh.items()}), (values, redrawn)):
                for name, array in new.items():
                    table[name][rejected] = array
        where = f"{self.predicates[split].where}: {predicate.text!r}"
        raise ScmgenError(f"{where} accepts next to nothing: sample {start + int(rejected[0])} failed {ATTEMPTS} times")


def compile_spec(spec: Spec, scene: Scene | None = None) -> Dataset:
    """Compile a spec; ``scene`` spares compiling its document again.

    Raises:
        ScmgenError: if a split names a parameter, equation or variable that does not exist.
    """
    names = [split.name for split in spec.splits]
    if len(set(names)) < len(names):
        raise ScmgenError(f"{spec.name}: two splits have one name: {', '.join(names)}")
    base = (scene or compile_scene(spec.scene)).changed(parameters=spec.parameters, where=f"{spec.name}: parameters")
    scenes, predicates = {}, {}
    for split in spec.splits:
        where = f"{spec.name}: split {split.name}"
        scenes[split.name] = base.changed(split.replace, split.parameters, where)
        if split.where is not None:
            predicates[split.name] = _predicate(split.where, base, f"{where}: where")
    return Dataset(spec, scenes, predicates)


def _predicate(text: str, scene: Scene, where: str) -> expr.Expression:
    parsed = expr.parse(text, where)
    names = {*scene.scm.variables, *scene.scm.parameters, *scene.scm.constants}
    unknown = [name for name in parsed.names if name not in names]
    if unknown:
        raise parsed.reject(unknown[0], names)
    if parsed.noise:
        raise ScmgenError(f"{where}: a predicate has no noise")
    return parsed
