"""Interventions on factors as tables: each row of a batch may have a do of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.scm.codes import Code, Factor
from cdm.scm.domains.categorical import Categorical

if TYPE_CHECKING:
    from cdm.models.protocol import Model


@dataclass(frozen=True)
class DoTable:
    """What is set in each row.

    Attributes:
        mask: ``(n, d)``, 1 on the targets.
        value: codes ``(n, width)`` that the targets take; whatever stands elsewhere is not read.
    """

    mask: Tensor
    value: Tensor


Do: TypeAlias = Mapping[str, float | str]
"""Factor -> value in its unit, or the name of a level."""


class Checked(dict[str, float]):
    """A do that was checked, and is not checked again where it goes on."""


def table(code: Code, do: Do, count: int, device: torch.device | str = "cpu") -> DoTable:
    """One do, by name and in the factors' units, for many rows.

    Raises:
        CdmError: if there is no such factor or a value is out of its range.
    """
    mask, value = torch.zeros(count, len(code.factors), device=device), torch.zeros(count, code.width, device=device)
    for name, number in checked(code, do).items():
        i = code.index(name)
        mask[:, i] = 1
        value[:, code.blocks[i]] = code.factors[i].domain.encode(torch.full((count,), number, device=device))
    return DoTable(mask, value)


def checked(code: Code, do: Do, allow_ood: bool = False) -> Checked:
    """A do whose factors are there and whose values are in their ranges.

    Args:
        code: the factors.
        do: what is set.
        allow_ood: let values leave their ranges; a level that does not exist is refused all the same.

    Raises:
        CdmError: if it is none.
    """
    if isinstance(do, Checked):
        return do
    return Checked({name: _number(code.factors[code.index(name)], value, allow_ood) for name, value in do.items()})


def _number(factor: Factor, value: float | str, allow_ood: bool) -> float:
    try:
        return factor.read(value if isinstance(value, str) else repr(float(value)))
    except CdmError as error:
        if isinstance(value, str) or isinstance(factor.domain, Categorical) or not math.isfinite(value):
            raise
        if not allow_ood:
            raise CdmError(f"{error}; allow others with allow_ood=True") from None
    return float(value)


def parse(code: Code, texts: Iterable[str]) -> dict[str, float]:
    """Read ``NAME=VALUE`` texts, several in one separated by commas.

    Raises:
        CdmError: if a text is none, there is no such factor, or the value is out of its range.
    """
    do = {}
    for part in (part for text in texts for part in text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise CdmError(f"--do {part}: write NAME=VALUE")
        do[name.strip()] = code.factors[code.index(name.strip())].read(value.strip())
    return do


@dataclass(frozen=True)
class Intervened:
    """A model under a do: ``model.do({"lamp": 0.3}).sample(16)``."""

    model: Model
    values: Mapping[str, float]

    def sample(self, count: int, seed: int = 0, **options: Any) -> Tensor:
        """Images drawn under the do; see :meth:`Model.sample`."""
        return self.model.sample(self.values, count, seed, **options)

    def sample_codes(self, count: int, seed: int = 0) -> Tensor:
        """Codes of the factors, drawn under the do; see :meth:`Model.sample_codes`."""
        return self.model.sample_codes(self.values, count, seed)
