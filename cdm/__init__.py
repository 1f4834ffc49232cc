"""A causal diffusion model: its latent factors obey a graph that it learns from interventional pairs.

This package trains on directories of shards as `docs/reference/format.md` describes them, and imports nothing of
`scmgen`.

    model = cdm.load("runs/pendulum")
    model.encode(images)                               # the factors, in their units
    model.do({"light_angle": 1.2}).sample(16)          # what happens
    model.counterfactual(images, {"light_angle": 1.2}) # what would have been
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdm import metrics as metrics
    from cdm.data.images import to_bytes as to_bytes
    from cdm.errors import CdmError as CdmError
    from cdm.evaluation.answered import Answers as Answers
    from cdm.evaluation.answered import write as write_answers
    from cdm.evaluation.protocol import Protocol as Protocol
    from cdm.evaluation.protocol import find as find_protocol
    from cdm.models.protocol import Model as Model
    from cdm.runs.models import load as load

__version__ = "0.1.0"

_HOMES = {
    "Answers": "evaluation.answered:Answers",
    "CdmError": "errors:CdmError",
    "Model": "models.protocol:Model",
    "Protocol": "evaluation.protocol:Protocol",
    "find_protocol": "evaluation.protocol:find",
    "load": "runs.models:load",
    "to_bytes": "data.images:to_bytes",
    "write_answers": "evaluation.answered:write",
}

__all__ = [
    "Answers",
    "CdmError",
    "Model",
    "Protocol",
    "find_protocol",
    "load",
    "metrics",
    "to_bytes",
    "write_answers",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: torch takes seconds."""
    if name == "metrics":
        return importlib.import_module("cdm.metrics")
    if name not in _HOMES:
        raise AttributeError(f"module 'cdm' has no attribute {name!r}")
    home, _, attribute = _HOMES[name].partition(":")
    return getattr(importlib.import_module(f"cdm.{home}"), attribute)


def __dir__() -> list[str]:
    """The public names, and nothing that happens to be imported."""
    return [*__all__, "__version__"]
