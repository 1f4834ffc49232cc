"""The common-sense gap: what a model answers only because factors are called what they are.

The same questions, word for word and image for image, are asked twice under other names. So the two accuracies are
compared question by question: only those that one of the two answered rightly and the other wrongly count.
"""

from __future__ import annotations

from dataclasses import dataclass

from scmgen.errors import ScmgenError
from scmgen.publish.exports.vlm.scoring.intervals import mcnemar, paired
from scmgen.publish.exports.vlm.scoring.key import Key
from scmgen.publish.exports.vlm.scoring.scores import Answers, groups


@dataclass(frozen=True)
class Gap:
    """How much more is right under the first names than under the second.

    Attributes:
        family, kind, shots: of which questions, as in :class:`~scmgen.publish.exports.vlm.scoring.scores.Score`.
        first, second: questions that were answered rightly under these names alone.
        gap: the difference of the two accuracies; ``low`` and ``high`` are its interval at 95 %.
        p: of McNemar's exact test.
    """

    family: str
    kind: str
    shots: int | str
    questions: int
    first: int
    second: int
    gap: float
    low: float
    high: float
    p: float


def gaps(one: tuple[Key, Answers], other: tuple[Key, Answers]) -> list[Gap]:
    """The gap of each family, and of each kind in it with each number of examples.

    Raises:
        ScmgenError: if the questions are not the same but for the names.
    """
    (key, answers), (second, others) = one, other
    _check(key, second)
    found = []
    for named, rows in groups(key.rows.values()).items():
        right = [(answers[r.id] == r.answer, others[r.id] == second.rows[r.id].answer) for r in rows]
        b, c = sum(x and not y for x, y in right), sum(y and not x for x, y in right)
        gap = (b - c) / len(rows)
        found.append(Gap(*named, len(rows), b, c, gap, *paired(b, c, len(rows)), mcnemar(b, c)))
    return found


def _check(key: Key, other: Key) -> None:
    apart = key.summary.sets_apart(other.summary)
    if apart or set(key.rows) != set(other.rows):
        told = ", ".join(apart) or "ids"
        raise ScmgenError(
            f"{other.where}: {told}: not as in {key.where}; a gap needs the same questions by other names"
        )
    if key.summary.names == other.summary.names:
        raise ScmgenError(
            f"{other.where}: names are {other.summary.names} in both; a gap needs the same by other names"
        )
