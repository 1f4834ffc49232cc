"""A kind of model in one file: codes are linear in the pixels, and pixels in the codes.

It shows what a kind needs: a class that answers something, options, a fit and a load, and a line in the registry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from cdm.models.interventions import DoTable
from cdm.models.protocol import MODELS, Entry, Job, Model
from cdm.scm.codes import Code


@dataclass(frozen=True)
class Options:
    """How much a fit shrinks the weights, and a seed that changes nothing."""

    seed: int = 0
    ridge: float = 1e-2


class Linear(Model):
    """Two ridge regressions: from pixels to codes and back; what codes do not explain of an image stays."""

    name, answers = "linear", frozenset({"encode", "counterfactual"})

    def __init__(self, code: Code, size: int, config: Options, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        for name in ("reads", "draws"):
            self.register_buffer(name, weights[name])

    def codes(self, images: Tensor) -> Tensor:
        return _line(images.flatten(1), self.reads)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Any:
        codes = self.codes(images) if factors is None else factors
        return codes, images - self._drawn(codes)

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        codes, rest = abduction
        return self._drawn(torch.where(self.code.spread(do.mask) > 0, do.value, codes)) + rest

    def _drawn(self, codes: Tensor) -> Tensor:
        return _line(codes, self.draws).view(-1, 3, self.size, self.size)


def fit(job: Job, options: Options) -> Linear:
    batch = job.pairs.batch(torch.arange(len(job.pairs)), job.device)
    pixels, codes = batch["image"].flatten(1), batch["factors"]
    weights = {"reads": _regressed(pixels, codes, options.ridge), "draws": _regressed(codes, pixels, options.ridge)}
    job.log({"phase": "regression", "step": 1, "steps": 1})
    return Linear(job.pairs.code, job.pairs.size, options, weights)


def _regressed(given: Tensor, wanted: Tensor, ridge: float) -> Tensor:
    x = torch.cat([given, torch.ones(len(given), 1)], dim=1)
    return torch.linalg.solve(x.T @ x + ridge * len(x) * torch.eye(x.shape[1]), x.T @ wanted)


def _line(x: Tensor, weights: Tensor) -> Tensor:
    return x @ weights[:-1] + weights[-1]


MODELS["linear"] = Entry(Options, fit, Linear, {"standard": {}, "stiff": {"ridge": 1.0}})


class Told(Linear):
    """The same of factors that are told, as a conditional model has it: it reads none."""

    name, answers = "told", frozenset({"counterfactual", "given"})


MODELS["told"] = replace(MODELS["linear"], load=Told)
