"""How a picture is inverted, and how edits guide the way back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cdm.errors import CdmError

Guidance = Literal["causal", "joint"]
Inversion = Literal["dpm", "ddpm", "ddim"]


@dataclass(frozen=True)
class Settings:
    """How a picture is inverted and guided; by default as in FM-CGM (Komanduri and Wu 2026, arXiv 2605.23861).

    Attributes:
        guidance: ``causal``: each edited concept by itself, within its mask; ``joint``: all of them at once and
            everywhere, which is classifier-free guidance.
        inversion: ``dpm``: the noise of each step of the stochastic DPM-Solver++ of second order; ``ddpm``: of each
            step of ancestral sampling; ``ddim``: one noise, found by going the deterministic way backwards.
        steps: from the picture to noise, and as many back.
        skip: further steps at the noisiest times, as a share of ``steps``, which neither way takes.
        source: strength of the guidance by what the picture shows, on the way to noise.
        scale: strength of the guidance by an edit.
        threshold: share of the places that each of the two parts of a mask leaves out.
        warmup: first steps of the way back that no edit guides; for ``causal``.
        seed: of the noise.
    """

    guidance: Guidance = "causal"
    inversion: Inversion = "dpm"
    steps: int = 100
    skip: float = 0.15
    source: float = 3.5
    scale: float = 8.0
    threshold: float = 0.7
    warmup: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        if self.steps < 2:
            raise CdmError(f"steps: at least 2 are needed, found {self.steps}")
        if self.threshold >= 1:
            raise CdmError(f"threshold: a share from 0 to below 1 is needed, found {self.threshold:g}")
        if self.warmup >= self.steps:
            raise CdmError(f"warmup: fewer than the {self.steps} steps are needed, found {self.warmup}")

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


PAPER = Settings()
