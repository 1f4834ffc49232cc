"""The networks of a CausalVAE: a matrix of effects, mask layers that see what it lets through, blocks of latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.scm.codes import Code
from cdm.scm.graph import topological

_HIDDEN = 32


class Effects(nn.Module):
    """The matrix A ``(d, d)``, from cause to effect, which begins at zero: of every effect none is known.

    Attributes:
        kept: ``(d, d)``, 1 where an effect may be; at first everywhere but on the diagonal.
    """

    kept: Tensor

    def __init__(self, factors: int) -> None:
        super().__init__()
        self.size = nn.Parameter(torch.zeros(factors, factors))
        self.register_buffer("kept", 1 - torch.eye(factors))

    @property
    def matrix(self) -> Tensor:
        """A itself."""
        return self.size * self.kept

    def circles(self) -> Tensor:
        """h(A), which is zero if there is no cycle: Zheng et al. 2018 (arXiv 1803.01422), theorem 1."""
        paths: Tensor = torch.linalg.matrix_exp(self.matrix.square()).trace()
        return paths - len(self.kept)

    def cut(self, threshold: float) -> None:
        """Keep the effects larger than a threshold, which is raised until there is no cycle among them."""
        size = self.matrix.detach().abs()
        levels = sorted({threshold, *size[size > threshold].tolist()})
        self.keep(next(kept for level in levels if _acyclic(kept := (size > level).float())))

    def keep(self, kept: Tensor) -> None:
        """Only these effects ``(d, d)`` may be; those of them that are zero yet begin at one."""
        with torch.no_grad():
            self.kept.copy_(kept)
            self.size.copy_(torch.where((kept > 0) & (self.size == 0), 1.0, self.size))

    @property
    def acyclic(self) -> bool:
        """Whether there is no cycle among those that may be."""
        return _acyclic(self.kept)

    @property
    def depth(self) -> int:
        """How many effects the longest chain has; there is no cycle."""
        reached, depth = self.kept, 0
        while depth < len(reached) and reached.any():
            reached, depth = reached @ self.kept, depth + 1
        return depth

    def linear(self, noise: Tensor) -> Tensor:
        """What a linear model makes of noise ``(n, d, k)``: ``(I - A^T)^-1 noise``, the causal layer of the paper."""
        identity = torch.eye(len(self.kept), device=noise.device)
        solved: Tensor = torch.linalg.solve(identity - self.matrix.T, noise.transpose(0, 1).flatten(1))
        return solved.view(noise.shape[1], len(noise), -1).transpose(0, 1)


class MaskLayers(nn.Module):
    """A network a factor, which sees the blocks of the others as far as A lets them through.

    The weights with which a cause enters have the length one, so that the size of an effect is that of its entry in A
    (as in Zheng et al. 2020, arXiv 1909.13189).

    Args:
        factors: d.
        block: numbers of a block.
    """

    def __init__(self, factors: int, block: int) -> None:
        super().__init__()
        self.enter = nn.Parameter(torch.randn(factors, factors, block, _HIDDEN))  # effect, cause, ...
        self.bias = nn.Parameter(torch.randn(factors, 1, _HIDDEN) / 2)
        self.leave = nn.Parameter(torch.randn(factors, _HIDDEN, block))
        self.level = nn.Parameter(torch.zeros(factors, 1, block))

    def forward(self, blocks: Tensor, matrix: Tensor) -> Tensor:
        """What their causes say of blocks ``(n, d, block)``.

        Args:
            blocks: ``(n, d, block)``.
            matrix: A.
        """
        enter = functional.normalize(self.enter.flatten(2), dim=2).view_as(self.enter) * matrix.T[..., None, None]
        seen = blocks.flatten(1).expand(len(matrix), -1, -1)
        hidden = functional.elu(torch.baddbmm(self.bias, seen, enter.flatten(1, 2)))
        return torch.baddbmm(self.level, hidden, functional.normalize(self.leave, dim=1)).transpose(0, 1)


class Blocks(nn.Module):
    """Where codes stand in blocks of equal width: at the beginning of that of their factor.

    Args:
        code: the factors.
        block: numbers of a block, as many as the widest code at least.
    """

    place: Tensor

    def __init__(self, code: Code, block: int) -> None:
        super().__init__()
        self.factors, self.block = len(code.factors), block
        starts = torch.cat([torch.arange(factor.width) for factor in code.factors])
        self.register_buffer("place", code.owner * block + starts, persistent=False)

    def of(self, codes: Tensor) -> Tensor:
        """Codes ``(n, width)`` in their blocks ``(n, d, block)``; zeros elsewhere."""
        empty = codes.new_zeros(len(codes), self.factors * self.block)
        return empty.index_copy(1, self.place, codes).view(len(codes), self.factors, self.block)

    def codes(self, blocks: Tensor) -> Tensor:
        """What stands where codes do, ``(n, width)``."""
        return blocks.flatten(1)[:, self.place]


class Causes(nn.Module):
    """The structural causal model: what causes say of codes ``(n, width)``.

    Args:
        code: the factors.
    """

    def __init__(self, code: Code) -> None:
        super().__init__()
        d, widest = len(code.factors), max(factor.width for factor in code.factors)
        self.blocks, self.effects, self.layers = Blocks(code, widest), Effects(d), MaskLayers(d, widest)

    def said(self, codes: Tensor) -> Tensor:
        """What the mask layers make of codes."""
        return self.blocks.codes(self.layers(self.blocks.of(codes), self.effects.matrix))

    def linear(self, noise: Tensor) -> Tensor:
        """What the causal layer makes of noise."""
        return self.blocks.codes(self.effects.linear(self.blocks.of(noise)))

    def solved(self, noise: Tensor, fixed: Tensor | None = None, value: Tensor | None = None) -> Tensor:
        """Codes that noise gives, ``z = g(A o z) + noise``; where ``fixed (n, width)`` is true, those of ``value``.

        The mask layers begin with what the causal layer says. One turn more than the longest chain has effects, and
        they say the same again, whatever they began with.
        """
        z = self.linear(noise)
        for _ in range(self.effects.depth + 1):
            z = z if fixed is None or value is None else torch.where(fixed, value, z)
            z = self.said(z) + noise
        return z if fixed is None or value is None else torch.where(fixed, value, z)


def _acyclic(adjacency: Tensor) -> bool:
    try:
        topological(adjacency.cpu())
    except ValueError:
        return False
    return True
