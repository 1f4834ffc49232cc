"""The spec: everything that the bytes of a data set depend on, as data."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, model_validator

from scmgen.dataset.identity import Origin, hash_of
from scmgen.dataset.interventions.steps import Steps
from scmgen.dataset.interventions.timing import Frames
from scmgen.render.frame import Frame, Size, sized, told
from scmgen.scene.factor import Factor, Name, Number, Text, Version
from scmgen.scene.scene import SceneDocument

FORMAT = 1  # of shards and manifest; docs/reference/format.md says what it promises
Label = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)]
Disclosure: TypeAlias = Literal["whole", "targets", "hidden"]


def _listed(size: Size) -> int | list[int]:
    """A size as JSON has it."""
    return size if isinstance(size, int) else list(size)


Channels: TypeAlias = Literal["rgb", "grey"]
Pixels: TypeAlias = Annotated[Size, PlainValidator(sized), PlainSerializer(_listed)]
"""A side of a square, or width and height."""
Share = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Split(BaseModel):
    """A part of the data: its share of n, and how its distribution differs from the scene's.

    Attributes:
        parameters, replace: other parameters and equations, from this split's noise on.
        where: predicate on the factual values; draws that fail it are redrawn.
        hold_out: predicate that is 0 in every world of every sample, counterfactual ones included.
        interventions: other steps than the data set's (as many of them).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Label
    share: Share
    parameters: dict[str, Number] = {}
    replace: dict[str, Text] = {}
    where: Text | None = None
    hold_out: Text | None = None
    interventions: Steps | None = None


class Environment(BaseModel):
    """A domain or regime: a share of every split that follows other equations or parameters.

    With ``at`` it is one that every clip comes into in that frame, or in one of these frames.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=60)]
    share: Share = 1.0
    at: Frames = None
    parameters: dict[str, Number] = {}
    replace: dict[str, Text] = {}

    @model_validator(mode="after")
    def _whole(self) -> Environment:
        if self.at is not None and self.share != 1.0:
            raise ValueError("share: of an environment with at it is 1: every clip comes into it")
        return self


DEFAULT_SPLITS = (Split(name="train", share=0.8), Split(name="validation", share=0.1), Split(name="test", share=0.1))


_SAID = ("n", "version", "license", "waives", "embeds")
_USUAL = {"embeds": {}, "channels": "rgb", "depth": False, "normals": False}  # what is not spelt out


BankName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]


class Spec(BaseModel):
    """Everything that the bytes of a data set depend on, and its version, licence and waived conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: ClassVar[Origin] = "generated"
    part: ClassVar[str] = "spec"

    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT
    name: Name
    version: Version = 1
    scene: SceneDocument
    n: Annotated[int, Field(ge=1, le=10**9)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    size: Pixels = 64
    channels: Channels = "rgb"
    shard_size: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    parameters: dict[str, Number] = {}
    splits: Annotated[tuple[Split, ...], Field(min_length=1)] = DEFAULT_SPLITS
    environments: tuple[Environment, ...] = ()
    interventions: Steps = ()
    allow_ood: bool = False
    labels: Disclosure = "whole"
    masks: bool = False
    depth: bool = False
    normals: bool = False
    effects: bool = False
    license: str = "CC0-1.0"
    waives: dict[str, str] = {}
    plugins: dict[str, str] = {}
    embeds: dict[BankName, str] = {}  # pictures that stand beside the shards -> the licence that lets them

    @property
    def frame(self) -> Frame:
        """The frame of each image."""
        return told(self.size, self.channels == "grey", self.scene.frames)

    @property
    def description(self) -> str:
        """What the scene shows."""
        return self.scene.description

    @property
    def citation(self) -> str:
        """Whom the scene is after."""
        return self.scene.citation

    @property
    def factors(self) -> dict[str, Factor]:
        """The factors of the scene."""
        return self.scene.factors

    def data(self) -> dict[str, Any]:
        """The spec as plain JSON."""
        plain = {**self.model_dump(mode="json", exclude_none=True), "scene": self.scene.data()}
        return {key: value for key, value in plain.items() if key not in _USUAL or value != _USUAL[key]}

    def identity(self) -> dict[str, Any]:
        """What makes a sample what it is: all but n, and what is only said of the data set."""
        return {key: value for key, value in self.data().items() if key not in _SAID}

    @property
    def hash(self) -> str:
        """Sha256 of the identity: two data sets of one hash are prefixes of each other."""
        return hash_of(self.identity())

    def sizes(self) -> dict[str, int]:
        """Samples a split."""
        return apportion(self.n, {split.name: split.share for split in self.splits})


def apportion(n: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Share n samples out. No part shrinks when n grows (Sainte-Lague's divisor method)."""
    exact = {name: Fraction(str(share)) for name, share in shares.items()}
    whole = sum(exact.values())
    level = max(0, n - len(exact))
    sizes = {name: int(share * level / whole + Fraction(1, 2)) for name, share in exact.items()}
    while sum(sizes.values()) < n:
        poorest = max(sizes, key=lambda name: exact[name] / (2 * sizes[name] + 1))
        sizes[poorest] += 1
    return sizes
