"""The noises of the equation language, each an inverse distribution function.

Both tails are exact: a uniform u below a half is read as it is, one above as 1 - u, which loses no bit. Importing the
package registers them.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from scmgen.scm.vocabulary import Array, noise

# scipy is imported where it is called: a fifth of a second, which commands that compute nothing need not wait

MOST_EVENTS = 1e12  # rate of a poisson; beyond it, neighbours can hardly be told apart


@noise()
def normal(u: Array, loc: Array, scale: Array) -> Array:
    """The normal distribution with mean ``loc`` and deviation ``scale``.

    Value for u: loc + scale Q(u), Q the inverse CDF of the standard normal.
    Demands: scale >= 0.
    """
    from scipy import special

    return np.where(scale >= 0.0, loc + scale * special.ndtri(u), np.nan)


@noise()
def uniform(u: Array, low: Array, high: Array) -> Array:
    """The uniform distribution from ``low`` to ``high``.

    Value for u: low + (high - low) u.
    Demands: low <= high.
    """
    return np.where(low <= high, low + (high - low) * u, np.nan)


@noise(discrete=True)
def bernoulli(u: Array, p: Array) -> Array:
    """The number 1 with probability ``p``, else 0.

    Value for u: 1 where u < p, else 0.
    Demands: 0 <= p <= 1.
    """
    return np.where((p >= 0.0) & (p <= 1.0), (u < p).astype(np.float64), np.nan)


@noise(discrete=True)
def category(u: Array, w0: Array, w1: Array, *more: Array) -> Array:
    """The number of a level, with probabilities proportional to the weights, which need not add up to 1.

    Value for u: the number of k with u W >= w0 + ... + wk, where W is the sum of all the weights and k stops before
    the last.
    Demands: weights >= 0, W > 0.
    """
    weights = (w0, w1, *more)
    edges = np.cumsum(np.stack(np.broadcast_arrays(u, *weights)[1:]), axis=0)
    lightest = functools.reduce(np.minimum, weights)
    level = (u * edges[-1] >= edges[:-1]).sum(axis=0).astype(np.float64)
    return np.where((lightest >= 0.0) & (edges[-1] > 0.0) & (edges[-1] < np.inf), level, np.nan)


@noise()
def laplace(u: Array, loc: Array, scale: Array) -> Array:
    """The Laplace distribution with mean ``loc``, whose tails fall by e in each ``scale``.

    Value for u: loc + scale log(2 u) where u < 1/2, else loc - scale log(2 - 2 u).
    Demands: scale >= 0.
    """
    tail = np.log(2.0 * np.minimum(u, 1.0 - u))
    return np.where(scale >= 0.0, loc + scale * np.where(u < 0.5, tail, -tail), np.nan)


@noise()
def exponential(u: Array, scale: Array) -> Array:
    """The exponential distribution with mean ``scale``.

    Value for u: -scale log(1 - u).
    Demands: scale >= 0.
    """
    return np.where(scale >= 0.0, -scale * np.log1p(-u), np.nan)


@noise()
def beta(u: Array, a: Array, b: Array) -> Array:
    """The beta distribution on [0, 1] with the weights ``a`` of 1 and ``b`` of 0; its mean is a / (a + b).

    Value for u: the x with I(x; a, b) = u, I the regularised incomplete beta function.
    Demands: a > 0, b > 0.
    """
    from scipy import special

    return np.where((a > 0.0) & (b > 0.0), special.betaincinv(a, b, u), np.nan)


@noise()
def gamma(u: Array, shape: Array, scale: Array) -> Array:
    """The gamma distribution; its mean is shape times scale.

    Value for u: scale times the x with P(shape, x) = u, P the regularised lower incomplete gamma function.
    Demands: shape > 0, scale >= 0.
    """
    from scipy import special

    return np.where((shape > 0.0) & (scale >= 0.0), scale * special.gammaincinv(shape, u), np.nan)


@noise()
def triangular(u: Array, low: Array, mode: Array, high: Array) -> Array:
    """The triangular distribution from ``low`` to ``high``, most dense at ``mode``.

    Value for u: with c = (mode - low) / (high - low): low + (high - low) sqrt(c u) where u < c, else high - (high -
    low) sqrt((1 - c) (1 - u)).
    Demands: low <= mode <= high.
    """
    span = np.where(high > low, high - low, 1.0)
    rising, falling = (mode - low) / span, (high - mode) / span
    below = np.minimum(low + span * np.sqrt(u * rising), mode)
    above = np.maximum(high - span * np.sqrt((1.0 - u) * falling), mode)
    return np.where((low <= mode) & (mode <= high), np.where(u < rising, below, above), np.nan)


@noise()
def truncnormal(u: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """The normal distribution with mean ``loc`` and deviation ``scale``, of which only ``low`` to ``high`` is kept.

    Value for u: loc + scale Q(F(a) + u (F(b) - F(a))), F the CDF of the standard normal, a = (low - loc) / scale
    and b = (high - loc) / scale: low and high are values of the variable, not deviations.
    Demands: scale > 0, low <= high.

    Computed by the logarithm of the lower tail, mirrored if the interval lies above the mean, so that one far out
    is as good as another.
    """
    from scipy import special

    ends = (low - loc) / scale, (high - loc) / scale
    above = ends[0] + ends[1] > 0.0
    near, far = np.where(above, -ends[1], ends[0]), np.where(above, -ends[0], ends[1])
    shares = np.log1p(-u), np.log(u)
    lost, kept = np.where(above, shares[1], shares[0]), np.where(above, shares[0], shares[1])
    mass = np.logaddexp(special.log_ndtr(near) + lost, special.log_ndtr(far) + kept)
    z = special.ndtri_exp(mass)
    value = np.where(np.isfinite(mass), loc + scale * np.where(above, -z, z), loc)  # no mass: its nearest point
    return np.where((scale > 0.0) & (low <= high), np.minimum(np.maximum(value, low), high), np.nan)


@noise(discrete=True)
def poisson(u: Array, rate: Array) -> Array:
    """The number of events, ``rate`` of them in the mean.

    Value for u: the least whole k with exp(-rate) (1 + rate + rate ** 2 / 2 + ... + rate ** k / k!) >= u.
    Demands: 0 <= rate <= 1e12.
    """
    known = (rate >= 0.0) & (rate <= MOST_EVENTS)
    mean = np.where(known, rate, 0.0)
    low, high = np.full_like(mean, -1.0), np.ceil(mean + 9.0 * np.sqrt(mean)) + 40.0
    while (high - low > 1.0).any():
        middle = np.floor((low + high) / 2.0)
        reached = _reached(middle, mean, u)
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(known, high, np.nan)


def _reached(count: Array, mean: Array, u: Array) -> NDArray[np.bool_]:
    """Where at most ``count`` events have a probability of u at least, each tail by its own function."""
    from scipy import special

    return np.asarray(np.where(u < 0.5, special.pdtr(count, mean) >= u, special.pdtrc(count, mean) <= 1.0 - u))
