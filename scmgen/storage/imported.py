"""The source of an imported data set, as data: everything that its bytes depend on, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from scmgen.dataset.identity import Origin, hash_of
from scmgen.dataset.spec import Disclosure
from scmgen.render.frame import Frame
from scmgen.scene import document
from scmgen.scene.domain import Domain, domain
from scmgen.scene.factor import Name, Version
from scmgen.storage.entries import LARGEST, NodeLink

_GRAPH = TypeAdapter(NodeLink)

SMALLEST = 1  # pixels a side of an imported image
Fit: TypeAlias = Literal["crop", "pad", "stretch"]
"""How an image that is no square becomes one: by its middle, by black beside it, or by its whole pulled to a square."""
_SAID = ("version", "license", "description", "citation", "tables")


class Attribute(BaseModel):
    """A column of a label table as a factor: continuous over a ``range``, or categorical with ``levels``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    long_name: str = ""
    unit: str = "1"
    range: tuple[float, float]
    levels: tuple[str, ...] = ()
    circular: bool = False

    @property
    def domain(self) -> Domain:
        """The values it can have."""
        return domain(self.range, self.levels, self.circular)


class ImportedSpec(BaseModel):
    """Everything that the bytes of an imported data set depend on, and its version, licence and origin.

    Attributes:
        splits: samples a split.
        factors: the columns of the label table, by the name of their factor.
        graph: node-link JSON of the graph over the factors that the user gave; None if none was.
        white: the value of white in images of more than 8 bits; None for 65535 in those of 16.
        fit: how an image that is no square becomes one; it stands in the data where it is not the crop of old.
        samples: sha256 over each sample's key, file name, file and values.
        tables: sha256 of each file of labels, by its name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: ClassVar[Origin] = "imported"
    part: ClassVar[str] = "source"
    waives: ClassVar[Mapping[str, str]] = {}
    labels: ClassVar[Disclosure] = "whole"
    plugins: ClassVar[Mapping[str, str]] = {}
    embeds: ClassVar[Mapping[str, str]] = {}

    name: Name
    version: Version = 1
    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
    shard_size: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    white: Annotated[int, Field(ge=1, lt=2**32)] | None = None
    fit: Fit = "crop"
    splits: Annotated[dict[str, int], Field(min_length=1)]
    factors: Annotated[dict[str, Attribute], Field(min_length=1)]
    graph: dict[str, Any] | None = None
    samples: str
    tables: dict[str, str] = {}
    license: str = "unknown"
    description: str = ""
    citation: str = ""

    @field_validator("graph")
    @classmethod
    def _is_a_graph(cls, graph: dict[str, Any] | None) -> dict[str, Any] | None:
        try:
            if graph is not None:
                _GRAPH.validate_python(graph)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"node-link JSON is needed; {place}: {document.misfit(first)}") from None
        return graph

    @property
    def frame(self) -> Frame:
        """The frame of each image."""
        return Frame(self.size, self.size)

    @property
    def n(self) -> int:
        """Samples in all splits together."""
        return sum(self.splits.values())

    def data(self) -> dict[str, Any]:
        """The source as plain JSON."""
        return self.model_dump(mode="json", exclude={"fit"} if self.fit == "crop" else None)

    def identity(self) -> dict[str, Any]:
        """What makes a sample what it is: all but what is only said of the data set."""
        return {key: value for key, value in self.data().items() if key not in _SAID}

    @property
    def hash(self) -> str:
        """Sha256 of the identity."""
        return hash_of(self.identity())

    def sizes(self) -> dict[str, int]:
        """Samples a split."""
        return dict(self.splits)
