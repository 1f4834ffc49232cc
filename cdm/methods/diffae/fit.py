"""How a diffusion autoencoder is trained: on factual images alone; then readings are fitted on labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cdm import diffusion
from cdm.methods.diffae.answer import DiffAE
from cdm.methods.diffae.config import Options
from cdm.methods.parts import descent
from cdm.models.protocol import Job
from cdm.scm.domains import Categorical

_AT_ONCE, _LBFGS = 128, 100


def fit(job: Job, options: Options) -> DiffAE:
    """Train encoder and denoiser at once, then fit readings of their latents.

    Raises:
        CdmError: if the data have no labels, or a loss is not finite.
    """
    descent.needed(job, DiffAE.name, ("image", "factors"))
    model = descent.begun(lambda: DiffAE(job.pairs.code, job.pairs.size, options), options, job.device)

    def loss(generator: torch.Generator) -> Tensor:
        images = descent.rows(job, options.batch, generator)["image"]
        return missed(model, images, generator).mean()

    descent.descend(
        [model.encoder, model.denoiser], job, "autoencoder", options.steps, options.rate, loss, options.seed
    )
    read(model.eval(), *examples(model, job, options), options)
    return model


def missed(model: DiffAE, images: Tensor, generator: torch.Generator) -> Tensor:
    """The error of a batch at random times, more of them noisy, a number an image ``(n,)``.

    What an image means is open only where noise hides it: at the other times the encoder learns nothing.
    """
    t = diffusion.times(len(images), generator, model.config.late).to(images.device)
    eps, z = torch.randn(images.shape, generator=generator).to(images.device), model.encoder(images)
    return diffusion.loss(lambda x, t: model.denoiser(x, t, z), images, t, eps, "v")


def examples(model: DiffAE, job: Job, options: Options) -> tuple[Tensor, Tensor]:
    """Latents ``(n, latents)`` of rows at random, and their labels ``(n, width)``."""
    rows = torch.randperm(len(job.pairs), generator=torch.Generator().manual_seed(options.seed))[: options.examples]
    z, codes = [], []
    for start in range(0, len(rows), _AT_ONCE):
        batch = job.pairs.batch(rows[start : start + _AT_ONCE], job.device)
        z.append(model.abduct(batch["image"]).z)
        codes.append(batch["factors"])
    return torch.cat(z), torch.cat(codes)


def read(model: DiffAE, z: Tensor, codes: Tensor, options: Options) -> None:
    """Fit the readings of a model on normalised latents: regressions, and classifiers of levels."""
    z, codes, readings = z.double(), codes.double(), model.readings
    mean, std = z.mean(dim=0), z.std(dim=0, correction=0).clamp_min(1e-6)
    even = (z - mean) / std
    parts = [
        classified(even, wanted, options.ridge)
        if isinstance(domain, Categorical)
        else regressed(even, wanted, options.ridge)
        for domain, wanted in readings.code.parts(codes)
    ]
    weight = torch.cat([one for one, _ in parts]) / std
    metric = std.square().diag() if options.along == "reading" else std[:, None] * (even.T @ even / len(z)) * std
    readings.weight.copy_(weight)
    readings.bias.copy_(torch.cat([one for _, one in parts]) - weight @ mean)
    readings.metric.copy_(metric)


def regressed(z: Tensor, wanted: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Weights ``(k, latents)`` and biases ``(k,)`` by which latents of mean zero give numbers ``(n, k)``."""
    mean = wanted.mean(dim=0)
    squares = z.T @ z / len(z) + ridge * torch.eye(z.shape[1]).to(z)
    return torch.linalg.solve(squares, z.T @ (wanted - mean) / len(z)).T, mean


def classified(z: Tensor, wanted: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Weights and biases of logits that say levels ``(n, k)``; they add up to nothing over the levels."""
    weight = torch.zeros(wanted.shape[1], z.shape[1]).to(z).requires_grad_()
    bias = torch.zeros(wanted.shape[1]).to(z).requires_grad_()
    way = torch.optim.LBFGS([weight, bias], max_iter=_LBFGS, line_search_fn="strong_wolfe")

    def missed() -> float:
        way.zero_grad()
        loss = functional.cross_entropy(z @ weight.T + bias, wanted) + ridge * weight.square().sum() / 2
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    way.step(missed)  # type: ignore[no-untyped-call]
    weight, bias = weight.detach(), bias.detach()
    return weight - weight.mean(dim=0), bias - bias.mean()
