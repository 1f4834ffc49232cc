"""What an audit can find, and what a finding says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias

Severity: TypeAlias = Literal["fault", "waived", "note"]
SEVERITIES: tuple[Severity, ...] = ("fault", "waived", "note")  # the gravest first


@dataclass(frozen=True)
class Check:
    """``meaning`` says what holds where nothing is found; ``condition`` which one of docs/explanation/scenes.md it is.

    A check that ``draws`` looks at images, and takes its time.
    """

    meaning: str
    condition: str | None
    draws: bool = False


CHECKS: dict[str, Check] = {
    "clamped": Check("noise and value go one to one: no clamp, no rounding, no fold", "one-to-one"),
    "deterministic-child": Check("each factor with causes has noise of its own", "own-noise"),
    "unfaithful-edge": Check("each edge has an effect that can be seen", "true-graph"),
    "true-graph": Check("no hidden cause is common to two factors", "true-graph"),
    "correlation": Check("no two factors say the same (|r| > 0.99)", "own-noise"),
    "sortability": Check("neither variance nor R2 follows the causal order", None),
    "out-of-range": Check("observations lie in the declared ranges", "all-interventions"),
    "balance": Check("every level of a category occurs", "readable"),
    "support": Check("interventions reach every factor, over its whole range", "all-interventions"),
    "unreadable": Check("a move of any factor changes pixels", "readable", draws=True),
    "out-of-frame": Check("the frame cuts nothing that a factor moves", "readable", draws=True),
    "occluded": Check("no object is hidden by another", "readable", draws=True),
    "circle": Check("the two ends of a circular factor, which are one value, look the same", "readable", draws=True),
    "nuisance": Check("something varies in the images that is no factor", "nuisance", draws=True),
    "duplicates": Check("no two images are equal", "nuisance", draws=True),
}

OF_CLIPS: dict[str, Check] = {
    **{name: check for name, check in CHECKS.items() if name != "sortability"},
    "lag": Check("a regression sees each cause at its lag", None),
    "stationarity": Check("distributions are the same from the middle of a clip on", None),
    "horizon": Check("in clips of four times the length values stay in their ranges", None),
    "in-motion": Check("every factor shows in a single frame", None, draws=True),
}
_EVERY = {**CHECKS, **OF_CLIPS}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (a fault) or worth knowing (a note).

    Attributes:
        check: a key of :data:`CHECKS`, or of :data:`OF_CLIPS`.
        severity: ``waived`` is a fault that the data set declares, with its ``reason``.
        subject: the factor, edge, group or pair that it is about.
        figure: the number behind the sentence: a share, or the measure that the check names.
        sentence: what was found, to be read after the subject.
        condition: the condition of docs/explanation/scenes.md that is not met; None if there is none.
        splits: where it was found; empty if everywhere.
    """

    check: str
    severity: Severity
    subject: str
    figure: float
    sentence: str
    condition: str | None
    splits: tuple[str, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        """Spell the finding in one line, without its check."""
        place = f" (in {', '.join(self.splits)})" if self.splits else ""
        return f"{self.subject}: {self.sentence}{place}"

    def data(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {**asdict(self), "splits": list(self.splits)}


def fault(check: str, subject: str, figure: float, sentence: str, condition: str | None = None) -> Finding:
    """Something wrong; ``condition`` if it is another one than the check's own."""
    return Finding(check, "fault", subject, float(figure), sentence, condition or _EVERY[check].condition)


def note(check: str, subject: str, figure: float, sentence: str, splits: tuple[str, ...] = ()) -> Finding:
    """Something worth knowing, if only of some splits."""
    return Finding(check, "note", subject, float(figure), sentence, _EVERY[check].condition, splits)


def merge(parts: Iterable[tuple[Sequence[str], Iterable[Finding]]], splits: Sequence[str]) -> list[Finding]:
    """Join what was found in parts of the data (splits, findings): of what is found twice the first, and where."""
    first: dict[tuple[str, str, str], Finding] = {}
    places: dict[tuple[str, str, str], set[str]] = {}
    for names, findings in parts:
        for finding in findings:
            key = finding.check, finding.subject, finding.severity
            first.setdefault(key, finding)
            places.setdefault(key, set()).update(names)
    return [
        replace(finding, splits=() if places[key] >= set(splits) else tuple(s for s in splits if s in places[key]))
        for key, finding in first.items()
    ]


def waive(findings: Iterable[Finding], waives: Mapping[str, str]) -> list[Finding]:
    """Turn faults of waived conditions into waived ones, and sort: by check, faults first."""
    order = list(_EVERY)
    settled = [
        replace(finding, severity="waived", reason=waives[finding.condition])
        if finding.severity == "fault" and finding.condition is not None and finding.condition in waives
        else finding
        for finding in findings
    ]
    return sorted(settled, key=lambda finding: (order.index(finding.check), SEVERITIES.index(finding.severity)))


def verdict(findings: Iterable[Finding], count: int) -> str:
    """One word on a check: of its findings, and of how many things it looked at."""
    severities = {finding.severity for finding in findings}
    if not severities:
        return "ok" if count else "-"
    return "FAULT" if "fault" in severities else "waived" if "waived" in severities else "note"
