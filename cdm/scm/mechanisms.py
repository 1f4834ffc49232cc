"""The latent SCM: each factor a function of its parents and of a noise that can be read back.

A network a factor says ``loc`` and ``scale`` of it, given its parents; how noise then makes a value, and how it is read
back, is the domain's (:mod:`cdm.scm.domains`): ``z = loc(pa) + scale(pa) * e`` of a number, a turn of an angle, the
level at which cumulated probabilities pass ``e``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.scm.codes import Code
from cdm.scm.domains import Domain, Law
from cdm.scm.graph import reachability, topological

_HIDDEN = 64


class Mechanisms(nn.Module):
    """One small network a factor, each of which sees the codes of its parents only.

    Args:
        code: the factors.
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
        affine: let the scale of the noise depend on the parents.
        bank: remembered rows of noises, from which :meth:`draw` resamples.
    """

    adjacency: Tensor
    bank: Tensor
    visible: Tensor

    def __init__(self, code: Code, adjacency: Tensor, affine: bool = True, bank: int = 4096) -> None:
        super().__init__()
        self.code, self.affine = code, affine
        d, widest = len(code.factors), max(factor.width for factor in code.factors)
        self.widest = widest
        self.register_buffer("adjacency", adjacency.float())
        self.register_buffer("visible", code.spread(adjacency.float().T))  # (d, width): what node i reads
        self.register_buffer("bank", torch.zeros(bank, code.width))
        shapes = [(code.width, _HIDDEN), (_HIDDEN, _HIDDEN), (_HIDDEN, widest + 1)]
        self.weights = nn.ParameterList(torch.randn(d, a, b) * (2 / a) ** 0.5 * (b != widest + 1) for a, b in shapes)
        self.biases = nn.ParameterList(torch.zeros(d, 1, b) for _, b in shapes)

    @property
    def order(self) -> list[int]:
        """The factors, causes before effects."""
        return topological(self.adjacency)

    def forward(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """What the parents say of each factor: ``loc (n, width)`` and ``scale (n, d)``."""
        h = codes[None] * self.visible.view(len(self.visible), -1, codes.shape[1])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h, weight)
            h = functional.silu(h) if layer < 2 else h
        parts = [h[i, :, : factor.width] for i, factor in enumerate(self.code.factors)]
        scale = functional.softplus(h[:, :, -1].T + 0.5413) if self.affine else torch.ones_like(h[:, :, -1].T)
        return torch.cat(parts, dim=1), scale.clamp_min(1e-3)

    def noise(self, codes: Tensor, place: Tensor | float = 0.5) -> Tensor:
        """The noises ``(n, width)`` that give these codes; of a categorical factor in the first column of its block.

        Args:
            codes: ``(n, width)``.
            place: ``(n,)`` from 0 to 1, where in its interval the noise of a level is taken to be.
        """
        return torch.cat([domain.abduct(block, law, place) for domain, block, law in self.seen(codes)], dim=1)

    def solve(self, noise: Tensor, mask: Tensor | None = None, value: Tensor | None = None) -> Tensor:
        """Codes from noises, causes first; where ``mask (n, d)`` is set, those of ``value (n, width)``."""
        codes = torch.zeros_like(noise)
        for i in self.order:
            (domain, _, law), block = self.seen(codes)[i], self.code.blocks[i]
            predicted = domain.predict(noise[:, block], law)
            if mask is not None and value is not None:
                predicted = torch.where(mask[:, i : i + 1] > 0, value[:, block], predicted)
            codes = torch.cat([codes[:, : block.start], predicted, codes[:, block.stop :]], dim=1)
        return codes

    def counterfactual(self, codes: Tensor, mask: Tensor, value: Tensor, noise: Tensor | None = None) -> Tensor:
        """What codes would have been under a do, with their own noise, which :meth:`noise` may have given before.

        What is no target and no descendant of one keeps its code, bit for bit.
        """
        after = self.solve(self.noise(codes) if noise is None else noise, mask, value)
        touched = (mask @ reachability(self.adjacency)) > 0
        return torch.where(self.code.spread(touched), after, codes)

    def remember(self, codes: Tensor) -> None:
        """Keep the noises of observed codes, each level's somewhere in its interval; :meth:`draw` resamples them."""
        chosen = codes[torch.arange(len(self.bank), device=codes.device) % len(codes)]
        place = torch.rand(len(chosen), generator=torch.Generator().manual_seed(0)).to(codes.device)
        self.bank.copy_(self.noise(chosen, place).detach())

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Noises ``(count, width)``: whole rows of those remembered, so that what hidden causes bind stays together."""
        return self.bank[torch.randint(len(self.bank), (count,), generator=generator).to(self.bank.device)]

    def surprise(self, codes: Tensor) -> Tensor:
        """Negative log likelihood ``(n, d)`` of each factor given its parents, up to a constant.

        Loss 1: Brouillard et al. 2020 (arXiv 2007.01754); the target's own term is for the caller to drop.
        """
        return torch.stack([domain.surprise(block, law) for domain, block, law in self.seen(codes)], dim=1)

    def seen(self, codes: Tensor) -> list[tuple[Domain, Tensor, Law]]:
        """Of each factor its domain, its block of codes ``(n, width)``, and what its parents say of it."""
        loc, scale = self(codes)
        laws = [Law(loc[:, block], scale[:, i]) for i, block in enumerate(self.code.blocks)]
        return [(*part, law) for part, law in zip(self.code.parts(codes), laws, strict=True)]


def invariance(mechanisms: Mechanisms, codes: Tensor, after: Tensor, mask: Tensor) -> Tensor:
    """Loss 2, ``(n,)``: factors that were not intervened on keep their noise from one image to the other.

    It is zero only if each mechanism reads the right parents.
    """
    return noise_changes(mechanisms, codes, after, mask).sum(dim=1)


def noise_changes(mechanisms: Mechanisms, codes: Tensor, after: Tensor, mask: Tensor) -> Tensor:
    """How much the noise of each factor changes, ``(n, d)``, as its domain measures it; 0 on targets."""
    pairs = zip(mechanisms.seen(codes), mechanisms.seen(after), strict=True)
    parts = [domain.departure(block, law, block2, law2) for (domain, block, law), (_, block2, law2) in pairs]
    return torch.stack(parts, dim=1) * (1 - mask)
