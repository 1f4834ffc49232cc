"""The flow along a graph, and the encoder of hidden common causes: a small network for each number that they give.

The flow is one layer from values to noise (Javaloy et al. 2023, arXiv 2306.05415): each noise is a monotone
function of its factor, whose shape the parents tell, so that no noise depends on what is no parent. A hidden cause is
one more parent (Almodovar et al. 2025, arXiv 2503.15114).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.methods.causal_flow import splines
from cdm.methods.causal_flow.kinds import KINDS, Kind
from cdm.scm.codes import Code
from cdm.scm.graph import reachability, topological

_ALL = slice(None)
_LEAST = 1e-3  # spread of codes, which go from -1 to 1


class Networks(nn.Module):
    """Networks of two hidden layers side by side, each of which sees some of the same numbers; all begin with zeros.

    Args:
        count: how many.
        read, said: numbers that each reads and says.
        width: of the hidden layers.
    """

    def __init__(self, count: int, read: int, said: int, width: int) -> None:
        super().__init__()
        shapes = [(read, width), (width, width), (width, said)]
        drawn = [torch.randn(count, a, b) * (2 / a) ** 0.5 for a, b in shapes[:-1]]
        self.weights = nn.ParameterList([*drawn, torch.zeros(count, width, said)])
        self.biases = nn.ParameterList(torch.zeros(count, 1, b) for _, b in shapes)

    def forward(self, given: Tensor, visible: Tensor, chosen: slice = _ALL) -> Tensor:
        """What some say ``(count, n, said)`` of numbers ``(n, read)``, of which each sees ``visible (count, read)``."""
        h = given * visible[chosen, None]
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias[chosen], functional.silu(h) if layer else h, weight[chosen])
        return h


class Flow(nn.Module):
    """Factors as functions of their parents, of hidden causes and of noise of their own; and what these must have been.

    Args:
        code: the factors.
        latents: numbers of the hidden causes.
        width: of hidden layers.

    Attributes:
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles; zeros until :meth:`lay`.
        hidden: ``(latents, d)``, 1 from each number of a hidden cause to what it causes.
        centre, spread: ``(width,)``, what codes are taken from and divided by; 0 and 1 of all but numbers.
    """

    adjacency: Tensor
    hidden: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, code: Code, latents: int, width: int) -> None:
        super().__init__()
        self.code, d = code, len(code.factors)
        self.register_buffer("adjacency", torch.zeros(d, d))
        self.register_buffer("hidden", torch.zeros(latents, d))
        self.register_buffer("centre", torch.zeros(code.width))
        self.register_buffer("spread", torch.ones(code.width))
        self.kinds: list[Kind] = [KINDS[factor.domain.kind] for factor in code.factors]
        most = max(kind.numbers(factor.domain) for kind, factor in zip(self.kinds, code.factors, strict=True))
        self.factors = Networks(d, code.width + latents, most, width)
        self.encoder = Networks(latents, code.width + latents, 2 + splines.LINE, width) if latents else None

    @torch.no_grad()
    def lay(self, adjacency: Tensor, hidden: Tensor, codes: Tensor) -> None:
        """Take a graph, what causes what and what each number of a hidden cause causes, and begin where codes lie."""
        self.adjacency.copy_(adjacency)
        self.hidden.copy_(hidden)
        for i, (domain, block) in enumerate(self.code.parts(codes)):
            if domain.kind == "continuous":
                self.centre[self.code.blocks[i]] = block.mean()
                self.spread[self.code.blocks[i]] = block.std().clamp_min(_LEAST)
            if domain.kind == "circular":
                self.factors.biases[-1][i, 0, :2] = functional.normalize(block.mean(dim=0), dim=0)

    def bound(self, codes: Tensor, noise: Tensor, weight: float = 1.0) -> Tensor:
        """The negative evidence lower bound ``(n,)`` of codes in nats; without latents their negative log density.

        Args:
            codes: ``(n, width)``.
            noise: ``(n, latents)``, standard normal, from which latents are drawn.
            weight: of the divergence.
        """
        latents, apart = self.infer(codes, noise)
        return self.noise(codes, latents)[1].sum(dim=1) + weight * apart

    def infer(self, codes: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latents ``(n, latents)`` from ``q(z | x)``, and one draw ``(n,)`` of its divergence from the prior.

        ``q`` bends standard normal noise, each latent with those before it in sight, and of the factors what the hidden
        cause causes and the parents of that; zeros give its median.
        """
        latents, apart = torch.zeros_like(noise), torch.zeros_like(codes[:, 0])
        if self.encoder is None:
            return latents, apart
        for k in range(noise.shape[1]):
            told = self.encoder(self._seen(codes, latents), self._read_by_latents(), slice(k, k + 1))[0]
            bent, log = splines.along(splines.on_line(told[:, 2:]), noise[:, k])
            scale = functional.softplus(told[:, 1] + 0.5413)
            drawn = told[:, 0] + scale * bent
            apart = apart + 0.5 * (drawn.square() - noise[:, k].square()) - log - scale.log()
            latents = torch.cat([latents[:, :k], drawn[:, None], latents[:, k + 1 :]], dim=1)
        return latents, apart

    def noise(self, codes: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The noises ``(n, width)`` that give codes, and the negative log density ``(n, d)`` of each factor."""
        told, scaled = self.factors(self._seen(codes, latents), self._read_by_factors()), self._scaled(codes)
        noises, surprises = [codes] * len(told), [codes] * len(told)
        for alike in self._alike():
            kind, domain = self.kinds[alike[0]], self.code.factors[alike[0]].domain
            blocks = torch.cat([scaled[:, self.code.blocks[i]] for i in alike])
            parts = (part.chunk(len(alike)) for part in kind.noise(domain, blocks, told[alike].flatten(0, 1)))
            for i, noise, surprise in zip(alike, *parts, strict=True):
                noises[i], surprises[i] = noise, surprise
        return torch.cat(noises, dim=1), torch.stack(surprises, dim=1) + self.code.sums(self.spread.log()[None])

    def solve(self, noise: Tensor, latents: Tensor, mask: Tensor, value: Tensor) -> Tensor:
        """Codes from noises, causes first; where ``mask (n, d)`` is set, those of ``value (n, width)``."""
        codes, visible = torch.zeros_like(noise), self._read_by_factors()
        for i in topological(self.adjacency):
            told = self.factors(self._seen(codes, latents), visible, slice(i, i + 1))[0]
            domain, block = self.code.factors[i].domain, self.code.blocks[i]
            own = self.kinds[i].value(domain, noise[:, block], told) * self.spread[block] + self.centre[block]
            own = torch.where(mask[:, i : i + 1] > 0, value[:, block], own)
            codes = torch.cat([codes[:, : block.start], own, codes[:, block.stop :]], dim=1)
        return codes

    def touched(self, mask: Tensor) -> Tensor:
        """Columns ``(n, width)`` of what is a target of a do or follows from one."""
        return self.code.spread((mask @ reachability(self.adjacency)) > 0)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Noises ``(count, width)`` and latents by their laws."""
        parts = zip(self.kinds, self.code.factors, strict=True)
        noise = torch.cat([kind.draw(factor.domain, count, generator) for kind, factor in parts], dim=1)
        latents = torch.randn(count, len(self.hidden), generator=generator)
        return noise.to(self.hidden.device), latents.to(self.hidden.device)

    def _alike(self) -> list[list[int]]:
        """Numbers of factors that have as many codes of one kind, and so can be asked at once."""
        forms = [(factor.domain.kind, factor.width) for factor in self.code.factors]
        return [[i for i, one in enumerate(forms) if one == form] for form in dict.fromkeys(forms)]

    def _scaled(self, codes: Tensor) -> Tensor:
        return (codes - self.centre) / self.spread

    def _seen(self, codes: Tensor, latents: Tensor) -> Tensor:
        """What networks may see of."""
        return torch.cat([self._scaled(codes), latents], dim=1)

    def _read_by_factors(self) -> Tensor:
        return torch.cat([self.code.spread(self.adjacency.T), self.hidden.T], dim=1)

    def _read_by_latents(self) -> Tensor:
        kin = self.hidden + self.hidden @ self.adjacency.T
        before = torch.ones(len(self.hidden), len(self.hidden), device=kin.device).tril(-1)
        return torch.cat([self.code.spread((kin > 0).float()), before], dim=1)
