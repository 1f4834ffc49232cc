"""Codes whose causes are known, before and after a do: what the ways to a graph are tried on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from cdm import discovery
from cdm.discovery import constraints, dagma, enco, notears, variational
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Circular, Continuous
from cdm.scm.graph import from_edges

NUMBERS = Code(tuple(Factor(name, Continuous(-1.0, 1.0)) for name in "abcd"))
MIXED = Code(
    (
        Factor("kind", Categorical(("cube", "ball", "cone"))),
        Factor("hue", Circular(0.0, 360.0)),
        Factor("size", Continuous(-1.0, 1.0)),
    )
)
TRUTH = from_edges("abcd", [("a", "b"), ("b", "d"), ("c", "d")])  # a chain with a collider
MIXED_TRUTH = from_edges(MIXED.names, [("kind", "hue"), ("hue", "size")])


@dataclass(frozen=True)
class Pairs:
    """Codes before and after a do, and its targets."""

    code: Code
    before: Tensor
    after: Tensor | None
    mask: Tensor | None

    @property
    def observed(self) -> Pairs:
        """The same without pairs."""
        return replace(self, after=None, mask=None)

    def discovered(self, method: str, seed: int = 0) -> discovery.Discovery:
        floor = torch.full((len(self.code.factors),), 1e-4)
        return discovery.discover(method, self.code, self.before, self.after, self.mask, floor, seed)


def linear(n: int = 2000, seed: int = 0) -> Pairs:
    """Linear, noise of one size: what NOTEARS and DAGMA can tell from observation alone."""
    draw = torch.Generator().manual_seed(seed)
    noise, do = 0.4 * torch.randn(n, 4, generator=draw), torch.rand(n, 4, generator=draw) * 2 - 1
    return _pairs(noise, do, draw, lambda z: [0, 1.2 * z[:, 0], 0, z[:, 1] - 1.1 * z[:, 2]])


def curved(n: int = 3000, seed: int = 0) -> Pairs:
    draw = torch.Generator().manual_seed(seed)
    noise, do = 0.15 * torch.randn(n, 4, generator=draw), torch.rand(n, 4, generator=draw) * 2 - 1
    noise[:, [0, 2]] = torch.rand(n, 2, generator=draw) * 2 - 1
    return _pairs(
        noise,
        do,
        draw,
        lambda z: [0, 0.8 * (2 * z[:, 0]).sin(), 0, 0.9 * z[:, 1] ** 2 + 0.7 * (2 * z[:, 2]).tanh() - 0.4],
    )


Equations = Callable[[Tensor], Sequence[Tensor | int]]


def _pairs(noise: Tensor, do: Tensor, draw: torch.Generator, equations: Equations) -> Pairs:
    """Solve equations without and with a do on one factor, or on none."""
    n, d = noise.shape
    mask = (torch.randint(0, d + 1, (n,), generator=draw)[:, None] == torch.arange(d)).float()
    tables = [torch.zeros(n, d), torch.zeros(n, d)]
    for table, targets in zip(tables, (torch.zeros(n, d), mask), strict=True):
        for i in range(d):
            table[:, i] = torch.where(targets[:, i] > 0, do[:, i], equations(table)[i] + noise[:, i])
    return Pairs(NUMBERS, *tables, mask)


def mixed(n: int = 3000, seed: int = 0) -> Pairs:
    """A level moves an angle, whose cosine moves a number."""
    draw = torch.Generator().manual_seed(seed)
    kind, noise = torch.randint(0, 3, (n,), generator=draw).float(), torch.randn(n, 2, generator=draw)
    target = torch.randint(0, 4, (n,), generator=draw)
    do = torch.stack(
        [
            torch.randint(0, 3, (n,), generator=draw).float(),
            torch.rand(n, generator=draw) * 360,
            torch.rand(n, generator=draw) * 2 - 1,
        ],
        1,
    )

    def solve(target: Tensor) -> Tensor:
        k = torch.where(target == 0, do[:, 0], kind)
        hue = torch.where(target == 1, do[:, 1], 120 * k + 25 * noise[:, 0])
        size = torch.where(target == 2, do[:, 2], 0.6 * torch.deg2rad(hue).cos() + 0.1 * noise[:, 1])
        return MIXED.encode(torch.stack([k, hue, size], 1))

    mask = (target[:, None] == torch.arange(3)).float()
    return Pairs(MIXED, solve(torch.full((n,), 9)), solve(target), mask)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few resamples and restarts: enough to see what a method finds."""
    for method in (notears, dagma):
        monkeypatch.setattr(method, "_RESAMPLES", 1)
        monkeypatch.setattr(method, "_ROWS", 400)
    monkeypatch.setattr(constraints, "_RESAMPLES", 3)
    for name, steps in (("_ROUNDS", 8), ("_FIRST", 400), ("_FITS", 100)):
        monkeypatch.setattr(enco, name, steps)
    monkeypatch.setattr(variational, "_RESTARTS", 1)
    monkeypatch.setattr(variational, "_STEPS", 600)
