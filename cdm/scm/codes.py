"""Codes: a factor as the model holds it, one block of numbers of about unit size.

What a block is, the factor's domain says (:mod:`cdm.scm.domains`). The SCM, the encoder and the denoiser see blocks and
need not know more.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cdm.errors import CdmError, suggestion
from cdm.scm.domains import DOMAINS, Domain

FORM = {"name": str, "kind": frozenset(DOMAINS), "low": float, "high": float, "levels": [str], "unit": str}
"""What :meth:`Code.data` gives for a factor."""
BEFORE = "[-1]"
"""What the name of a factor ends with that is one as it was a frame ago."""


@dataclass(frozen=True)
class Factor:
    """A factor of the data set, as its manifest describes it.

    Attributes:
        name: what people call it.
        domain: the values that it can take.
        unit: of its values.
    """

    name: str
    domain: Domain
    unit: str = "1"

    @property
    def past(self) -> bool:
        """Whether it is a factor as it was a frame ago."""
        return self.name.endswith(BEFORE)

    @property
    def width(self) -> int:
        """Numbers of its code."""
        return self.domain.width

    def read(self, text: str) -> float:
        """A value that a user typed.

        Raises:
            CdmError: if it is none of this factor.
        """
        try:
            return self.domain.read(text, self.unit)
        except CdmError as error:
            raise CdmError(f"{self.name} = {text}: {error}") from None

    def data(self) -> dict[str, Any]:
        """As plain JSON, of the form :data:`FORM`."""
        return {"name": self.name, "kind": self.domain.kind, **self.domain.data(), "unit": self.unit}


@dataclass(frozen=True)
class Code:
    """The codes of all factors side by side, ``(n, width)``, each in its block.

    Where they are those of two frames of a clip, those of the frame before come first, in the same order.
    """

    factors: tuple[Factor, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The factors' names, in order."""
        return tuple(factor.name for factor in self.factors)

    @property
    def width(self) -> int:
        """Numbers of all blocks."""
        return sum(factor.width for factor in self.factors)

    @property
    def blocks(self) -> tuple[slice, ...]:
        """Where each factor stands."""
        ends = [0]
        for factor in self.factors:
            ends.append(ends[-1] + factor.width)
        return tuple(slice(a, b) for a, b in itertools.pairwise(ends))

    @property
    def frames(self) -> int:
        """Of how many frames these are the factors: of one image, or of a strip of two, one above the other."""
        return 1 + any(factor.past for factor in self.factors)

    @property
    def frame(self) -> Code:
        """The code of one frame."""
        return Code(tuple(factor for factor in self.factors if not factor.past)) if self.frames > 1 else self

    @property
    def owner(self) -> Tensor:
        """The number of the factor that each column belongs to, ``(width,)``."""
        widths = torch.tensor([factor.width for factor in self.factors])
        return torch.repeat_interleave(widths, output_size=self.width)  # known also where tensors have no values

    def encode(self, values: Tensor) -> Tensor:
        """Codes ``(n, width)`` of values ``(n, d)``."""
        return torch.cat([factor.domain.encode(values[:, i]) for i, factor in enumerate(self.factors)], dim=1)

    def decode(self, codes: Tensor) -> Tensor:
        """Values ``(n, d)`` of codes ``(n, width)``."""
        return torch.stack([domain.decode(block) for domain, block in self.parts(codes)], dim=1)

    def parts(self, codes: Tensor) -> list[tuple[Domain, Tensor]]:
        """Each factor's domain and its block ``(n, width of the factor)`` of codes ``(n, width)``."""
        return [(f.domain, codes[:, block]) for f, block in zip(self.factors, self.blocks, strict=True)]

    def spread(self, mask: Tensor) -> Tensor:
        """Widen ``(n, d)``, one column a factor, to ``(n, width)``, one column a number of its code."""
        return mask[..., self.owner.to(mask.device)]

    def sums(self, squares: Tensor) -> Tensor:
        """Add up ``(n, width)`` within the blocks: ``(n, d)``."""
        out = squares.new_zeros((*squares.shape[:-1], len(self.factors)))
        return out.index_add(-1, self.owner.to(squares.device), squares)

    def index(self, name: str) -> int:
        """Which factor has a name.

        Raises:
            CdmError: if none has.
        """
        if name not in self.names:
            raise CdmError(f"no factor {name!r}; {suggestion(name, self.names)}")
        return self.names.index(name)

    def data(self) -> list[dict[str, Any]]:
        """As plain JSON, for the header of a checkpoint."""
        return [factor.data() for factor in self.factors]


def from_manifest(factors: Mapping[str, Mapping[str, Any]]) -> Code:
    """The code of a data set from the part ``factors`` of its manifest.

    Raises:
        CdmError: if a factor has neither a range nor levels.
    """
    ends = {name: dict(zip(("low", "high"), factor["range"], strict=True)) for name, factor in factors.items()}
    return from_data([{**f, **ends[name], "name": name, "kind": f["type"]} for name, f in factors.items()])


def from_data(factors: Sequence[Mapping[str, Any]]) -> Code:
    """The code that :meth:`Code.data` wrote.

    Raises:
        CdmError: if there is no factor, two have one name, or one has neither a range nor levels.
    """
    code = Code(tuple(_factor(factor) for factor in factors))
    if not factors or len({*code.names}) < len(factors):
        raise CdmError("factors: at least one is needed, each with a name of its own")
    return code


def _factor(data: Mapping[str, Any]) -> Factor:
    try:
        domain = DOMAINS[data["kind"]].of(data["low"], data["high"], tuple(data["levels"]))
    except CdmError as error:
        raise CdmError(f"factor {data['name']}: {error}") from None
    return Factor(data["name"], domain, data["unit"])
