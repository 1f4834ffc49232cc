"""Training, as every method does it: seeded, paced, guarded against a loss that is not finite, and logged."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from cdm.errors import CdmError
from cdm.models.protocol import Job, Model
from cdm.optimiser import MOMENTUM, Optimiser, pace

_LOG_EVERY, _TIMED = 50, 5
M = TypeVar("M", bound=nn.Module)


class Options(Protocol):
    """What every method is told; its fields that end in ``steps`` are what a budget scales."""

    @property
    def seed(self) -> int:
        """Of weights and batches."""


def needed(job: Job, name: str, members: Iterable[str]) -> None:
    """Raise unless the data have what a method needs.

    Raises:
        CdmError: if they do not.
    """
    missing = [member for member in members if member not in job.pairs.arrays]
    if missing:
        raise CdmError(f"model {name!r} needs {', '.join(missing)}, which the shards do not hold")


def begun(make: Callable[[], M], options: Options, device: str) -> M:
    """A network, or model, with the first weights of a seed; the global generator stays as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        return make().to(device).train()


def descend(
    modules: Iterable[nn.Module],
    job: Job,
    phase: str,
    steps: int,
    rate: float,
    loss: Callable[[torch.Generator], Tensor],
    seed: int = 0,
    momentum: float | None = MOMENTUM,
) -> None:
    """Take steps down a loss: a short warm-up, an even rate, then linearly to zero over the last half.

    Args:
        modules: whose parameters move.
        job: which is told how far it is.
        phase: what that is called.
        steps: how many.
        rate: the highest learning rate.
        loss: what one step minimises; it draws its batch from the generator, which is seeded once.
        seed: of that generator.
        momentum: of hidden kernels, which move orthogonally (:mod:`cdm.optimiser`); all move by AdamW if it is None.

    Raises:
        CdmError: if a loss is not finite.
    """
    listed = [*modules]
    optimiser, generator = Optimiser(listed, rate, momentum), torch.Generator().manual_seed(seed)
    parameters = [parameter for module in listed for parameter in module.parameters()]
    for step in range(steps):
        missed = loss(generator)
        value = float(missed.detach())
        if not math.isfinite(value):
            cure = f"train with a lower rate: --set rate={rate / 4:g}" if step else "the data are at fault"
            raise CdmError(f"the loss is {value} at step {step}; {cure}")
        pace(optimiser, rate * _paced(step, steps))
        optimiser.zero_grad(set_to_none=True)
        missed.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if step % _LOG_EVERY == 0 or step + 1 == steps:
            job.log({"phase": phase, "step": step + 1, "steps": steps, "error": value})


def rows(job: Job, count: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Some rows of the training split, at random, as :meth:`cdm.data.pairs.Pairs.batch` gives them."""
    return job.pairs.batch(torch.randint(len(job.pairs), (count,), generator=generator), job.device)


def rehearsal(fit: Callable[[Job, Any], Model]) -> Callable[[Job, Any], str]:
    """What says what a training would take: one of a step a phase and one of some are timed, and written nowhere."""

    def rehearse(job: Job, options: Any) -> str:
        quiet = replace(job, log=lambda line: None, note=lambda text: None)
        names = [one.name for one in fields(options) if one.name.endswith("steps") and getattr(options, one.name)]
        spent, model = [], None
        for few in (1, 1 + _TIMED):
            started = time.monotonic()
            model = fit(quiet, replace(options, **dict.fromkeys(names, few)))
            spent.append(time.monotonic() - started)
        most = max((getattr(options, name) for name in names), default=0)
        minutes = (spent[0] + max(spent[1] - spent[0], 0.0) / _TIMED * most) / 60
        count = sum(parameter.numel() for parameter in model.parameters()) if model else 0
        return f"parameters: {count:,}\nabout {minutes:.1f} minutes on {job.device}"

    return rehearse


def _paced(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / 50, 2 * (1 - step / steps))
