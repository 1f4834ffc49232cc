"""How far counterfactual images are from the true ones: over all pixels, where something changes, and where not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from cdm.errors import CdmError
from cdm.metrics.arrays import Reals, alike, images, reals

_WEIGHTS = (0.8, 0.2)
_WIDTH, _SIGMA, _K = 11, 1.5, (0.01, 0.03)  # of the window, and what steadies small variances (Wang et al. 2004)


def pixel_errors(answers: ArrayLike, truth: ArrayLike, factual: ArrayLike, power: int = 1) -> dict[str, float]:
    """The mean absolute (``power`` 1) or squared (2) error, in the unit of the images. Best: 0.

    Args:
        answers: a model's counterfactual images ``(n, height, width, channels)``.
        truth: the true ones.
        factual: the images that were asked about.
        power: of the error.

    Returns:
        ``all`` pixels; ``changed``, those in which factual and true image differ; ``unchanged``, the others, where any
        error is a violation of minimality. A part that no pixel is in is 0.
    """
    mine, true, before = images(answers, "answers"), images(truth, "truth"), images(factual, "factual")
    alike(answers=mine, truth=true, factual=before)
    error = (np.abs(mine - true) ** power).mean(axis=-1)
    changed = (true != before).any(axis=-1)
    parts = {"all": error, "changed": error[changed], "unchanged": error[~changed]}
    return {name: float(part.mean()) if part.size else 0.0 for name, part in parts.items()}


def psnr(answers: ArrayLike, truth: ArrayLike, reach: float) -> float:
    """The peak signal-to-noise ratio in dB, the mean over images. Higher is better, infinite where equal.

    Args:
        answers, truth: images.
        reach: from black to white: 255 of bytes, 2 of images from -1 to 1.
    """
    mine, true = images(answers, "answers"), images(truth, "truth")
    alike(answers=mine, truth=true)
    squared = ((mine - true) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return float((10 * np.log10(reach**2 / squared)).mean())


def ssim(answers: ArrayLike, truth: ArrayLike, reach: float) -> float:
    """The structural similarity, the mean over images, channels and windows. Best: 1.

    Wang, Bovik, Sheikh and Simoncelli 2004 (IEEE Transactions on Image Processing 13), with their Gaussian window of 11
    pixels and population variances; what lies within 5 pixels of a border is not counted.

    Args:
        answers, truth: images of 11 pixels a side or more.
        reach: as in :func:`psnr`.
    """
    mine, true = images(answers, "answers"), images(truth, "truth")
    alike(answers=mine, truth=true)
    if min(mine.shape[1:3]) < _WIDTH:
        raise CdmError(f"ssim: images of {_WIDTH} pixels a side or more are needed, found {mine.shape[1:3]}")
    a, b = _local(mine), _local(true)
    aa, bb, ab = _local(mine * mine) - a * a, _local(true * true) - b * b, _local(mine * true) - a * b
    c1, c2 = ((k * reach) ** 2 for k in _K)
    similar = (2 * a * b + c1) * (2 * ab + c2) / ((a * a + b * b + c1) * (aa + bb + c2))
    edge = _WIDTH // 2
    return float(similar[:, edge:-edge, edge:-edge].mean())


def perceptual(
    answers: ArrayLike,
    truth: ArrayLike,
    backbone: Callable[[Reals], Sequence[ArrayLike]],
    weights: Sequence[ArrayLike] = (),
) -> float:
    """A distance in the features of any network, the mean over images. Best: 0.

    Zhang, Isola, Efros, Shechtman and Wang 2018 (arXiv 1801.03924): at each place of each map features are scaled to
    length 1; squared differences are weighted, added over channels, averaged over places, and added over maps. It is
    LPIPS only with the network and the weights of theirs, which whoever has them gives here.

    Args:
        answers, truth: images ``(n, height, width, channels)``.
        backbone: images as floats to feature maps ``(n, height, width, features)``, as many as there are layers.
        weights: of the features of each map; all 1 if not told.
    """
    mine, true = images(answers, "answers"), images(truth, "truth")
    alike(answers=mine, truth=true)
    maps = [[reals(one, 4, "feature map") for one in backbone(part)] for part in (mine, true)]
    total = np.zeros(len(mine))
    for k, pair in enumerate(zip(*maps, strict=True)):
        a, b = (one / np.maximum(np.linalg.norm(one, axis=-1, keepdims=True), 1e-10) for one in pair)
        weight = np.asarray(weights[k], np.float64) if weights else np.ones(a.shape[-1])
        total += ((a - b) ** 2 @ weight).mean(axis=(1, 2))
    return float(total.mean())


def cld(
    distances: ArrayLike,
    to_old: Sequence[ArrayLike],
    to_new: Sequence[ArrayLike],
    weights: tuple[float, float] = _WEIGHTS,
) -> float:
    """The counterfactual latent divergence, the mean of ``log(w exp P + w' exp Q)``. Lower is better, 0 to 1.

    Sanchez and Tsaftaris 2022 (arXiv 2202.10166), with the weights of Melistas et al. 2024 (arXiv 2403.14764). P is the
    share of images with the new value of what was set that are as near to the factual image as the answer or nearer, Q
    the share of images with the old value that are as far as the answer or further. An exact counterfactual need not
    have the least CLD: where truth is known, minimality is the error of :func:`pixel_errors` in unchanged pixels.

    Args:
        distances: ``(n,)``, of each factual image to its counterfactual one, in any space.
        to_old, to_new: of each factual image the distances to the images that have the old, and the new value.
        weights: of P and Q.
    """
    own = reals(distances, 1, "distances")
    if not len(own) == len(to_old) == len(to_new) or not len(own):
        raise CdmError(f"cld: a list a row is needed, found {len(to_old)} and {len(to_new)} of {len(own)} rows")
    scores = []
    for away, old, new in zip(own.tolist(), to_old, to_new, strict=True):
        others = [reals(some, 1, "distances to other images") for some in (new, old)]
        if not all(map(len, others)):
            raise CdmError("cld: a row without images of its old, or of its new value")
        shares = (others[0] <= away).mean(), (others[1] >= away).mean()
        scores.append(np.log(sum(w * np.exp(share) for w, share in zip(weights, shares, strict=True))))
    return float(np.mean(scores))


def gaussian_kl(mean: ArrayLike, log_scale: ArrayLike, other_mean: ArrayLike, other_log_scale: ArrayLike) -> Reals:
    """The Kullback-Leibler divergence of normal laws with independent columns, ``(n,)``: a distance for :func:`cld`.

    All are ``(n, width)``; the divergence is the mean over columns, in nats, of the first laws from the others. The
    published code takes the means for the log-scales, too, which makes it no divergence of what an encoder says.
    """
    m, s, m_, s_ = (reals(part, 2, "means and log-scales") for part in (mean, log_scale, other_mean, other_log_scale))
    terms = s_ - s - 0.5 + 0.5 * (np.exp(2 * s) + (m - m_) ** 2) / np.exp(2 * s_)
    return np.asarray(terms.mean(axis=1), np.float64)


def _local(values: Reals) -> Reals:
    """The weighted mean around each pixel."""
    found: Any = values
    for axis in (1, 2):
        found = ndimage.gaussian_filter1d(found, _SIGMA, axis=axis, radius=_WIDTH // 2, mode="reflect")
    return np.asarray(found, np.float64)
