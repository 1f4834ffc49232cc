"""A factor: what a model should recover, and its domain."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from scmgen.errors import suggestion
from scmgen.scene.domain import Domain, domain
from scmgen.scm.vocabulary import Array

Text = Annotated[
    str,
    BeforeValidator(lambda v: str(v) if isinstance(v, (int, float)) else v),
    WithJsonSchema({"type": ["string", "number"], "description": "an expression of the equation language"}),
]

Number = Annotated[float, Field(allow_inf_nan=False)]

_Length = Literal["frame", "world", "px", "m", "cm", "mm"]

Unit = Literal["1", _Length, "rad", "deg", "turn", "s", "kg", "g", "m/s", "m/s2", "N", "J", "K", "Hz"]

Version = Annotated[int, Field(ge=1, le=1_000_000)]

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]


class Factor(BaseModel):
    """What a model should recover: a continuous (``range``) or categorical (``levels``) variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    range: tuple[Number, Number] | None = None
    levels: tuple[str, ...] | None = None
    circular: bool = False
    unit: Unit = "1"
    long_name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _known_unit(cls, data: Any) -> Any:
        unit = data.get("unit", "1") if isinstance(data, dict) else "1"
        if unit not in get_args(Unit):
            raise ValueError(f"unknown unit {unit!r}; {suggestion(str(unit), get_args(Unit))}")
        return data

    @model_validator(mode="after")
    def _one_domain(self) -> Factor:
        if (self.range is None) == (self.levels is None):
            raise ValueError("a factor needs either range: [low, high] or levels: [a, b, ...]")
        if self.range and not self.range[0] < self.range[1]:
            fault = "empty" if self.range[0] == self.range[1] else "turned round"
            raise ValueError(f"the range is {fault}: {self.range[0]:g} is not below {self.range[1]:g}")
        if self.levels is not None and (len(self.levels) < 2 or len(set(self.levels)) < len(self.levels)):
            raise ValueError(f"at least two different levels are needed, found {list(self.levels)}")
        if self.levels and self.circular:
            raise ValueError("levels cannot be circular")
        return self

    @property
    def domain(self) -> Domain:
        """The values it can have."""
        return domain(self.range, self.levels, self.circular)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value of the domain."""
        return self.domain.bounds

    def at(self, u: Array) -> Array:
        """Spread uniforms over the domain: the values that a do draws."""
        return self.domain.at(u)
