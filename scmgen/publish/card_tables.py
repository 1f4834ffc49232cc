"""The tables of a data set card: what its manifest says, as Markdown that reads well as text too."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from scmgen.dataset.content import Described
from scmgen.dataset.interventions.steps import spell
from scmgen.publish.markdown import code, table, words
from scmgen.scene.domain import Continuous
from scmgen.scm import expression
from scmgen.storage.entries import RegimeEntry
from scmgen.storage.manifest import Manifest

_MOST_LEVELS = 8  # of a category that are spelled out


def factors(manifest: Manifest) -> str:
    """What a model should recover, and what was observed of it."""
    rows = []
    for name, factor in manifest.factors.items():
        domain = factor.domain
        shown = _levels(domain.levels) or str(domain)
        seen = f"{factor.mean:.4g} ± {factor.std:.3g}" if isinstance(domain, Continuous) else ""
        rows.append((code(name), words(factor.long_name), domain.kind, shown, _unit(factor), seen))
    return table(("factor", "meaning", "type", "range or levels", "unit", "mean ± deviation"), rows)


def _unit(factor: Described) -> str:
    return "" if factor.unit == "1" else words(factor.unit)


def _levels(levels: Sequence[str]) -> str:
    shown = ", ".join(map(words, levels[:_MOST_LEVELS]))
    return f"{shown}, ... ({len(levels)} levels)" if len(levels) > _MOST_LEVELS else shown


def equations(manifest: Manifest) -> str:
    """Each equation, the distribution of its noise, and what its variable is for."""
    graph, rows = nx.node_link_graph(manifest["graph"]["full"], edges="edges"), []
    for targets, text in manifest.recipe.scene.equations.items():
        names = [name.strip() for name in targets.split(",")]
        noise = expression.parse(text, targets, moving=True).noise
        units = [_unit(manifest.factors[name]) for name in names if name in manifest.factors]
        roles = [_role(manifest, graph, name, noise) for name in names]
        said = ", ".join(dict.fromkeys(roles))
        rows.append((code(targets), code(text), noise or "", ", ".join(dict.fromkeys(units)), said))
    return table(("variable", "equation", "noise", "unit", "role"), rows)


def _role(manifest: Manifest, graph: nx.DiGraph, name: str, noise: str | None) -> str:
    if name in manifest.factors:
        return "**factor**"
    if noise is None:
        return "helper"
    reached = nx.descendants(graph, name).intersection(manifest.factors)
    return "hidden cause" if reached else "nuisance"


def parameters(manifest: Manifest) -> str:
    """The constants that equations read, as they were for this data set."""
    scene, own = manifest.recipe.scene.parameters, manifest.recipe.parameters
    rows = [
        (code(name), f"{own.get(name, value):g}", f"{value:g} in the scene" if own.get(name, value) != value else "")
        for name, value in scene.items()
    ]
    return table(("parameter", "value", ""), rows) if rows else ""


def splits(manifest: Manifest) -> str:
    """Samples a split, and what they follow."""
    changes = {split.name: _changes(split) for split in manifest.recipe.splits}
    plain = not any(changes.values())
    rows = [
        (name, f"{count:,}", "" if plain else changes[name] or "nothing") for name, count in manifest.splits.items()
    ]
    return table(("split", "samples", "differs from the scene by"), rows)


def environments(manifest: Manifest) -> str:
    """What the samples of each domain follow; nothing if there are no environments."""
    rows = [
        (str(number), words(part.name), f"{part.share:g}", _changes(part) or "nothing")
        for number, part in enumerate(manifest.recipe.environments)
    ]
    return table(("domain", "environment", "share", "differs from the scene by"), rows) if rows else ""


def _changes(part: RegimeEntry) -> str:
    changes = [f"{name} = {value:g}" for name, value in part.parameters.items()]
    changes += [f"{name}: {text}" for name, text in part.replace.items()]
    changes += [f"only where {part.where}"] if part.where else []
    changes += [f"never {part.hold_out}"] if part.hold_out else []
    changes += [f"interventions {spell(part.interventions)}"] if part.interventions is not None else []
    return "; ".join(map(code, changes))


def interventions(manifest: Manifest) -> str:
    """Samples a target, and a kind where there are several, for each step."""
    targets, kinds = manifest.targets, manifest.kinds
    header = [f"step {number}" if len(targets) > 1 else "samples" for number in range(1, len(targets) + 1)]
    names = dict.fromkeys(name for counts in targets for name in counts)
    rows = [
        (name if name == "none" else code(name), *(f"{counts.get(name, 0):,}" for counts in targets)) for name in names
    ]
    samples = table(("target", *header), rows)
    every = dict.fromkeys(kind for counts in kinds for kind in counts)
    if len(every.keys() - {"none"}) < 2:
        return samples
    more = [(kind, *(f"{counts.get(kind, 0):,}" for counts in kinds)) for kind in every]
    return f"{samples}\n\n{table(('kind', *header), more)}"
