"""From evidence to probabilities: logistic functions of a few numbers, calibrated on simulated models.

The weights were fitted to models that ``benchmarks/calibration`` simulates, looked at as this package looks, and are
measured on models of other seeds. The constant of :data:`HIDDEN` and :data:`EXPLAINED` were corrected after a first
measurement, on the same models: what is said of hidden causes is not held out.
"""

from __future__ import annotations

import math

from cdm.discovery.twin.confounding import Dependence
from cdm.discovery.twin.parents import Evidence

DIRECT = (1.039, 5.874, 0.571, -0.394, -1.032, 0.619, 0.861, 1.35, 0.83)
"""Of an edge from a factor that moves the other: see :func:`direct`."""
STILL = (-1.442, 0.425, -0.829)
"""Of an edge from a factor that was not seen to move the other: see :func:`still`."""
TURNED = 0.0005
"""Share of true edges among those that would close a cycle with movements that were seen."""
HIDDEN = (0.003, 0.481, 0.34, -1.536, 0.42)
"""Of a hidden common cause: see :func:`hidden`."""
EXPLAINED = 0.05
"""The most that is said of a hidden common cause of two factors whose dependence may be due to edges that are open."""


_SURE = 4.0  # standard errors, beyond which only the size of a gain counts
_RANGES = (-4.0, 4.0), (-4.0, 2.0)  # of logarithms of gains over errors of reading, and over what a fit misses


def direct(seen: Evidence, effect: float, unit: float) -> tuple[float, ...]:
    """What speaks for an edge k -> j where do(k) moves j; ``effect`` is the share of j's variance, ``unit`` twice that.

    A constant; how certain a gain is, in two ways; how many pairs there are, also where it is certain. Where it is not:
    how far j moves in all, and how much of that is left. Where it is: logarithms of the gain, less its error, over the
    errors of reading and over what the fit misses, since with many pairs a small gain is certain and no edge.
    """
    reading, whole = seen.floor + seen.blur, max(effect * unit, seen.floor / 10)
    gain = max(seen.gain - 1.5 * seen.error, 0.02 * reading)
    missed = max(seen.left - seen.floor, 0.0) + seen.blur + seen.floor / 4
    certainty = min(max(seen.gain / max(seen.error, 1e-12), 0.0), _SURE)
    sure, pairs = min(1.0, max(0.0, certainty - 1) / (_SURE - 1)), math.log(seen.pairs)
    sizes = (gain / reading, gain / missed)
    logs = [sure * min(max(math.log(size), low), high) for size, (low, high) in zip(sizes, _RANGES, strict=True)]
    far, left = math.log(max(effect, 1e-3)), math.log(min(max(seen.left / whole, 1e-4), 10.0))
    unsure = 1 - sure
    return 1.0, math.log1p(certainty), sure, pairs, sure * pairs, unsure * far, unsure * left, *logs


def still(bound: float, pairs: float) -> tuple[float, ...]:
    """What speaks for an edge k -> j where k was not seen to move j.

    A constant; how large an effect is possible; and how many pairs say so.
    """
    return 1.0, math.log(max(bound, 1e-3)), math.log1p(pairs)


def hidden(seen: Dependence) -> tuple[float, ...]:
    """What speaks for a hidden common cause.

    A constant; the dependence; the dependence over that which errors make; whether one factor causes the other; and how
    far the dependence surpasses errors, by its certainty.
    """
    shared = max(seen.shared, 1e-4)
    error = max(seen.control, seen.blind) + 0.003 + 10 / max(seen.pairs, 1)
    beyond, certainty = math.log(shared / error), math.log1p(min(max(seen.certainty, 0.0), 30.0))
    return 1.0, math.log(shared), beyond, float(seen.related), max(0.0, beyond - 1) * certainty


def chance(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    """The probability that a logistic function gives."""
    score = sum(w * x for w, x in zip(weights, features, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
