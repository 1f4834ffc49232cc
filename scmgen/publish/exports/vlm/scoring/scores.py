"""How many answers are right, what guessing would give, and the graph that the answers about edges make."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scmgen.publish.exports.vlm.scoring.intervals import wilson
from scmgen.publish.exports.vlm.scoring.key import Key, Row

Answers = Mapping[str, str | None]
EVERY = "all"  # in place of one kind, or one number of examples


@dataclass(frozen=True)
class Score:
    """The answers to some questions.

    Attributes:
        family, kind, shots: which; ``kind`` and ``shots`` are ``all`` where a family is taken together.
        chance: the share that guessing gets right; ``low`` and ``high`` are the interval of ``accuracy`` at 95 %.
        unanswered: questions without an answer that counts, which are wrong.
    """

    family: str
    kind: str
    shots: int | str
    questions: int
    correct: int
    unanswered: int
    accuracy: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True)
class Structure:
    """The graph that answers imply: an edge is there if most questions about it were answered with yes.

    Attributes:
        shd: pairs of factors that the implied graph joins in another way than the true one.
        edgeless: the same of a graph without edges.
        pairs: those of which both directions were asked for; no other counts.
    """

    split: str
    shots: int
    shd: int
    edgeless: int
    pairs: int


def scores(key: Key, answers: Answers) -> list[Score]:
    """The score of each family, and of each kind in it with each number of examples."""
    return [_score(named, rows, answers) for named, rows in groups(key.rows.values()).items()]


def groups(rows: Iterable[Row]) -> dict[tuple[str, str, int | str], list[Row]]:
    """Questions by family, kind and number of examples; each family as a whole comes before its parts."""
    found: dict[tuple[str, str, int | str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.family, EVERY, EVERY].append(row)
        found[row.family, row.kind, row.shots].append(row)
    families = list(dict.fromkeys(family for family, *_ in found))
    return {named: found[named] for family in families for named in found if named[0] == family}


def structures(key: Key, answers: Answers) -> list[Structure]:
    """The implied graph of each split with each number of examples (CausalVLBench calls its distance SHD)."""
    asked: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in key.rows.values():
        if row.cause:
            asked[row.split, row.shots].append(row)
    return [_structure(split, shots, rows, answers) for (split, shots), rows in asked.items()]


def data(key: Key, answers: Answers) -> dict[str, Any]:
    """All of it as JSON."""
    return {
        "questions": str(key.where),
        "names": key.summary.names,
        "scores": [asdict(score) for score in scores(key, answers)],
        "structure": [asdict(structure) for structure in structures(key, answers)],
    }


def _score(named: tuple[str, str, int | str], rows: list[Row], answers: Answers) -> Score:
    correct = sum(answers[row.id] == row.answer for row in rows)
    unanswered = sum(answers[row.id] is None for row in rows)
    chance = sum(1 / row.letters for row in rows) / len(rows)
    return Score(*named, len(rows), correct, unanswered, correct / len(rows), *wilson(correct, len(rows)), chance)


def _structure(split: str, shots: int, rows: list[Row], answers: Answers) -> Structure:
    said: Counter[tuple[str, str]] = Counter()
    true: dict[tuple[str, str], bool] = {}
    for row in rows:
        true[row.cause, row.effect] = row.relation == "edge"
        right = answers[row.id] == row.answer
        yes = right == true[row.cause, row.effect] and answers[row.id] is not None
        said[row.cause, row.effect] += 1 if yes else -1
    pairs = [(a, b) for a, b in true if a < b and (b, a) in true]
    implied = [((said[a, b] > 0, said[b, a] > 0), (true[a, b], true[b, a])) for a, b in pairs]
    shd = sum(one != other for one, other in implied)
    return Structure(split, shots, shd, sum(any(other) for _, other in implied), len(pairs))
