"""What the steps of a training are computed from: rows of the data, and everything random.

Every random number of step k of a phase comes from a generator that is seeded by (seed, phase, k), and by the number
of the batch if a step has several, in one process or in as many. All are drawn here, and no loss draws any. So a run
that was interrupted goes on as if it had not been, a batch may be drawn while the step before it is computed, and a
loss is a function of what it is given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from cdm import diffusion
from cdm.config import Config
from cdm.data.pairs import Pairs

Batch = dict[str, Tensor]
_HELD_OUT = 0.1  # of the pairs: never trained on, for the encoder's error and the graph
_TARGETS = 2  # of each step without values: the criterion of independence compares pairs of one target
_T = TypeVar("_T")


def _nothing() -> Tensor:
    return torch.empty(0)


@dataclass(frozen=True)
class Noise:
    """Everything random of a step, and how far its phase has come; what a step does not need is empty.

    Attributes:
        share: of the steps of the phase, from 0 to 1.
        targets: the factors that were hit, each in as many rows, one after the other; only without values.
        blur: for each target ``(2 b, 2 width)``, of what the painter is told.
        dropped: ``(b, d)``, true where a factor is not told.
        times: ``(b,)``, of the diffusion.
        eps: ``(b, 3, size, size)``, of the diffusion.
        bare: ``(b,)``, true where an answer about a reference is to be drawn at once, from nothing.
        picked: ``(b,)``, the factor that is thought of as set, or -1 for none; only where references have holes.
    """

    share: float
    targets: tuple[int, ...] = ()
    blur: tuple[Tensor, ...] = ()
    dropped: Tensor = field(default_factory=_nothing)
    times: Tensor = field(default_factory=_nothing)
    eps: Tensor = field(default_factory=_nothing)
    bare: Tensor = field(default_factory=_nothing)
    picked: Tensor = field(default_factory=_nothing)


Drawn = tuple[Batch, Noise]


@dataclass(frozen=True)
class Source:
    """What batches are drawn from.

    Attributes:
        pairs: the training split.
        device: where batches are needed.
        labelled: ``(n,)``, 1 where the supervision ``labels`` may read a row's factors.
        alone: for each factor the rows to train on in which it alone was hit; nothing without targets.
        codes: ``before``, ``after``, ``mask``, ``value`` and ``trusted`` of all pairs, once the encoder is trained.
        trusted: ``(n, d)``, where codes of counterfactual images can be trusted (``training.effects.coverage``); empty
            until there are codes.
    """

    pairs: Pairs
    device: torch.device
    labelled: Tensor
    alone: tuple[Tensor, ...]
    codes: Batch = field(default_factory=dict)
    trusted: Tensor = field(default_factory=_nothing)

    @property
    def held_out(self) -> int:
        """How many rows, the last ones, are kept from training."""
        return held_out(self.pairs)

    @property
    def trained(self) -> int:
        """How many rows, the first ones, are trained on."""
        return len(self.pairs) - self.held_out

    def rows(self, count: int, generator: torch.Generator) -> Tensor:
        """Some rows to train on, at random."""
        return torch.randint(self.trained, (count,), generator=generator)

    def batch(self, rows: Tensor) -> Batch:
        """Some rows as :meth:`cdm.data.pairs.Pairs.batch` gives them, ``labelled (b,)``, maybe ``trusted (b, d)``."""
        batch = {**self.pairs.batch(rows, self.device), "labelled": self.labelled[rows].to(self.device)}
        return batch | ({"trusted": self.trusted[rows].to(self.device)} if len(self.trusted) else {})


def source(pairs: Pairs, config: Config, device: torch.device) -> Source:
    """What the batches of a run are drawn from."""
    share = torch.rand(len(pairs), generator=torch.Generator().manual_seed(config.seed))
    return Source(pairs, device, (share < config.labelled).float(), _alone(pairs))


def held_out(pairs: Pairs) -> int:
    """How many rows of a split, the last ones, no phase trains on."""
    return max(1, min(4000, int(_HELD_OUT * len(pairs))))


def _alone(pairs: Pairs) -> tuple[Tensor, ...]:
    if "do_mask" not in pairs.arrays:
        return ()
    mask = torch.tensor(pairs.arrays["do_mask"][: len(pairs) - held_out(pairs)])
    return tuple(torch.nonzero((hit > 0) & (mask.sum(dim=1) == 1))[:, 0] for hit in mask.T)


# What a step of each kind is computed from

Draw = Callable[[Source, Config, torch.Generator, float], Drawn]
"""From a source, a configuration, a generator and the share of the phase that is done."""


def encoder_rows(config: Config, factors: int) -> int:
    """Pairs in a batch of the encoder: where only what was set is told, the more the more factors share the dos."""
    crowded = max(1.0, factors / 4) if config.supervision == "interventions" else 1.0
    return round(config.encoder_batch * crowded)


def seen(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """As many rows as a step of the encoder reads."""
    rows = source.rows(encoder_rows(config, len(source.pairs.code.frame.factors)), generator)
    return source.batch(rows), Noise(share)


def coding(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """A step of the encoder."""
    return _with_bottleneck(*seen(source, config, generator, share), config, generator)


def valueless(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """A step of the encoder where values are not told: ``encoder_batch`` rows of each of some targets."""
    shuffled = torch.randperm(len(source.alone), generator=generator).tolist()
    targets = tuple(k for k in shuffled if len(source.alone[k]))[:_TARGETS]
    count, factors = config.encoder_batch, source.pairs.code.factors
    places = [torch.randint(len(source.alone[k]), (count,), generator=generator) for k in targets]
    batch = source.batch(torch.cat([source.alone[k][place] for k, place in zip(targets, places, strict=True)]))
    shapes = [(2 * count, 2 * factors[k].width) for k in targets]
    blur = tuple(torch.randn(shape, generator=generator).to(source.device) for shape in shapes)
    return _with_bottleneck(batch, Noise(share, targets, blur), config, generator)


def coded(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """A step of the mechanisms: codes of some rows."""
    rows = source.rows(config.mechanism_batch, generator)
    return {name: codes[rows] for name, codes in source.codes.items()}, Noise(share)


def drafted(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """A step of the draft."""
    batch = source.batch(source.rows(config.draft_batch, generator))
    return batch, Noise(share, dropped=_dropped(source, config.draft_batch, config, generator))


def denoised(source: Source, config: Config, generator: torch.Generator, share: float) -> Drawn:
    """A step of the denoiser."""
    batch = source.batch(source.rows(config.denoiser_batch, generator))
    noise = Noise(share, dropped=_dropped(source, config.denoiser_batch, config, generator))
    if config.reference == "holes":
        d, null = len(source.pairs.code.factors), torch.rand(config.denoiser_batch, generator=generator) < config.null
        picked = torch.randint(d, (config.denoiser_batch,), generator=generator).masked_fill(null, -1)
        noise = replace(noise, picked=picked.to(source.device))
    noise = _diffused(noise, batch["image"], generator, config.late)
    bare = torch.rand(config.denoiser_batch, generator=generator) < config.once * (config.reference == "whole")
    return batch, replace(noise, bare=bare.to(source.device))


def _dropped(source: Source, count: int, config: Config, generator: torch.Generator) -> Tensor:
    """Which factors are not told: in a share of the rows, each with probability one half."""
    rows = torch.rand(count, 1, generator=generator) < config.drop
    factors = torch.rand(count, len(source.pairs.code.factors), generator=generator) < 0.5
    return (rows & factors).to(source.device)


def _with_bottleneck(batch: Batch, noise: Noise, config: Config, generator: torch.Generator) -> Drawn:
    """What the bottleneck of a denoiser needs besides, if codes are read from one."""
    if config.latents != "bottleneck" or not config.bottleneck:
        return batch, noise
    return batch, _diffused(noise, batch["image"][: config.denoiser_batch], generator)


def _diffused(noise: Noise, images: Tensor, generator: torch.Generator, late: float = 1.0) -> Noise:
    times = diffusion.times(len(images), generator, late).to(images.device)
    return replace(noise, times=times, eps=torch.randn(images.shape, generator=generator).to(images.device))


# One step after the other


def generator_of(seed: int, phase: str, step: int, batch: int = 0) -> torch.Generator:
    """The generator of everything random of one batch of a step; processes count theirs one after the other."""
    key = [seed, phase, step, *([batch] if batch else [])]
    digest = hashlib.blake2b(json.dumps(key).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest) >> 1)


def ahead(draw: Callable[[int], _T], steps: range, threaded: bool) -> Generator[tuple[int, _T], None, None]:
    """Each step with what is drawn for it; if ``threaded``, another thread draws one step ahead, and no further."""
    if not threaded:
        yield from ((step, draw(step)) for step in steps)
        return
    with ThreadPoolExecutor(1, "feed") as pool:
        coming = None
        for step in steps:
            drawn = (coming or pool.submit(draw, step)).result()
            coming = pool.submit(draw, step + 1) if step + 1 in steps else None
            yield step, drawn
