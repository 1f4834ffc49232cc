"""Denoisers of every kind on the toy: pairs to train them on, and some that were told its true codes for a while."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toy
from factors import TOY
from torch import Tensor, nn

from cdm import diffusion
from cdm.data.pairs import Pairs, open_data
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks import denoisers, pictures
from cdm.networks.conditioning import Tokens

STEPS = {"unet": 80, "dit": 80, "diffusers": 140}
KINDS = ("unet", "dit", "diffusers")
TINY = {
    "encoder_steps": 8,
    "encoder_batch": 8,
    "mechanism_steps": 8,
    "draft_steps": 8,
    "draft_batch": 4,
    "denoiser_steps": 8,
    "denoiser_batch": 4,
}
GRAPH = torch.tensor(toy.ADJACENCY)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toy"), 1200)


@pytest.fixture(scope="module")
def pairs(where: Path, tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return open_data(str(where), "train", tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def few(pairs: Pairs) -> Pairs:
    """Give so few pairs that a run of some steps takes little more time than these."""
    return Pairs(pairs.code, {name: array[:60] for name, array in pairs.arrays.items()})


def made(kind: Any) -> nn.Module:
    if kind == "diffusers":
        pytest.importorskip("diffusers")
    torch.manual_seed(0)
    return denoisers.make(kind, toy.SIZE, 3)


def sketch(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images and true codes of the toy."""
    factors = toy.values(np.random.default_rng(seed), n)["factors"]
    images = torch.tensor(toy.draw(factors)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images, TOY.encode(torch.tensor(factors).float())


def told(tokens: Tokens, codes: Tensor) -> Tensor:
    """Tokens of codes, beside those of codes that are not told."""
    untold = torch.ones(len(codes), 3, dtype=torch.bool)
    return torch.cat([tokens(codes), tokens(codes, untold)], dim=2)


def said(network: nn.Module, x: Tensor, t: Tensor, tokens: Tensor) -> Tensor:
    """What a denoiser draws on a grey draft, without a reference."""
    grey = pictures.alone(torch.zeros_like(x))
    return pictures.composed(network(x, t, tokens, grey.seen), grey)


@dataclass(frozen=True)
class Trained:
    """A denoiser that was told the true codes of the toy for some dozen steps."""

    network: nn.Module
    tokens: Tokens
    before: float
    after: float

    def clean(self, codes: Tensor) -> diffusion.Network:
        conditions = told(self.tokens, codes)
        return lambda x, t: said(self.network, x, t, conditions)


@cache
def trained(kind: str) -> Trained:
    network = made(kind)
    tokens = Tokens(TOY, GRAPH, "film")
    images, codes = sketch(1000, 0)
    held, held_codes = sketch(64, 1)
    parameters = [*network.parameters(), *tokens.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, (0.9, 0.99))

    def loss(x0: Tensor, z: Tensor, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        t, eps = diffusion.times(len(x0), generator), torch.randn(x0.shape, generator=generator)
        conditions = told(tokens, z)
        return diffusion.loss(lambda x, s: said(network, x, s, conditions), x0, t, eps, "x0").mean()

    before = float(loss(held, held_codes, 99).detach())
    for step in range(STEPS[kind]):
        rows = torch.randint(1000, (8,), generator=torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        loss(images[rows], codes[rows], step).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    network.eval()
    with torch.no_grad():
        return Trained(network, tokens, before, float(loss(held, held_codes, 99)))


def same(a: CausalDiffusionModel, b: CausalDiffusionModel) -> bool:
    one, other = a.state_dict(), b.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
