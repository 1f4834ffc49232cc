"""How draft and denoiser learn of the factors: one token a factor, mixed along the causal graph.

``mask``: a token attends to the tokens of its parents and to itself. ``gnn``: it receives messages of its
parents. ``film``: tokens are not mixed. ``none``: all are replaced by the token of what is not told.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from cdm.scm.codes import Code

Mode = Literal["mask", "gnn", "film", "none"]
MODES: tuple[Mode, ...] = ("mask", "gnn", "film", "none")
WIDTH = 64
TOLD = 2 * WIDTH
"""Width of what a denoiser is told of a factor: the token of what it shall be, beside that of what it was."""


class Tokens(nn.Module):
    """Codes ``(n, width)`` to tokens ``(n, d, WIDTH)``; a token tells of its factor and of its parents, no more.

    Of two frames each has its tokens, as it would have alone: what it shows, its own factors say.
    """

    adjacency: Tensor

    def __init__(self, code: Code, adjacency: Tensor, mode: Mode = "mask", layers: int = 2) -> None:
        super().__init__()
        self.code, self.mode = code.frame, mode
        factors = self.code.factors
        self.register_buffer("adjacency", adjacency[-len(factors) :, -len(factors) :].float())
        self.embed = nn.ModuleList(
            nn.Sequential(nn.Linear(factor.width, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH)) for factor in factors
        )
        self.place = nn.Parameter(0.02 * torch.randn(len(factors), WIDTH))
        self.untold = nn.Parameter(0.02 * torch.randn(len(factors), WIDTH))
        mixer = {"mask": _Attention, "gnn": _Messages}.get(mode)
        self.mixers = nn.ModuleList(mixer() for _ in range(layers) if mixer)

    def forward(self, codes: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Tokens; those of ``dropped (n, d)`` are replaced by what stands for a factor that is not told."""
        wanted, codes = len(codes), codes.reshape(-1, self.code.width)
        parts = [embed(codes[:, block]) for embed, block in zip(self.embed, self.code.blocks, strict=True)]
        tokens = torch.stack(parts, dim=1)
        dropped = None if dropped is None else dropped.reshape(tokens.shape[:2])
        if self.mode == "none":
            dropped = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        if dropped is not None:
            tokens = torch.where(dropped[..., None], self.untold, tokens)
        tokens = tokens + self.place
        for mixer in self.mixers:
            tokens = mixer(tokens, self.adjacency)
        return tokens.view(wanted, len(tokens) // max(1, wanted) * tokens.shape[1], WIDTH)


class _Attention(nn.Module):
    """Self-attention in which token i sees its parents and itself."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attend = nn.MultiheadAttention(WIDTH, 4, batch_first=True)
        self.after = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, tokens: Tensor, adjacency: Tensor) -> Tensor:
        seen = adjacency.T.bool() | torch.eye(len(adjacency), dtype=torch.bool, device=adjacency.device)
        normed = self.before(tokens)
        tokens = tokens + self.attend(normed, normed, normed, attn_mask=~seen, need_weights=False)[0]
        mixed: Tensor = tokens + self.after(self.between(tokens))
        return mixed


class _Messages(nn.Module):
    """Each token receives the sum of what its parents send."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.LayerNorm(WIDTH)
        self.send = nn.Linear(WIDTH, WIDTH)
        self.take = nn.Sequential(nn.Linear(2 * WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, tokens: Tensor, adjacency: Tensor) -> Tensor:
        normed = self.before(tokens)
        received = torch.einsum("ij,nik->njk", adjacency, self.send(normed))
        mixed: Tensor = tokens + self.take(torch.cat([normed, received], dim=-1))
        return mixed
