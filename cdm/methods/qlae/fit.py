"""How a QLAE is trained: on factual images alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from cdm.methods.parts import descent
from cdm.methods.qlae.answer import QLAE
from cdm.methods.qlae.config import Options
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> QLAE:
    """Train it.

    Raises:
        CdmError: if a loss is not finite.
    """
    descent.needed(job, QLAE.name, ("image",))
    model = descent.begun(lambda: QLAE(job.pairs.code, job.pairs.size, options), options, job.device)
    network = model.network
    shrink = shrinking((network.reader, network.painter), options.rate * options.decay, options.steps)

    def loss(generator: torch.Generator) -> Tensor:
        shrink()
        images = descent.rows(job, options.batch, generator)["image"]
        return network.missed(images, options.quantised, options.committed).mean()

    descent.descend([network], job, "qlae", options.steps, options.rate, loss, options.seed, momentum=None)
    return model.eval()


def shrinking(modules: Iterable[nn.Module], share: float, steps: int) -> Callable[[], None]:
    """What makes weights smaller by a share of themselves, a step at a time (Loshchilov and Hutter 2019, 1711.05101).

    Their decay is decoupled from the gradient, and falls over the last half of the steps, as the learning rate does.
    """
    weights: list[Tensor] = [weight for module in modules for weight in module.parameters()]
    step = 0

    def shrink() -> None:
        nonlocal step
        with torch.no_grad():
            torch._foreach_mul_(weights, 1 - share * min(1.0, 2 * (1 - step / steps)))
        step += 1

    return shrink
