"""Guiding: an image run to noise and back, pulled on the way by what a reader of noisy images says of its factors.

Classifier guidance (Dhariwal and Nichol 2021, arXiv 2105.05233): a denoiser that is told nothing, and beside it a
reader ``p(u | x_t, t)`` whose gradient is added to the score. With DDIM that moves the estimate of the clean image by
``sigma^2 / alpha`` times the gradient.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm import diffusion
from cdm.errors import CdmError
from cdm.methods.parts import bounds, descent
from cdm.methods.parts.diffusing import Denoiser
from cdm.models.protocol import Job
from cdm.networks.encoder import project
from cdm.networks.grids import whole
from cdm.networks.waves import waves
from cdm.scm.codes import Code

Unlikeliness = Callable[[Tensor, Tensor], Tensor]
"""Noisy images ``(n, 3, s, s)`` and times ``(n,)`` to a number an image ``(n,)``, that guidance makes smaller."""
_EMBEDDING, _SURE = 128, 0.02


class Reader(nn.Module):
    """Noisy images and times to the factors: the anti-causal direction, from an effect to what caused it.

    It says how sure it is, too: a number and an angle have a law of a scale that it learns, levels have probabilities.

    Args:
        code: the factors.
        size: pixels a side.
        width: channels of the first convolution, a multiple of 8.
    """

    levels: Tensor

    def __init__(self, code: Code, size: int, width: int = 32) -> None:
        super().__init__()
        self.code = code
        channels = (3, width, 2 * width, 3 * width, 4 * width)
        pairs, side = [*itertools.pairwise(channels)], whole(size, 16) // 16
        self.time = nn.Sequential(nn.Linear(64, _EMBEDDING), nn.SiLU())
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairs)
        self.norm = nn.ModuleList(nn.GroupNorm(8, b, affine=False) for _, b in pairs)
        self.adapt = nn.ModuleList(nn.Linear(_EMBEDDING, 2 * b) for _, b in pairs)
        self.head = nn.Sequential(
            nn.Linear(channels[-1] * side**2, 256), nn.SiLU(), nn.Linear(256, code.width + len(code.factors))
        )
        levels = [factor.domain.kind == "categorical" for factor in code.factors]
        self.register_buffer("levels", torch.tensor(levels), persistent=False)

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """What it reads, before it is made codes, ``(n, width)``, and the scale of its error ``(n, d)``.

        Args:
            x: noisy images ``(n, 3, size, size)``.
            t: times ``(n,)``.
        """
        emb, h = self.time(waves(t)), x
        for shrink, norm, adapt in zip(self.shrink, self.norm, self.adapt, strict=True):
            scale, shift = adapt(emb)[..., None, None].chunk(2, dim=1)
            h = functional.silu(norm(shrink(h)) * (1 + scale) + shift)
        raw, doubt = self.head(h.flatten(1)).split([self.code.width, len(self.code.factors)], dim=1)
        return raw, functional.softplus(doubt) + _SURE

    def codes(self, images: Tensor) -> Tensor:
        """The codes ``(n, width)`` of clean images."""
        with torch.no_grad():
            raw, _ = self(images, torch.full((len(images),), diffusion.EARLIEST, device=images.device))
        return project(self.code, raw)

    def surprise(self, x: Tensor, t: Tensor, codes: Tensor) -> Tensor:
        """Negative log likelihood ``(n, d)`` of codes given noisy images, up to a constant.

        Args:
            x: noisy images ``(n, 3, size, size)``.
            t: times ``(n,)``.
            codes: ``(n, width)``.
        """
        raw, scale = self(x, t)
        return torch.where(self.levels, 0, scale.log()) + self._apart(raw, scale, codes)

    def distance(self, x: Tensor, t: Tensor, codes: Tensor) -> Tensor:
        """How far ``(n, d)`` what is read is from codes, in units of its own error, which is taken for a constant.

        So a gradient goes to what is read, and not to doubt.
        """
        raw, scale = self(x, t)
        return self._apart(raw, scale.detach(), codes)

    def _apart(self, raw: Tensor, scale: Tensor, codes: Tensor) -> Tensor:
        parts = zip(self.code.parts(raw), self.code.parts(codes), strict=True)
        missed = torch.stack([domain.miss(read, wanted) for (domain, read), (_, wanted) in parts], dim=1)
        return torch.where(self.levels, missed, missed / (2 * scale.square()))

    def missed(self, images: Tensor, codes: Tensor, generator: torch.Generator) -> Tensor:
        """The surprise of a batch at random times, a number an image ``(n,)``."""
        t = diffusion.times(len(images), generator).to(images.device)
        eps = torch.randn(images.shape, generator=generator).to(images.device)
        return self.surprise(diffusion.mix(images, eps, t), t, codes).mean(dim=1)


class Guided(descent.Options, Protocol):
    """What a method is told that guides."""

    @property
    def denoiser_steps(self) -> int:
        """Steps of the denoiser."""

    @property
    def predictor_steps(self) -> int:
        """Steps of the reader."""

    @property
    def batch(self) -> int:
        """Images a step of the denoiser."""

    @property
    def predictor_batch(self) -> int:
        """Images a step of the reader."""

    @property
    def rate(self) -> float:
        """The highest learning rate of both."""

    @property
    def noise(self) -> float:
        """The time to which images are run."""

    @property
    def ddim(self) -> int:
        """Evaluations each way."""

    @property
    def width(self) -> int:
        """Channels of the first level of the denoiser."""

    @property
    def reader_width(self) -> int:
        """Channels of the first convolution of the reader."""


def bounded(options: Guided) -> None:
    """Raise if a number is beyond its bounds.

    Raises:
        CdmError: if one is.
    """
    bounds.some(options, "batch", "predictor_batch", "ddim")
    bounds.eighths(options, "width", "reader_width")
    if not diffusion.EARLIEST < options.noise <= diffusion.LATEST:
        allowed = f"above {diffusion.EARLIEST} and up to {diffusion.LATEST}"
        raise CdmError(f"noise: a time {allowed} is needed, found {options.noise:g}")


def learn(denoiser: Denoiser, reader: Reader, job: Job, options: Guided) -> None:
    """Fit a denoiser that is told nothing on images, and a reader on noisy images and their labels.

    Raises:
        CdmError: if a loss is not finite.
    """

    def unlike(generator: torch.Generator) -> Tensor:
        images = descent.rows(job, options.batch, generator)["image"]
        return denoiser.missed(images, nothing(images), 0.0, generator).mean()

    def misread(generator: torch.Generator) -> Tensor:
        batch = descent.rows(job, options.predictor_batch, generator)
        return reader.missed(batch["image"], batch["factors"], generator).mean()

    descent.descend([denoiser], job, "denoiser", options.denoiser_steps, options.rate, unlike, options.seed)
    descent.descend([reader], job, "predictor", options.predictor_steps, options.rate, misread, options.seed)


def nothing(images: Tensor) -> Tensor:
    """What a denoiser of images is told that is told nothing, ``(n, 0)``."""
    return images.new_zeros(len(images), 0)


def noised(denoiser: Denoiser, images: Tensor, options: Guided) -> Tensor:
    """The noise ``(n, 3, size, size)`` that gives images where nothing pulls: DDIM, inverted exactly."""
    with torch.no_grad():
        return diffusion.invert(denoiser.clean(nothing(images)), images, options.ddim, options.noise)


def pulled(denoiser: Denoiser, noise: Tensor, push: diffusion.Network, options: Guided) -> Tensor:
    """The images that a noise gives under a push of the score, ``(n, 3, size, size)``."""
    with torch.no_grad():
        towards = steered(denoiser.clean(nothing(noise)), push)
        return diffusion.restore(towards, noise, options.ddim, options.noise).clamp(-1, 1)


def downhill(unlikely: Unlikeliness, x: Tensor, t: Tensor) -> Tensor:
    """The direction in which noisy images become likelier, ``(n, 3, size, size)``."""
    with torch.enable_grad():
        shown = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(unlikely(shown, t).sum(), shown)
    return -slope


def steered(clean: diffusion.Network, push: diffusion.Network) -> diffusion.Network:
    """An estimate of clean images that a push of the score moves; what it moves stays within the range of pixels.

    Where the push is zero the estimate is the same, bit for bit.
    """

    def estimate(x: Tensor, t: Tensor) -> Tensor:
        x0, (alpha, sigma) = clean(x, t), diffusion.scales(t)
        inside = x0.clamp(-1, 1)
        return x0 + ((inside + sigma.square() / alpha * push(x, t)).clamp(-1, 1) - inside)

    return estimate
