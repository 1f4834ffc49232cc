"""What misleads whoever only looks: hidden common causes, and splits that show a selection of samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import networkx as nx
import numpy as np

from scmgen.checks.audit.association import association
from scmgen.dataset.members import FACTUAL
from scmgen.publish.markup import Safe, element, joined, table
from scmgen.publish.report.gathered import Part
from scmgen.scene.domain import Categorical, Continuous, Domain
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import RegimeEntry
from scmgen.storage.loading.reader import Data

_STRONGEST = 6  # pairs of a split that are listed
_LEAST = 0.05  # change of a strength that is worth a line
_HIDDEN = (
    "A hidden cause moves both of a pair, so how they go together is not what one does to the other. Beside what is "
    "seen stands how far the other moves, in its standard deviations, where one is set one deviation higher."
)
_SELECTED = (
    "The split {split} holds only samples {which}. A selection makes the causes of what it looks at depend on "
    "each other, though neither affects the other (a collider): how much pairs go together, here and in the split "
    "{other}, in which nothing is selected."
)


def section(data: Data, parts: Sequence[Part]) -> Safe | None:
    """What misleads; None where nothing does, or the graph is not known."""
    graph = data.graph
    if graph is None:
        return None
    selections = {split.name: _selection(split) for split in data.manifest.recipe.splits}
    whole = next((part for part in parts if not selections.get(part.split)), None)
    shown = [*_hidden(data, graph, whole or parts[0])]
    for part in parts if whole else ():
        if whole and (which := selections.get(part.split)):
            shown += _selected(data, part, whole, which)
    return joined(shown) if shown else None


def _selection(split: RegimeEntry) -> str:
    """Which samples a split holds, in words; empty if it holds all."""
    told = [f"with {split.where}"] if split.where else []
    return " and ".join(told + ([f"without {split.hold_out}"] if split.hold_out else []))


def _hidden(data: Data, graph: nx.MultiDiGraph, part: Part) -> Iterator[Safe]:
    """Each pair with a hidden cause, as it is seen and as it is moved."""
    pairs = sorted({tuple(sorted((a, b))) for a, b, told in graph.edges(data=True) if told["kind"] == "bidirected"})
    values, factors = part.worlds[FACTUAL], data.manifest.factors
    strength, names, rows = association(factors, values), list(factors), []
    for a, b in pairs:
        seen, moved = f"{strength[names.index(a), names.index(b)]:.2f}", ("", "")
        if all(_ordered(factors[name].domain) for name in (a, b)):
            seen, moved = _seen(values[a], values[b]), (_moved(part, a, b), _moved(part, b, a))
        rows.append((element("code", f"{a} <-> {b}"), seen, *moved))
    if rows:
        yield element("p", _HIDDEN, class_="note")
        yield table(("pair", "correlation as seen", "the first is set", "the second is set"), rows, "hidden causes")


def _ordered(domain: Domain) -> bool:
    """Whether more and less mean something: of a number they do, and of two levels."""
    return isinstance(domain, Continuous) or (isinstance(domain, Categorical) and len(domain.levels) == 2)


def _seen(one: Array, other: Array) -> str:
    """The correlation; nothing if one of the two is constant."""
    return f"{np.corrcoef(one, other)[0, 1]:+.2f}" if one.std() and other.std() else ""


def _moved(part: Part, cause: str, effect: str) -> str:
    """How far the effect moves with the cause under a do on it alone, by least squares, both in deviations."""
    spread = {name: float(part.worlds[FACTUAL][name].std()) for name in (cause, effect)}
    for step in part.steps:
        rows = [k for k, (_, targets) in enumerate(step.regimes) if targets == (cause,)]
        before, after = part.worlds[step.base], part.worlds[step.world]
        one, other = ((after[name] - before[name])[rows] for name in (cause, effect))
        if len(rows) > 1 and (one != 0).any() and spread[effect]:
            return f"{float(one @ other) / float(one @ one) * spread[cause] / spread[effect]:+.2f}"
    return ""


def _selected(data: Data, part: Part, whole: Part, which: str) -> Iterator[Safe]:
    """The pairs whose strength in a split that is a selection differs most from one that is none."""
    factors = data.manifest.factors
    here, there = (association(factors, one.worlds[FACTUAL]) for one in (part, whole))
    names, change = list(factors), np.nan_to_num(np.abs(here - there))
    apart = sorted(itertools.combinations(range(len(names)), 2), key=lambda pair: -change[pair])[:_STRONGEST]
    rows = [
        (element("code", f"{names[i]}, {names[j]}"), f"{here[i, j]:.2f}", f"{there[i, j]:.2f}")
        for i, j in apart
        if change[i, j] > _LEAST
    ]
    if rows:
        yield element("p", _SELECTED.format(split=part.split, which=which, other=whole.split), class_="note")
        yield table(("pair", part.split, whole.split), rows, f"selection of {part.split}")
