"""Direct regression: the simplest alternative, which every claim about counterfactual images must be seen beside.

A network that is shown an image, which factor is set and to what, and that gives the other image of the pair. It has
no graph, no codes, no noise and no samples: what a do does downstream it must learn from pairs alone.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import MODELS, Entry, Job, Model
from cdm.networks.grids import cut, whole, widened
from cdm.networks.unet import there_and_back
from cdm.optimiser import Optimiser, pace
from cdm.scm.codes import Code

_NEEDED = ("image", "image_cf", "do_mask", "do_value")
_GRID, _CHANNELS, _EMBEDDING = 16, (24, 48, 96), 192
_LOG_EVERY, _TIMED = 50, 5


@dataclass(frozen=True)
class Options:
    """What a direct regression is told.

    Attributes:
        seed: of weights and batches.
        steps: of AdamW.
        batch: pairs a step.
        rate: the highest learning rate.
        null: share of the rows in which nothing is set and the image itself is wanted, besides those of the data.
        focus: how much more a pixel counts in which the two images of its pair differ.
    """

    seed: int = 0
    steps: int = 20000
    batch: int = 16
    rate: float = 1.5e-3
    null: float = 0.1
    focus: float = 4.0

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        if not self.batch:
            raise CdmError("batch: at least 1 is needed, found 0")
        if self.null > 1:
            raise CdmError(f"null: a share from 0 to 1 is needed, found {self.null:g}")


class Network(nn.Module):
    """A U-Net of three levels on an unshuffled image; the do enters every block, and at the lowest level every place.

    Args:
        size: pixels a side; it works at 16 by 16, on images widened to a multiple of that.
        told: numbers of a do.
    """

    def __init__(self, size: int, told: int) -> None:
        super().__init__()
        self.size, self.side = size, whole(size, _GRID)
        self.fold = self.side // _GRID
        inside, lowest = 3 * self.fold**2, _GRID // 2 ** (len(_CHANNELS) - 1)
        pairs = list(itertools.pairwise(_CHANNELS))
        self.told = nn.Sequential(nn.Linear(told, _EMBEDDING), nn.SiLU(), nn.Linear(_EMBEDDING, _EMBEDDING), nn.SiLU())
        self.place = nn.Sequential(
            nn.Linear(_EMBEDDING, _CHANNELS[-1] * lowest**2), nn.Unflatten(1, (_CHANNELS[-1], lowest, lowest))
        )
        self.enter = nn.Conv2d(inside, _CHANNELS[0], 3, 1, 1)
        self.down = nn.ModuleList(_Block(c, c) for c in _CHANNELS[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
        self.bottom = nn.ModuleList(_Block(_CHANNELS[-1], _CHANNELS[-1]) for _ in range(2))
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 3, 1, 1) for a, b in reversed(pairs))
        self.up = nn.ModuleList(_Block(2 * c, c) for c in reversed(_CHANNELS[:-1]))
        self.norm, self.leave = nn.GroupNorm(8, _CHANNELS[0]), nn.Conv2d(_CHANNELS[0], inside, 3, 1, 1)
        for parameter in self.leave.parameters():  # the image stands until something is learned
            nn.init.zeros_(parameter)

    def forward(self, images: Tensor, told: Tensor) -> Tensor:
        """Images ``(n, 3, size, size)`` under dos ``(n, told)``: the images and what is added to them."""
        emb = self.told(told)

        def lowest(h: Tensor) -> Tensor:
            out: Tensor = self.bottom[1](self.bottom[0](h + self.place(emb), emb), emb)
            return out

        h = self.enter(functional.pixel_unshuffle(widened(images, self.side), self.fold))
        h = there_and_back(h, emb, (self.down, self.shrink), lowest, (self.grow, self.up))
        return images + cut(functional.pixel_shuffle(self.leave(functional.silu(self.norm(h))), self.fold), self.size)


class _Block(nn.Module):
    """Two convolutions around a group norm that the do scales and shifts (Perez et al. 2018, arXiv 1709.07871)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, before), nn.SiLU(), nn.Conv2d(before, after, 3, 1, 1))
        self.norm = nn.GroupNorm(8, after, affine=False)
        self.adapt = nn.Linear(_EMBEDDING, 2 * after)
        self.second = nn.Conv2d(after, after, 3, 1, 1)
        self.skip = nn.Identity() if before == after else nn.Conv2d(before, after, 1)

    def forward(self, h: Tensor, emb: Tensor) -> Tensor:
        scale, shift = self.adapt(emb)[..., None, None].chunk(2, dim=1)
        inner = functional.silu(self.norm(self.first(h)) * (1 + scale) + shift)
        out: Tensor = self.skip(h) + self.second(inner)
        return out


class DirectRegression(Model):
    """The other image of a pair, from one image, the targets and the values that they are set to."""

    name, answers = "direct_regression", frozenset({"counterfactual"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.network = Network(size, len(code.factors) + code.width)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Tensor:
        """The images themselves: it believes nothing about them, and needs no factors."""
        return images

    def predict(self, abduction: Tensor, do: DoTable) -> Tensor:
        """What the network makes of the images."""
        with torch.no_grad():
            return self.drawn(abduction, do)

    def drawn(self, images: Tensor, do: DoTable) -> Tensor:
        """The same with gradients; of what is not set nothing is told."""
        told = torch.cat([do.mask, torch.where(self.code.spread(do.mask) > 0, do.value, 0)], dim=1)
        drawn: Tensor = self.network(images, told)
        return drawn


def fit(job: Job, options: Options) -> DirectRegression:
    """Train the network on pairs: the mean squared and the mean absolute error of pixels, added up.

    Raises:
        CdmError: if the data have no pairs with targets and values, or a loss is not finite.
    """
    model = _begun(job, options).to(job.device).train()
    optimiser = Optimiser([model], options.rate)
    for step, loss in enumerate(_losses(model, job, options)):
        missed = float(loss.detach())
        if not math.isfinite(missed):
            cure = f"train with a lower rate: --set rate={options.rate / 4:g}" if step else "the data are at fault"
            raise CdmError(f"the loss is {missed} at step {step}; {cure}")
        pace(optimiser, options.rate * _rate(step, options.steps))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % _LOG_EVERY == 0 or step + 1 == options.steps:
            job.log({"phase": "regression", "step": step + 1, "steps": options.steps, "error": missed})
    return model.eval()


def _begun(job: Job, options: Options) -> DirectRegression:
    missing = [name for name in _NEEDED if name not in job.pairs.arrays]
    if missing:
        raise CdmError(f"model 'direct_regression' needs {', '.join(missing)}, which the shards do not hold")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        return DirectRegression(job.pairs.code, job.pairs.size, options)


def _losses(model: DirectRegression, job: Job, options: Options) -> Iterator[Tensor]:
    """The loss of each step."""
    generator = torch.Generator().manual_seed(options.seed)
    for _ in range(options.steps):
        yield _missed(model, _drawn(job.pairs, options, generator, job.device), options.focus)


def _drawn(pairs: Pairs, options: Options, generator: torch.Generator, device: str) -> dict[str, Tensor]:
    """Some rows, of which a share has no do and twice the same image."""
    batch = pairs.batch(torch.randint(len(pairs), (options.batch,), generator=generator), device)
    null = (torch.rand(options.batch, generator=generator) < options.null).to(device)
    batch["do_mask"] = torch.where(null[:, None], 0, batch["do_mask"])
    batch["image_cf"] = torch.where(null[:, None, None, None], batch["image"], batch["image_cf"])
    return batch


def _missed(model: DirectRegression, batch: dict[str, Tensor], focus: float) -> Tensor:
    missed = model.drawn(batch["image"], DoTable(batch["do_mask"], batch["do_value"])) - batch["image_cf"]
    changed = (batch["image"] != batch["image_cf"]).any(dim=1, keepdim=True)
    return ((1 + focus * changed) * (missed.square() + missed.abs())).mean()


def _rate(step: int, steps: int) -> float:
    """The learning rate's factor: a short warm-up, flat, then linear to zero over the last half."""
    return min(1.0, (step + 1) / 50, 2 * (1 - step / steps))


def rehearse(job: Job, options: Options) -> str:
    """What a training would take, from a few steps.

    Raises:
        CdmError: as :func:`fit` does before the first step.
    """
    model, generator, began = _begun(job, options).to(job.device), torch.Generator().manual_seed(0), 0.0
    for step in range(_TIMED + 1):
        began = time.monotonic() if step == 1 else began
        loss = _missed(model, _drawn(job.pairs, options, generator, job.device), options.focus)
        loss.backward()  # type: ignore[no-untyped-call]
    minutes = (time.monotonic() - began) / _TIMED * options.steps / 60
    count = sum(parameter.numel() for parameter in model.parameters())
    return f"parameters: {count:,}\nabout {minutes:.1f} minutes on {job.device}"


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> DirectRegression:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    shapes.check(lambda: DirectRegression(code, size, options), weights)
    model = DirectRegression(code, size, options)
    model.load_state_dict(weights)
    return model


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 2000},
    "quick": {"steps": 8000},
    "standard": {},
    "full": {"steps": 100_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
MODELS["direct_regression"] = Entry(Options, fit, load, PRESETS, rehearse=rehearse)
