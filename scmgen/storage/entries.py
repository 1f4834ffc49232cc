"""The parts of a manifest, typed: its shards, factors, digests and graph (docs/reference/format.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag

from scmgen.dataset.spec import Disclosure
from scmgen.scene.domain import Domain, Kind, domain
from scmgen.storage.names import ShardName, SplitName, TruthName, Variable

Text: TypeAlias = Annotated[str, Field(strict=True)]
Count: TypeAlias = Annotated[int, Field(ge=0, strict=True)]
Mark: TypeAlias = Annotated[int, Field(ge=0, le=1, strict=True)]
Some: TypeAlias = Annotated[int, Field(ge=1, strict=True)]
Sum: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Real: TypeAlias = Annotated[  # null is what JSON has in place of a number that is not finite
    float,
    Field(strict=True),
    BeforeValidator(lambda value: math.nan if value is None else value, json_schema_input_type=float | None),
]
ChannelOrder: TypeAlias = Literal["rgb", "grey"]
LARGEST = 4096  # pixels a side
_Side: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
FrameSize: TypeAlias = Annotated[  # a side of a square, or width and height
    Annotated[_Side, Tag("[side]")] | Annotated[tuple[_Side, _Side], Tag("[sides]")],
    Discriminator(lambda value: "[sides]" if isinstance(value, list | tuple) else "[side]"),
]
FrameCount: TypeAlias = Annotated[int, Field(ge=2, le=1024, strict=True)]
"""Images of a clip."""
Edges: TypeAlias = tuple[tuple[Variable, Variable], ...]

MOST_SAMPLES = 100_000  # of a shard


@dataclass(frozen=True)
class FileEntry:
    """A file beside a shard that holds what its labels withhold."""

    name: TruthName
    bytes: Count
    sha256: Sum


@dataclass(frozen=True)
class ShardEntry:
    """A shard: how many samples of which split, and the file that holds them."""

    name: ShardName
    split: SplitName
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES, strict=True)]
    bytes: Count
    sha256: Sum
    truth: FileEntry | None = None

    @property
    def files(self) -> tuple[ShardEntry | FileEntry, ...]:
        """The shard, and the file of what its labels withhold, if there is one."""
        return (self,) if self.truth is None else (self, self.truth)


@dataclass(frozen=True)
class FactorEntry:
    """A factor: what its values mean, its domain, and its moments over all factual samples."""

    type: Kind
    range: tuple[Real, Real]
    levels: tuple[Text, ...]
    circular: Annotated[bool, Field(strict=True)]
    mean: Real
    std: Real
    min: Real
    max: Real
    unit: Text = "1"
    long_name: Text = ""

    def __post_init__(self) -> None:
        low, high = self.range
        if not (math.isfinite(high - low) and low <= high):
            raise ValueError(f"range: two finite numbers are needed, the smaller first, found {list(self.range)}")
        if self.domain.kind != self.type:
            raise ValueError(
                f"type {self.type!r}, but range, levels and circular are those of a {self.domain.kind} factor"
            )

        if self.levels and not (0 <= self.min <= self.max < len(self.levels) and math.isfinite(self.mean)):
            raise ValueError(
                f"a value is the number of one of {len(self.levels)} levels, found {self.min} to {self.max}"
            )

    @property
    def domain(self) -> Domain:
        """The values it can have."""
        return domain(self.range, self.levels, self.circular)


@dataclass(frozen=True)
class Channels:
    """Mean and standard deviation of the channels (one if they are grey), white being 1, over some first images."""

    mean: Annotated[tuple[Real, ...], Field(min_length=1, max_length=3)]
    std: Annotated[tuple[Real, ...], Field(min_length=1, max_length=3)]
    samples: Some


@dataclass(frozen=True)
class Fingerprint:
    """Digests of what the first ``samples`` of every split tell and show."""

    samples: Some
    labels: Sum
    pixels: Sum


@dataclass(frozen=True)
class Combination:
    """A combination of levels, one a categorical factor, and in how many samples it occurs."""

    levels: dict[str, Text]
    samples: Some


@dataclass(frozen=True)
class RegimeEntry:
    """A split or an environment: its share, and how its distribution differs from the scene's.

    ``interventions`` are steps as documents, whose keys are those of their kind, which may be a plug-in's; ``at`` is
    the frame, or the first and the last one, in which clips come into an environment.
    """

    name: Text
    share: Real
    parameters: dict[str, Real] = field(default_factory=dict)
    replace: dict[str, Text] = field(default_factory=dict)
    where: Text | None = None
    hold_out: Text | None = None
    interventions: tuple[dict[str, Any], ...] | None = None
    at: Text | None = None


@dataclass(frozen=True)
class SceneEntry:
    """What a reader asks of a scene: its equations, and their constants."""

    equations: dict[str, Text]
    parameters: dict[str, Real] = field(default_factory=dict)


@dataclass(frozen=True)
class SpecEntry:
    """What a reader asks of a spec, and can be told without the plug-ins that it names."""

    scene: SceneEntry
    parameters: dict[str, Real] = field(default_factory=dict)
    splits: tuple[RegimeEntry, ...] = ()
    environments: tuple[RegimeEntry, ...] = ()
    interventions: tuple[dict[str, Any], ...] = ()
    labels: Disclosure = "whole"

    def bases(self, split: str) -> list[str]:
        """From which world each step starts in a split, which may have interventions of its own."""
        own = next((part.interventions for part in self.splits if part.name == split), None)
        return [step.get("base", "previous") for step in own or self.interventions]


@dataclass(frozen=True)
class Node:
    """A variable in a graph; of clips whether it is the same in all frames."""

    id: Variable
    constant: bool = False


@dataclass(frozen=True)
class Link:
    """An edge of a graph; between factors it is ``directed`` or ``bidirected``; of clips how many frames it spans."""

    source: Variable
    target: Variable
    kind: Literal["directed", "bidirected"] = "directed"
    lag: Count | None = None


@dataclass(frozen=True)
class NodeLink:
    """A graph in the JSON of networkx and D3."""

    nodes: tuple[Node, ...]
    edges: tuple[Link, ...]


@dataclass(frozen=True)
class Matrices:
    """The edges between factors as matrices from cause (row) to effect."""

    names: tuple[Variable, ...]
    directed: tuple[tuple[Mark, ...], ...]
    bidirected: tuple[tuple[Mark, ...], ...]


@dataclass(frozen=True)
class EdgeLists:
    """The edges that a split or an environment has."""

    directed: Edges
    bidirected: Edges


@dataclass(frozen=True)
class Mutilated(EdgeLists):
    """The edges that an intervention leaves."""

    kind: Text
    targets: tuple[Variable, ...]


@dataclass(frozen=True)
class GraphPart:
    """The causal graph: over all variables, over the factors, and under interventions and in other regimes."""

    full: NodeLink
    factors: NodeLink
    adjacency: Matrices
    mutilated: tuple[Mutilated, ...]
    variants: dict[str, EdgeLists]
    first: EdgeLists | None = None  # edges that only the first frame of a clip has
