"""Scores as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scmgen.publish.exports.vlm.scoring.gap import Gap
from scmgen.publish.exports.vlm.scoring.key import Key
from scmgen.publish.exports.vlm.scoring.scores import Answers, scores, structures


def told(key: Key, answers: Answers) -> Iterator[str]:
    """The lines of a scored directory."""
    found = scores(key, answers)
    yield f"{key.where}: {key.summary.name}, names {key.summary.names}, {len(key.rows):,} questions"
    yield f"  {'family':<16}{'kind':<8}{'examples':>9}{'right':>14}{'accuracy':>10}{'95 %':>16}{'chance':>8}"
    for s in found:
        share, interval = f"{s.correct:,} of {s.questions:,}", f"{s.low:.1%} to {s.high:.1%}"
        line = f"  {s.family:<16}{s.kind:<8}{s.shots:>9}{share:>14}{s.accuracy:>10.1%}{interval:>16}{s.chance:>8.1%}"
        yield line + (f"  {s.unanswered:,} unanswered" if s.unanswered else "")
    for t in structures(key, answers):
        total = f"SHD {t.shd} over {t.pairs} pairs of factors (no edges at all: {t.edgeless})"
        yield f"  graph of {t.split}, {t.shots} examples: {total}"


def compared(names: Sequence[str], found: Sequence[Gap]) -> Iterator[str]:
    """The lines of a gap."""
    yield f"gap: {names[0]} minus {names[1]}, paired by question"
    for g in found:
        only, interval = f"{g.first:,} : {g.second:,}", f"{g.low:+.1%} to {g.high:+.1%}"
        yield f"  {g.family:<16}{g.kind:<8}{g.shots:>9}{only:>14}{g.gap:>+10.1%}{interval:>18}  p {g.p:.3g}"
