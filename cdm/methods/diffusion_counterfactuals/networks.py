"""The networks of DiffusionCounterfactuals: a plain denoiser that is told nothing, and the projector."""

from __future__ import annotations

from cdm.methods.diffusion_counterfactuals.config import Options
from cdm.methods.parts.diffusing import Denoiser
from cdm.methods.parts.guiding import Reader
from cdm.scm.codes import Code


def denoiser(size: int, options: Options) -> Denoiser:
    """A denoiser that is told nothing: the generator."""
    return Denoiser(size, 0, options.width)


def projector(code: Code, size: int, options: Options) -> Reader:
    """What takes noisy images to all factors."""
    return Reader(code, size, options.reader_width)
