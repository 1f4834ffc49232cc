"""The network of a conditional DDPM: the plain denoiser, told labels."""

from __future__ import annotations

from cdm.methods.conditional_ddpm.config import Options
from cdm.methods.parts.diffusing import Denoiser
from cdm.scm.codes import Code


def denoiser(code: Code, size: int, options: Options) -> Denoiser:
    """A denoiser that is told the codes of all factors."""
    return Denoiser(size, code.width, options.width)
