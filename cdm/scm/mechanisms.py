"""The latent SCM: each factor a function of its parents and of a noise that can be read back.

Continuous: ``z = loc(pa) + scale(pa) * e``. Circular: the angle that ``loc`` points at, turned by ``e``; how far it
usually turns is ``scale(pa)``, for which only the losses ask. Categorical: the level at which the cumulated
probabilities pass ``e``, a number in (0, 1); afterwards only the interval is known in which it lies, and its middle
is taken.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.scm.codes import Code, Factor
from cdm.scm.graph import reachability, topological

_HIDDEN = 64


class Mechanisms(nn.Module):
    """One small network a factor, each of which sees the codes of its parents only.

    Args:
        code: the factors.
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
        affine: let the scale of the noise depend on the parents.
        bank: remembered noises a factor, from which :meth:`draw` resamples.
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

    def noise(self, codes: Tensor) -> Tensor:
        """The noises ``(n, width)`` that give these codes; of a categorical factor in the first column of its block."""
        loc, scale = self(codes)
        return torch.cat([_abduct(f, codes[:, b], loc[:, b], scale[:, i]) for i, f, b in self._nodes()], dim=1)

    def solve(self, noise: Tensor, mask: Tensor | None = None, value: Tensor | None = None) -> Tensor:
        """Codes from noises, causes first; where ``mask (n, d)`` is set, those of ``value (n, width)``."""
        codes, nodes = torch.zeros_like(noise), list(self._nodes())
        for node in self.order:
            i, factor, block = nodes[node]
            loc, scale = self(codes)
            found = _predict(factor, noise[:, block], loc[:, block], scale[:, i])
            if mask is not None and value is not None:
                found = torch.where(mask[:, i : i + 1] > 0, value[:, block], found)
            codes = torch.cat([codes[:, : block.start], found, codes[:, block.stop :]], dim=1)
        return codes

    def counterfactual(self, codes: Tensor, mask: Tensor, value: Tensor, noise: Tensor | None = None) -> Tensor:
        """What codes would have been under a do, with their own noise, which :meth:`noise` may have given before.

        What is no target and no descendant of one keeps its code, bit for bit.
        """
        after = self.solve(self.noise(codes) if noise is None else noise, mask, value)
        touched = (mask @ reachability(self.adjacency)) > 0
        return torch.where(self.code.spread(touched), after, codes)

    def remember(self, codes: Tensor) -> None:
        """Keep the noises of observed codes; :meth:`draw` resamples them."""
        found = self.noise(codes).detach()
        self.bank.copy_(found[torch.arange(len(self.bank)) % len(found)])

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Noises ``(count, width)``, each factor's drawn from those remembered, independently."""
        parts = []
        for _, _, block in self._nodes():
            rows = torch.randint(len(self.bank), (count,), generator=generator)
            parts.append(self.bank[rows.to(self.bank.device), block])
        return torch.cat(parts, dim=1)

    def surprise(self, codes: Tensor) -> Tensor:
        """Negative log likelihood ``(n, d)`` of each factor given its parents, up to a constant.

        Loss 1: Brouillard et al. 2020 (arXiv 2007.01754); the target's own term is for the caller to drop.
        """
        loc, scale = self(codes)
        parts = [_surprise(f, codes[:, b], loc[:, b], scale[:, i]) for i, f, b in self._nodes()]
        return torch.stack(parts, dim=1)

    def _nodes(self) -> list[tuple[int, Factor, slice]]:
        return [(i, f, b) for i, (f, b) in enumerate(zip(self.code.factors, self.code.blocks, strict=True))]


def invariance(mechanisms: Mechanisms, codes: Tensor, after: Tensor, mask: Tensor) -> Tensor:
    """Loss 2, ``(n,)``: factors that were not intervened on keep their noise from one image to the other.

    It is zero only if each mechanism reads the right parents.
    """
    return noise_changes(mechanisms, codes, after, mask).sum(dim=1)


def noise_changes(mechanisms: Mechanisms, codes: Tensor, after: Tensor, mask: Tensor) -> Tensor:
    """How much the noise of each factor changes, ``(n, d)``; 0 on targets.

    It is squared and in units of the factor's own scale. The noise of a level is only known to lie in an interval; so
    there it is the negative log probability that noise of the first level's interval gives the second level.
    """
    loc, scale = mechanisms(codes)
    loc2, scale2 = mechanisms(after)
    parts = []
    for i, factor, block in mechanisms._nodes():
        if factor.kind == "categorical":
            change = _departure(_interval(codes[:, block], loc[:, block]), _interval(after[:, block], loc2[:, block]))
        else:
            e = _abduct(factor, codes[:, block], loc[:, block], scale[:, i])
            change = (_abduct(factor, after[:, block], loc2[:, block], scale2[:, i]) - e).square().sum(1)
            if factor.kind == "circular":
                change = change / (scale[:, i] * scale2[:, i])
        parts.append(change * (1 - mask[:, i]))
    return torch.stack(parts, dim=1)


def _unit(vectors: Tensor) -> Tensor:
    """Vectors of length one; what has no direction points to angle 0."""
    return functional.normalize(vectors + torch.tensor([1.0, 0.0], device=vectors.device), dim=1)


def _turn(a: Tensor, b: Tensor, sign: int) -> Tensor:
    """Turn ``a`` by the angle of ``b``, or back by it."""
    cos, sin = a[:, 0] * b[:, 0] - sign * a[:, 1] * b[:, 1], a[:, 1] * b[:, 0] + sign * a[:, 0] * b[:, 1]
    return torch.stack([cos, sin], dim=1)


def _abduct(factor: Factor, code: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    if factor.kind == "circular":
        return _turn(code, _unit(loc), -1)
    if factor.kind == "continuous":
        return (code - loc) / scale[:, None]
    middle = torch.stack(_interval(code, loc)).mean(dim=0)
    return torch.cat([middle[:, None], torch.zeros_like(code[:, 1:])], dim=1)


def _interval(code: Tensor, loc: Tensor) -> tuple[Tensor, Tensor]:
    """The ends ``(n,)`` of the interval of noise that gives a level."""
    level, shares = code.argmax(dim=1, keepdim=True), loc.softmax(dim=1)
    high = shares.cumsum(dim=1).gather(1, level)[:, 0]
    return high - shares.gather(1, level)[:, 0], high


def _departure(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> Tensor:
    """The negative log ``(n,)`` of the part of the first interval that lies in the second; at least a thousandth."""
    common = torch.minimum(first[1], second[1]) - torch.maximum(first[0], second[0])
    return -(common / (first[1] - first[0]).clamp_min(1e-9)).clamp_min(1e-3).log()


def _predict(factor: Factor, noise: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    if factor.kind == "circular":
        return _turn(_unit(loc), noise, 1)
    if factor.kind == "continuous":
        return loc + scale[:, None] * noise
    ends = loc.softmax(dim=1).cumsum(dim=1)
    level = (ends < noise[:, :1]).sum(dim=1).clamp_max(len(factor.levels) - 1)
    return functional.one_hot(level, len(factor.levels)).to(loc.dtype)


def _surprise(factor: Factor, code: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
    if factor.kind == "circular":
        sharpness = scale.square().reciprocal()  # the concentration of a von Mises law
        missed = 1 - (code * _unit(loc)).sum(dim=1)
        return sharpness * missed + torch.log(torch.special.i0e(sharpness))
    if factor.kind == "continuous":
        return ((code - loc) / scale[:, None]).square().sum(dim=1) / 2 + scale.log()
    return functional.cross_entropy(loc, code.argmax(dim=1), reduction="none")
