"""The optimiser: AdamW, but for the kernels between hidden layers of convolutions, which move orthogonally (Muon).

A kernel's momentum is replaced by the orthogonal matrix next to it, so that all its directions are learned at one pace
(Jordan et al. 2024, "Muon: an optimizer for hidden layers"), by a Newton-Schulz iteration (Bernstein and Newhouse 2024,
arXiv 2409.20325). Other weights have larger matrices, of which that would cost a processor as much as it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

_TIMES = "times"  # under this name a group says how many times larger than the others' its rate is
_FASTER, _TURNS = 10.0, 5
MOMENTUM = 0.95  # the share of it that a step keeps
_LEAST = 16  # channels on both sides of a hidden convolution
_A, _B, _C = 3.4445, -4.7750, 2.0315  # of the quintic; singular values end between .7 and 1.2


class Optimiser(torch.optim.AdamW):
    """AdamW for all parameters of some modules, Muon for the kernels of their :func:`hidden` convolutions.

    Args:
        modules: whose parameters move.
        rate: of AdamW; kernels move ten times as fast.
        momentum: the share of a kernel's momentum that a step keeps; AdamW for all if None.
    """

    def __init__(self, modules: Iterable[nn.Module], rate: float, momentum: float | None = MOMENTUM) -> None:
        listed = [*modules]
        kernels = [kernel for module in listed for kernel in hidden(module)] if momentum is not None else []
        chosen = {id(kernel) for kernel in kernels}
        others = [p for module in listed for p in module.parameters() if id(p) not in chosen]
        groups: list[dict[str, Any]] = [{"params": others, _TIMES: 1.0}]
        groups += [{"params": kernels, _TIMES: _FASTER}] if kernels else []
        super().__init__(groups, rate, (0.9, 0.99), weight_decay=1e-4, fused=True)
        self.kernels, self.momentum = kernels, momentum or 0.0

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step along the gradients; those of kernels are used up."""
        for kernel in self.kernels:
            if kernel.grad is not None:
                state = self.state[kernel]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(kernel)
                moving = state["momentum"].lerp_(kernel.grad, 1 - self.momentum)
                ahead = kernel.grad.lerp(moving, self.momentum)
                kernel.add_(orthogonal(ahead.flatten(1)).view_as(kernel), alpha=-self.param_groups[1]["lr"])
                kernel.grad = None
        loss: float | None = super().step(closure)
        return loss


def pace(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of all groups of an optimiser, which may be wrapped."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group[_TIMES]


def hidden(module: nn.Module) -> list[nn.Parameter]:
    """The kernels ``(out, in, k, k)``, k > 1, of convolutions in a module, without those from or to few channels."""
    kernels = [p for p in module.parameters() if p.ndim == 4 and p.shape[-1] > 1]
    return [kernel for kernel in kernels if min(kernel.shape[:2]) >= _LEAST]


def orthogonal(matrix: Tensor) -> Tensor:
    """About the orthogonal matrix nearest to one ``(n, m)``, larger by the root of n / m if it is tall.

    The turns are taken on the small matrix of products; the large one is multiplied only at both ends.
    """
    rows, columns = matrix.shape
    wide = matrix.T if rows > columns else matrix
    wide = wide / (wide.norm() + 1e-7)
    products, taken = wide @ wide.T, torch.eye(len(wide), dtype=wide.dtype, device=wide.device)
    for turn in range(_TURNS):
        more = _A * taken.new_ones(len(wide)).diag() + _B * products + _C * products @ products
        taken = more @ taken
        if turn + 1 < _TURNS:
            products = more @ products @ more
    turned: Tensor = taken @ wide
    return turned.T * (rows / columns) ** 0.5 if rows > columns else turned
