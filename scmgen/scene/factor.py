"""A factor: what a model should recover, and its domain."""

from __future__ import annotations

import difflib
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from scmgen.scene.domain import Domain, domain
from scmgen.scm.vocabulary import Array

Text = Annotated[
    str,
    BeforeValidator(lambda v: str(v) if isinstance(v, (int, float)) else v),
    WithJsonSchema({"type": ["string", "number"], "description": "an expression of the equation language"}),
]

Number = Annotated[float, Field(allow_inf_nan=False)]

UNITS = (
    *("1", "%", "frame", "world", "px", "rad", "deg", "turn"),
    *("km", "m", "cm", "mm", "um", "m2", "m3", "l", "ml", "kg", "g", "mg", "h", "min", "s", "ms", "Hz"),
    *(
        "m/s",
        "cm/s",
        "mm/s",
        "km/h",
        "m/s2",
        "rad/s",
        "deg/s",
        "N",
        "Nm",
        "J",
        "W",
        "Pa",
        "K",
        "degC",
        "V",
        "A",
        "lx",
        "lm",
    ),
)
"""Units that are known; a factor may have any other."""

Unit = Annotated[
    str,
    Field(min_length=1, max_length=40),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 40, "examples": list(UNITS)}),
]

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
    def note(self) -> str:
        """What may be wrong with the spelling of its unit; empty if nothing is."""
        if self.unit in UNITS:
            return ""
        cases = [unit for unit in UNITS if unit.casefold() == self.unit.casefold()]
        longer = [unit for unit in UNITS if self.unit.isalpha() and len(unit) > 2 and self.unit.startswith(unit)]
        near = cases or longer or difflib.get_close_matches(self.unit, UNITS, n=1, cutoff=0.75)
        return f"unit {self.unit!r}: did you mean {near[0]!r}?" if near else ""

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
