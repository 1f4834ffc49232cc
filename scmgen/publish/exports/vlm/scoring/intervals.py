"""How sure a share is, and a difference of two shares that were measured on the same questions."""

from __future__ import annotations

import math

_Z = 1.959963984540054  # of 95 %


def wilson(correct: int, asked: int) -> tuple[float, float]:
    """The interval of a share at 95 % (Wilson 1927).

    >>> tuple(round(end, 4) for end in wilson(8, 10))
    (0.4902, 0.9433)
    """
    share, z = correct / asked, _Z**2 / asked
    middle, half = share + z / 2, _Z * math.sqrt(share * (1 - share) / asked + z / (4 * asked))
    return max(0.0, (middle - half) / (1 + z)), min(1.0, (middle + half) / (1 + z))


def paired(first: int, second: int, asked: int) -> tuple[float, float]:
    """The interval at 95 % of a difference of paired shares (Agresti and Min 2005: half a question in each cell).

    Args:
        first: questions that only the first answered rightly.
        second: questions that only the second did.
        asked: all questions.
    """
    n, one, two = asked + 2.0, first + 0.5, second + 0.5
    gap = (one - two) / n
    half = _Z * math.sqrt(max(0.0, one + two - (one - two) ** 2 / n)) / n
    return max(-1.0, gap - half), min(1.0, gap + half)


def mcnemar(first: int, second: int) -> float:
    """How often chance alone would set two answerers as far apart (McNemar 1947, exact and two-sided).

    >>> round(mcnemar(1, 7), 4)
    0.0703
    """
    n = first + second
    return min(1.0, float(2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n))
