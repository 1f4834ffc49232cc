"""The causal layer: what the block of each factor owes to its parents, and the noise that is its own.

``z_i = f_i(z_pa(i)) + u_i``, each block of latents at once. Since the graph has no cycle, noises make latents and
latents noises, one to one and without a change of volume.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.scm.codes import Code
from cdm.scm.graph import reachability, topological

_HIDDEN = 64


class CausalLayer(nn.Module):
    """A network a factor, each of which sees the blocks of its parents only.

    Args:
        code: the factors.
        latents: of each number of a code; a block holds those of one factor.
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
    """

    adjacency: Tensor
    visible: Tensor

    def __init__(self, code: Code, latents: int, adjacency: Tensor) -> None:
        super().__init__()
        self.code, self.latents = code, latents
        d, total = len(code.factors), code.width * latents
        widest = max(factor.width for factor in code.factors) * latents
        self.register_buffer("adjacency", adjacency.float())
        self.register_buffer("visible", self.widened(code.spread(adjacency.float().T)))  # (d, total): what i reads
        shapes = [(total, _HIDDEN), (_HIDDEN, _HIDDEN), (_HIDDEN, widest)]
        self.weights = nn.ParameterList(torch.randn(d, a, b) * (2 / a) ** 0.5 * (b != widest) for a, b in shapes)
        self.biases = nn.ParameterList(torch.zeros(d, 1, b) for _, b in shapes)

    def forward(self, z: Tensor) -> Tensor:
        """What the parents say of each block: ``(n, total)``."""
        h = z[None] * self.visible[:, None]
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h, weight)
            h = functional.silu(h) if layer < 2 else h
        return torch.cat([h[i, :, : factor.width * self.latents] for i, factor in enumerate(self.code.factors)], dim=1)

    def noise(self, z: Tensor) -> Tensor:
        """The noises ``(n, total)`` that give these latents."""
        owed: Tensor = self(z)
        return z - owed

    def solve(self, noise: Tensor, mask: Tensor | None = None, value: Tensor | None = None) -> Tensor:
        """Latents from noises, causes first, however far an effect travels.

        Args:
            noise: ``(n, total)``.
            mask: ``(n, d)``, 1 on the factors that are set; none if None.
            value: latents ``(n, total)`` of those.
        """
        z = torch.zeros_like(noise)
        for i in topological(self.adjacency):
            block = self.block(i)
            made = self(z)[:, block] + noise[:, block]
            if mask is not None and value is not None:
                made = torch.where(mask[:, i : i + 1] > 0, value[:, block], made)
            z = torch.cat([z[:, : block.start], made, z[:, block.stop :]], dim=1)
        return z

    def counterfactual(self, z: Tensor, mask: Tensor, value: Tensor) -> Tensor:
        """What latents would have been under a do, their noises being the same.

        A block that follows from a do comes to stand for one value of its factor: for a level, not for between two of
        them. What is no target and no descendant of one stays, bit for bit.
        """
        after = self.solve(self.noise(z), mask, value)
        reached = (mask @ reachability(self.adjacency)) > 0
        followed = self.widened(self.code.spread(reached & (mask == 0)))
        after = torch.where(followed, after + self.widened(self.valid(after) - self.means(after)), after)
        return torch.where(self.widened(self.code.spread(reached)), after, z)

    def block(self, i: int) -> slice:
        """Where the latents of a factor stand."""
        code = self.code.blocks[i]
        return slice(code.start * self.latents, code.stop * self.latents)

    def widened(self, codes: Tensor) -> Tensor:
        """The latents ``(n, total)`` that stand for codes ``(n, width)``, each number as often as it has latents."""
        return codes.repeat_interleave(self.latents, dim=1)

    def means(self, z: Tensor) -> Tensor:
        """The numbers ``(n, width)`` that latents stand for."""
        return z.view(len(z), self.code.width, self.latents).mean(dim=2)

    def valid(self, z: Tensor) -> Tensor:
        """The codes ``(n, width)`` that latents stand for: the likeliest level, an angle of length one."""
        return torch.cat([domain.encode(domain.decode(block)) for domain, block in self.code.parts(self.means(z))], 1)
