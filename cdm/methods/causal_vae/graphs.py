"""How a CausalVAE learns which factors have effects on which, from labels: its loss of labels without cycles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cdm.methods.causal_vae.networks import Causes, Effects
from cdm.scm.codes import Code

Loss = Callable[[torch.Generator], Tensor]
_ROWS, _ROUNDS = 512, 12
_FREE = 0.4  # of the steps, in which neither cycles nor sizes cost anything
_FLOOR = 1e-4  # of a mean square of 1: errors below it are no better


def missed(code: Code, causes: Causes, codes: Tensor) -> Tensor:
    """How badly labels ``(n, width)`` are guessed from their causes, ``(d,)``: l_u of the paper.

    Each factor has an error of a size of its own, so it is the logarithm of its mean square that counts.
    """
    squares = code.sums((codes - causes.said(codes)).square())
    return (squares.mean(dim=0) + _FLOOR).log() / 2


@dataclass
class Lagrangian:
    """The price of cycles, and how it rises: Zheng et al. 2018 (arXiv 1803.01422), algorithm 1.

    Attributes:
        price: of h.
        penalty: of its square.
        last: what h was.
    """

    price: float = 0.0
    penalty: float = 1.0
    last: float = float("inf")

    def cost(self, circles: Tensor) -> Tensor:
        """What cycles cost."""
        return self.price * circles + self.penalty / 2 * circles.square()

    def rise(self, circles: float) -> None:
        """Raise both, where cycles have not become a quarter of what they were."""
        self.price += self.penalty * circles
        self.penalty *= 10 if circles > self.last / 4 else 1
        self.last = circles


def fitting(code: Code, causes: Causes, codes: Tensor) -> Loss:
    """The loss of mask layers, whatever effects there are.

    Args:
        code: the factors.
        causes: what guesses.
        codes: labels ``(n, width)``.
    """

    def loss(generator: torch.Generator) -> Tensor:
        chosen = codes[torch.randint(len(codes), (_ROWS,), generator=generator).to(codes.device)]
        return missed(code, causes, chosen).sum()

    return loss


def searching(fitted: Loss, effects: Effects, steps: int, lasso: float) -> Loss:
    """The loss of a search for effects of so many steps.

    ``lasso`` is the price of an effect's size. At first there is none: where effects are zero, one that is even has no
    slope, and it takes some steps until it shows.
    """
    step, lagrangian, free, every = 0, Lagrangian(), round(_FREE * steps), max(1, round((1 - _FREE) * steps / _ROUNDS))

    def loss(generator: torch.Generator) -> Tensor:
        nonlocal step
        circles, size = effects.circles(), effects.matrix.abs().sum()
        if step > free and (step - free) % every == 0:
            lagrangian.rise(float(circles.detach()))
        price = lagrangian.cost(circles) + lasso * size if step >= free else 0.0
        step += 1
        return fitted(generator) + price

    return loss
