"""Where a run computes: its device, its precision and the processes that share it, by accelerate.

`accelerate launch` may start several processes: each draws batches of its own, gradients are averaged, and
the first alone writes. The weights are equal everywhere: they begin equal and take the same steps.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

from cdm.errors import CdmError

if TYPE_CHECKING:
    from accelerate import Accelerator

_SCALING = "moment.scaling"


def rank() -> int:
    """The number of this process among those that share a run; 0 if it is alone."""
    return int(os.environ.get("RANK", "0")) if _count() > 1 else 0


def batches(count: int) -> range:
    """The numbers of the batches of a step that are this process's, if each has as many."""
    return range(rank() * count, (rank() + 1) * count)


def pick(device: str) -> str:
    """The device that a user means.

    Raises:
        CdmError: if it is not there.
    """
    if device == "auto":
        own = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if _count() > 1 else "cuda"
        return own if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise CdmError(f"--device {device}: {str(error).splitlines()[0]}") from None
    return device


def accelerator(device: torch.device, precision: str) -> Accelerator:
    """What places, scales and averages on a device, at ``fp32``, ``bf16`` or ``fp16``.

    Raises:
        CdmError: if accelerate is missing, or the device cannot compute at this precision.
    """
    try:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState
    except ImportError:
        raise CdmError("training needs accelerate: pip install 'scmgen[cdm]'") from None
    if _count() == 1:  # what accelerate knows it knows for the whole process; the next run may have another precision
        AcceleratorState._reset_state(reset_partial_state=True)
    try:
        accelerator = Accelerator(mixed_precision="no" if precision == "fp32" else precision, cpu=device.type == "cpu")
    except ValueError as error:
        raise CdmError(f"precision {precision!r} on {device}: {error}") from None
    if precision == "fp16" and accelerator.scaler is None:  # accelerate would compute in fp32 and not say so
        raise CdmError(f"precision 'fp16' on {device}: it needs a GPU; there are fp32, bf16")
    return accelerator


def draws_ahead(device: torch.device) -> bool:
    """Whether batches are drawn on a thread of their own: where the device computes beside the processor."""
    return device.type == "cuda"


def compile_(modules: Iterable[nn.Module]) -> None:
    """Have modules compiled when they are first called; their weights and their names stay."""
    for module in modules:
        module.compile()


def blame_compiler(error: Exception) -> None:
    """Say in one line what a compiler could not do.

    Raises:
        CdmError: if it is the compiler that failed.
    """
    from torch._dynamo.exc import TorchDynamoException

    if isinstance(error, TorchDynamoException):
        raise CdmError(f"compile: {str(error).strip().splitlines()[0]}; train without: --set compile=false") from None


def align(accelerator: Accelerator, model: nn.Module) -> None:
    """Give every process the model of the first."""
    if accelerator.num_processes > 1:
        from accelerate.utils import broadcast

        for tensor in model.state_dict().values():
            tensor.copy_(broadcast(tensor))


def average_gradients(accelerator: Accelerator, parameters: Iterable[nn.Parameter]) -> None:
    """Give every process the mean of all processes' gradients."""
    if accelerator.num_processes > 1:
        for parameter in parameters:
            parameter.grad = accelerator.reduce(parameter.grad, "mean")


def scaling(accelerator: Accelerator) -> dict[str, torch.Tensor]:
    """How much fp16 scales the loss at present, for a checkpoint; nothing at other precisions."""
    if accelerator.scaler is None:
        return {}
    state = accelerator.scaler.state_dict()
    return {_SCALING: torch.tensor([state["scale"], state["_growth_tracker"]], dtype=torch.float64)}


def rescale(accelerator: Accelerator, kept: dict[str, torch.Tensor]) -> None:
    """Take up the scaling that :func:`scaling` gave."""
    if accelerator.scaler is not None and _SCALING in kept:
        scale, steps = kept[_SCALING].tolist()
        now = accelerator.scaler.state_dict()
        accelerator.scaler.load_state_dict({**now, "scale": scale, "_growth_tracker": int(steps)})


def _count() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))
