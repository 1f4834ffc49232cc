"""What a report says in tables: the data set, its factors, splits, interventions and their effects, the audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scmgen.checks.audit import Audit
from scmgen.publish.audit import page as audited
from scmgen.publish.markup import Safe, element, joined, table
from scmgen.publish.report.gallery import moved
from scmgen.publish.report.gathered import NONE, Part, Regime, Step, counted, frequent, spelled
from scmgen.publish.report.marginals import named
from scmgen.publish.report.scale import figure, spoken, unit
from scmgen.scene.domain import Categorical, Circular, Continuous, Domain
from scmgen.storage.entries import FactorEntry, RegimeEntry
from scmgen.storage.loading.reader import Data
from scmgen.terminal import amount

_NAMED = 20  # levels
_STRONGEST = 1.5  # deviations whose cell is darkest


def facts(data: Data) -> Safe:
    """What the data set is, in a few words each."""
    known = data.manifest
    words = {
        "samples": f"{sum(data.splits.values()):,}",
        f"{'images' if data.frame.frames is None else 'clips'} a sample": f"{len(data.worlds)}: "
        f"{', '.join(map(named, data.worlds))}",
        "frames a clip": str(data.frame.frames or ""),
        "pixels": str(data.frame).replace("x", "\N{MULTIPLICATION SIGN}"),
        "shards": f"{len(known.shards)}, {amount(known.bytes)}",
        "factors": f"{len(data.factors)}",
        "origin": known.origin,
        "version": f"{known.version} (format {known.format})",
        "licence": known.license or "not told",
        "spec": (known.spec_hash or "")[:12],
        "made with": f"scmgen {known.software.get('scmgen', 'of an unknown version')}",
    }
    rows = (joined([element("dt", key), element("dd", str(value))]) for key, value in words.items() if value)
    return element("dl", *(element("div", row) for row in rows), class_="facts")


def splits(data: Data) -> Safe:
    """Samples of each split and environment, and how its distribution differs."""
    spec = data.manifest.recipe
    apart = {split.name: _differs(split) for split in spec.splits}
    rows = [(name, f"{size:,}", apart.get(name, "")) for name, size in data.splits.items()]
    rows += [(f"environment {part.name}", "", _differs(part)) for part in spec.environments]
    return table(("split", "samples", "what is different"), rows, "splits")


def differing(data: Data) -> bool:
    """Whether a split or an environment has a distribution of its own."""
    spec = data.manifest.recipe
    return any(map(_differs, (*spec.splits, *spec.environments)))


def _differs(part: RegimeEntry) -> str:
    said = [f"{name} = {value}" for name, value in part.parameters.items()]
    said += [f"{name} := {text}" for name, text in part.replace.items()]
    said += [f"only {part.where}"] if part.where else []
    said += [f"without {part.hold_out}"] if part.hold_out else []
    said += ["interventions of its own"] if part.interventions else []
    return "; ".join(said)


def described(factors: Mapping[str, FactorEntry]) -> Safe:
    """Type, unit, domain and observed values of each factor."""
    rows = []
    for name, factor in factors.items():
        named, kind = element("code", name), factor.domain.kind
        rows.append((named, factor.long_name, kind, unit(factor), _domain(factor.domain), *_observed(factor)))
    header = ("factor", "meaning", "type", "unit", "range or levels", "observed", "mean \N{PLUS-MINUS SIGN} deviation")
    return table(header, rows, "factors")


def _domain(domain: Domain) -> str:
    if isinstance(domain, Categorical):
        more = len(domain.levels) - _NAMED
        return ", ".join(domain.levels[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return " to ".join(map(figure, domain.bounds))


def _observed(factor: FactorEntry) -> tuple[str, str]:
    """Between which values a factor was observed, and mean and deviation; nothing where they mean nothing."""
    domain = factor.domain
    low, high, mean, std = (spoken(domain, value) for value in (factor.min, factor.max, factor.mean, factor.std))
    match domain:
        case Categorical():
            return "", ""
        case Circular():
            return f"{low} to {high}", ""
        case Continuous():
            return f"{low} to {high}", f"{mean} \N{PLUS-MINUS SIGN} {std}"


def equations(texts: Mapping[str, str]) -> Safe:
    """The structural equations of a generated set."""
    rows = ((element("code", name), element("code", text)) for name, text in texts.items())
    return table(("variable", ":= equation"), rows, "equations")


def interventions(factors: Mapping[str, FactorEntry], parts: Sequence[Part]) -> Safe:
    """For each step and regime: how many samples, and what was set."""
    rows: list[tuple[str, ...]] = []
    many = len(parts[0].steps) > 1
    for number, first in enumerate(parts[0].steps):
        steps = [part.steps[number] for part in parts]
        rows += ((*((named(first.world),) if many else ()), *row) for row in _regimes(factors, steps))
    return table(("world", "intervention", "samples", "sets")[not many :], rows, "interventions")


def _regimes(factors: Mapping[str, FactorEntry], steps: Sequence[Step]) -> Iterator[tuple[str, str, str]]:
    """The interventions of one step, over all splits."""
    counts, shown = counted(steps, list(factors)), frequent(steps, list(factors))
    for regime in shown:
        yield element("code", spelled(regime)), f"{counts[regime]:,}", "; ".join(_set(factors, regime, steps))
    if len(counts) > len(shown):
        rest = sum(counts.values()) - sum(counts[regime] for regime in shown)
        yield f"{len(counts) - len(shown):,} more", f"{rest:,}", ""
    none = sum(kind == NONE for step in steps for kind, _ in step.regimes)
    if none:
        yield "none", f"{none:,}", "nothing: the image stays as it was"


def _set(factors: Mapping[str, FactorEntry], regime: Regime, steps: Sequence[Step]) -> Iterator[str]:
    """The values that are set, or scale and shift where the equation stays in force."""
    for name in regime[1]:
        domain = factors[name].domain
        column = list(factors).index(name)
        scale, shift = np.concatenate([step.settings(regime, column) for step in steps], axis=1)
        if scale.any():
            yield f"{name} := {_reach(scale, None)} \N{MULTIPLICATION SIGN} {name} + {_reach(shift, domain)}"
        elif isinstance(domain, Categorical):
            yield f"{name}: {', '.join(spoken(domain, value) for value in np.unique(shift))}"
        else:
            yield f"{name}: {_reach(shift, domain)} {unit(factors[name])}".rstrip()


def _reach(values: NDArray[np.float64], domain: Domain | None) -> str:
    low, high = (spoken(domain, value) if domain else figure(value) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def effects(factors: Mapping[str, FactorEntry], part: Part, step: Step) -> Safe:
    """How far each factor moves under each regime."""
    rows = (
        (
            element("code", spelled(regime)),
            *(_shaded(factors[name].domain, far, name in regime[1]) for name, far in distances.items()),
        )
        for regime, distances in moved(factors, part, step).items()
    )
    return table(("", *factors), rows, f"effects of {named(step.world)}")


def _shaded(domain: Domain, far: float, target: bool) -> Safe:
    """A cell as dark as the effect is large; one that cannot move says 0 alone."""
    share = isinstance(domain, Categorical)
    text = "0" if far == 0 else f"{far:.0%}" if share else f"{far:.2f}"
    strength = min(1.0, far / (1.0 if share else _STRONGEST))
    return element(
        "td", text, class_=f"number{' target' * target}{' zero' * (far == 0)}", style=f"--strength:{strength:.2f}"
    )


def audit(done: Audit) -> Safe:
    """The verdict of each check, and what was found."""
    checks, findings = audited.checks(done), audited.findings(done)
    parts = [element("p", f"{done.summary[:1].upper()}{done.summary[1:]}."), audited.verdicts(checks, "checks")]
    return joined(
        [*parts, *([element("h3", "Findings"), audited.verdicts(findings, "findings")] if findings.rows else [])]
    )
