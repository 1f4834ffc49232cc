"""The networks of Diff-SCM: a plain denoiser that is told nothing, and the anti-causal reader of noisy images."""

from __future__ import annotations

from cdm.methods.diff_scm.config import Options
from cdm.methods.parts.diffusing import Denoiser
from cdm.methods.parts.guiding import Reader
from cdm.scm.codes import Code


def denoiser(size: int, options: Options) -> Denoiser:
    """A denoiser that is told nothing."""
    return Denoiser(size, 0, options.width)


def reader(code: Code, size: int, options: Options) -> Reader:
    """What reads each factor in noisy images."""
    return Reader(code, size, options.reader_width)
