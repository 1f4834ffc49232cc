"""A causal diffusion model: its latent factors obey a graph that it learns from interventional pairs.

This package trains on directories of shards as `docs/format.md` describes them, and imports nothing of `scmgen`.

    model = cdm.load("runs/pendulum")
    model.encode(images)                               # the factors, in their units
    model.do({"light_angle": 1.2}).sample(16)          # what happens
    model.counterfactual(images, {"light_angle": 1.2}) # what would have been
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdm.errors import CdmError as CdmError
    from cdm.runs.models import load as load

__all__ = ["CdmError", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: torch takes seconds."""
    if name == "load":
        from cdm.runs.models import load

        return load
    if name == "CdmError":
        from cdm.errors import CdmError

        return CdmError
    raise AttributeError(f"module 'cdm' has no attribute {name!r}")
