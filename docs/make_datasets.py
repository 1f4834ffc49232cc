"""Write a page for each bundled scene: the data sets of the catalogue that are made of it, and what is in them.

python docs/make_datasets.py            # all pages, and their graphs: builds the small size of every data set
python docs/make_datasets.py flow circuit
"""

from __future__ import annotations

import sys
from pathlib import Path

import sampled
from sampled import Made

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import spell
from scmgen.publish import card_tables
from scmgen.publish.markdown import code, fenced, line, table
from scmgen.scm import graph as graph_of
from scmgen.scm import notation

HERE = Path(__file__).parent
_RELATED = {
    "arm3d": "circuit3d ident3d fall3d",
    "balls": "circuit",
    "birds": "spurious-pairs coloured-digits",
    "circuit": "circuit3d balls flow",
    "circuit3d": "circuit arm3d ident3d still-life",
    "clutter": "pendulum-clutter",
    "collision": "flow",
    "coloured-digits": "birds spurious-pairs pendulum-spurious",
    "flow": "collision pendulum",
    "ident3d": "ident3d-classic shapes shadow",
    "ident3d-classic": "ident3d",
    "morpho-classic": "morpho-digits",
    "morpho-digits": "morpho-classic coloured-digits",
    "pendulum": "pendulum-classic pendulum-spurious pendulum-clutter shadow",
    "pendulum-classic": "pendulum",
    "pendulum-clutter": "pendulum clutter",
    "pendulum-spurious": "pendulum spurious-pairs",
    "shadow": "pendulum",
    "shapes": "clutter",
    "still-life": "shapes ident3d",
    "spurious-pairs": "birds coloured-digits pendulum-spurious",
    "thermostat": "spurious-pairs",
    "fall": "fall3d pendulum-swing pinball",
    "fall3d": "fall pinball circuit3d",
    "pendulum-swing": "pendulum fall",
    "pinball": "pong fall",
    "pong": "pinball",
    "tanks": "walkers voronoi",
    "voronoi": "tanks walkers",
    "walkers": "tanks",
}


def scenes() -> dict[str, list[str]]:
    """The data sets that are made of each scene, in the order of the catalogue."""
    found: dict[str, list[str]] = {}
    for name, entry in catalogue.entries().items():
        found.setdefault(entry.scene, []).append(name)
    return found


def page(scene: str, sets: list[Made]) -> str:
    """What the site says of the data sets of a scene."""
    first, document = sets[0], catalogue.find(sets[0].name).scene.document
    shown = next((one for one in sets if _sheet(one).exists()), first)
    parts = [
        f"# {scene}",
        _sentence(document.description),
        _picture(shown),
        "## The data sets\n\n" + _entries(sets),
        "## Build it, load it\n\n" + _use(first),
        "## Factors\n\n" + _factors(first),
        _model(first, "##"),
        *(part for one in sets for part in _of(one, one is shown, len(sets) > 1)),
        "## Related\n\n" + _related(scene),
        "## Licence and citation\n\n" + _citation(sets),
        "This page and its figures are made by `python docs/make_datasets.py`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _entries(sets: list[Made]) -> str:
    rows = [
        (
            f"[`{one.name}`](#{_anchor(one, len(sets) > 1)})",
            _sentence(one.entry.description),
            f"{one.entry.n:,}; small {one.entry.small:,}" if one.entry.small else f"{one.entry.n:,}",
            f"{'pairs' if one.entry.interventions else 'images'}, {one.manifest.frame} px",
            code(spell(one.manifest.recipe.interventions)) if one.entry.interventions else "",
            str(one.entry.version),
        )
        for one in sets
    ]
    return table(("data set", "what it is", "samples", "in a sample", "interventions", "version"), rows)


def _anchor(one: Made, several: bool) -> str:
    return one.name if several else "statistics"


def _use(one: Made) -> str:
    split = next(iter(one.manifest.splits))
    lines = [
        "import scmgen",
        "",
        f'data = scmgen.load("data/{one.name}")',
        f'labels = data.labels("{split}")  # an xarray.Dataset: a variable a factor, with its unit',
        f'images = data.images("{split}")  # decoded when indexed',
    ]
    lines += [f'twins = data.images("{split}", "image_cf")'] if one.entry.interventions else []
    return "\n\n".join(
        [
            fenced(f"scmgen build {one.name} --small -o data/{one.name}", "sh"),
            fenced("\n".join(lines), "python"),
            "The same command without `--small` goes on to all samples; "
            f"`scmgen explore {one.name}` opens the scene in a browser.",
        ]
    )


def _factors(one: Made) -> str:
    """What a model should recover: its domain, its unit, and what it moves."""
    graph = _arrows(one)
    rows = []
    for name, factor in one.factors.items():
        domain = factor.domain
        shown = ", ".join(domain.levels) if domain.levels else str(domain)
        unit = "" if factor.unit == "1" else factor.unit
        moves = ", ".join(code(to) for to in one.factors if to in graph[name])
        rows.append((code(name), line(factor.long_name), domain.kind, shown, unit, moves))
    return table(("factor", "meaning", "type", "range or levels", "unit", "is a direct cause of"), rows)


def _arrows(one: Made) -> dict[str, set[str]]:
    scene = catalogue.find(one.name).scene
    found: dict[str, set[str]] = {name: set() for name in scene.factors}
    for cause, effect, kind in scene.factor_graph.edges(data="kind"):
        if kind == "directed":
            found[cause].add(effect)
    return found


def _model(one: Made, level: str) -> str:
    """The graph and the equations."""
    graph = catalogue.find(one.name).scene.factor_graph
    hidden = any(kind == "bidirected" for _, _, kind in graph.edges(data="kind"))
    stand = (
        "Frames follow one another from left to right" if graph_of.moves(graph) else "Causes stand above their effects"
    )
    legend = stand + ("; a dashed line is a hidden common cause." if hidden else ".")
    text = fenced(notation.write(graph, "text").strip(), "text")
    tables = "\n\n".join(filter(None, (card_tables.equations(one.manifest), card_tables.parameters(one.manifest))))
    said = (
        "A **factor** is what a model should recover; a nuisance is drawn and is none; a helper has no noise; a hidden "
        "cause is no factor and moves some."
    )
    picture = f"![The causal graph of {one.name}](../images/graphs/{one.name}.svg)"
    return "\n\n".join([f"{level} Causal graph", picture, legend, text, f"{level} Equations", said, tables])


def _of(one: Made, shown: bool, several: bool) -> list[str]:
    """What differs from data set to data set: pictures, splits, and numbers."""
    low = "###" if several else "##"
    return [
        f"## {one.name}\n\n{_sentence(one.entry.description)}" if several else "",
        "" if shown else _picture(one),
        _model(one, low) if one.entry.sample_scm else "",
        f"{low} Statistics\n\n" + sampled.statistics(one),
        sampled.correlations(one),
        _more(f"{low} Splits", card_tables.splits(one.manifest), one.entry.splits != catalogue.Recipe(scene="").splits),
        _more(f"{low} Environments", card_tables.environments(one.manifest), bool(one.entry.environments)),
        _more(f"{low} What it does not promise", _waived(one), bool(one.entry.waives)),
    ]


def _more(title: str, text: str, wanted: bool) -> str:
    return f"{title}\n\n{text}" if wanted else ""


def _waived(one: Made) -> str:
    return "\n".join(f"- `{name}`: {line(reason)}" for name, reason in one.entry.waives.items())


def _sentence(text: str) -> str:
    words = line(text)
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def _sheet(one: Made) -> Path:
    """Its sheet of pairs in the gallery, where not every data set has one."""
    return HERE / "images" / f"{one.name}-64.png"


def _picture(one: Made) -> str:
    return f"![Pairs of {one.name}](../images/{_sheet(one).name})" if _sheet(one).exists() else ""


def _related(scene: str) -> str:
    links = ", ".join(f"[{name}]({name}.md)" for name in _RELATED[scene].split())
    return (
        f"{links}; all of them: [gallery](gallery.md), [catalogue](catalogue.md). Why the scene is as it is, and what "
        f"was published elsewhere: [conditions](../explanation/scenes.md#{scene})."
    )


def _citation(sets: list[Made]) -> str:
    manifest = sets[0].manifest
    licences = ", ".join(dict.fromkeys(one.manifest.license for one in sets))
    source = f" {_sentence(manifest.citation)}" if manifest.citation else ""
    hashes = table(
        ("data set", "version", "spec"),
        [(code(one.name), str(one.entry.version), code(one.manifest.spec_hash or "")) for one in sets],
    )
    cite = "Cite scmgen (`CITATION.cff`) with the name, the version and the spec of the data set:"
    return f"Licence: {licences}.{source} {cite}\n\n{hashes}"


def main(names: list[str]) -> None:
    """Write the pages of some scenes, or of all."""
    (HERE / "images" / "graphs").mkdir(exist_ok=True)
    for scene, members in scenes().items():
        if not names or scene in names:
            sets = [sampled.made(name) for name in members]
            for one in sets:
                if one is sets[0] or one.entry.sample_scm:
                    (HERE / "images" / "graphs" / f"{one.name}.svg").write_text(one.graph + "\n", encoding="utf-8")
            (HERE / "data-sets" / f"{scene}.md").write_text(page(scene, sets), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
