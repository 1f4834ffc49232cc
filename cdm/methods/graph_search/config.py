"""What a graph search is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cdm.discovery import NEED_PAIRS
from cdm.errors import CdmError

Search = Literal["interventional", "notears", "dagma", "pc", "fci", "gies", "enco", "variational"]


@dataclass(frozen=True)
class Options:
    """Options of a graph search.

    Attributes:
        seed: of subsamples and first weights.
        search: which one (:mod:`cdm.discovery`).
        pairs: whether it sees the labels of both images of each pair, and what was set; without, those of the factual
            images alone.
        rows: labels that it reads, the first ones.
    """

    seed: int = 0
    search: Search = "notears"
    pairs: bool = False
    rows: int = 20000

    def __post_init__(self) -> None:
        """Raise if a search has not what it needs, or nothing to read."""
        if self.search in NEED_PAIRS and not self.pairs:
            raise CdmError(f"search {self.search!r}: needs pairs: --set pairs=true")
        if self.rows < 2:
            raise CdmError(f"rows: at least 2 are needed, found {self.rows}")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"rows": 2000},
    "quick": {"rows": 10000},
    "standard": {},
    "full": {"rows": 100_000},
}
"""A search takes what it takes: no budget scales it."""
