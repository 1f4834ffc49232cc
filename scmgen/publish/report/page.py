"""The report of a data set, put together: its sections in their order, around them one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scmgen.checks.audit import Audit
from scmgen.checks.audit import audit as examine
from scmgen.dataset.members import FACTUAL
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.publish import markup
from scmgen.publish.markup import Safe, element, joined
from scmgen.publish.pages.document import document, resource
from scmgen.publish.report import bias, film, gallery, graph, marginals, pairs, tables
from scmgen.publish.report.gathered import REGIMES, Part, counted, gather
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.storage import embedded, manifest
from scmgen.storage.loading.reader import Data
from scmgen.storage.places import place

SAMPLES = 2_000  # of each split
_FEW = 12  # equations that are not folded away

_TRIPLES = (
    "Factual image, counterfactual image with the same noise, and where they differ (brighter is more). Below: "
    "the intervention, then every factor that moved."
)
_PLAYED = " The clips play together, by the bar at the foot of the window."
_MAPS = "How much each pixel changes on average between the two images of a pair; all maps have one scale."
_MOVED = (
    "The mean distance that each factor moves when the row's targets (framed) are set, in standard deviations of the "
    "factor; for categories the share of samples whose level changes. 0 is exact: what is no effect of a target keeps "
    "its value bit for bit."
)
_PAIRS = (
    "The number is the association: Pearson's r between numbers, Cramer's V between categories, the correlation "
    "ratio between both."
)
_ABOVE = " Factual samples are below the diagonal, counterfactual ones above it."
_MARGINALS = "Share of samples, or of the frames of clips, by value, over the range of the factor."
_IMPORTED = (
    "This data set was imported: it has no equations, no noise and no counterfactual images, and nothing to audit."
)


def write(data: Data, out: Path, samples: int = SAMPLES, plugin_files: Sequence[Brought] = ()) -> int:
    """Write the report of a data set and give its bytes.

    Raises:
        ScmgenError: if a file of the data set is missing or was changed, or the report cannot be written, or is called
            what it is not.
    """
    if out.is_dir():
        raise ScmgenError(f"{out}: is a directory; a report is one file, such as {out / 'report.html'}")
    if out.suffix.lower() not in (".html", ".htm"):
        raise ScmgenError(f"{out}: the report is an HTML file; call it {out.with_suffix('.html')}")
    if not out.parent.is_dir():
        raise ScmgenError(f"{out}: no such folder: {out.parent}")
    page = compose(data, samples, plugin_files).encode()
    try:
        place.write(out, page)
    except OSError as error:
        raise ScmgenError(f"{out}: cannot be written: {error.strerror or error}") from None
    return len(page)


def compose(data: Data, samples: int = SAMPLES, plugin_files: Sequence[Brought] = ()) -> str:
    """The report of a data set: one HTML page that holds all it shows, the same text on each run.

    Args:
        data: what :func:`scmgen.load` gives; generated or imported.
        samples: of each split, from its first.
        plugin_files: plug-ins and pictures of a data set that was built with some, for the audit.

    Raises:
        ScmgenError: if a file of the data set is missing or was changed.
    """
    parts = gather(data, samples)
    sections = list(_sections(data, parts, samples, plugin_files))
    links = (element("a", title, href=f"#{_anchor(title)}") for title, _ in sections)
    body = [
        _header(data),
        element("nav", *links, aria_label="Sections"),
        element("main", *(_section(title, content) for title, content in sections)),
        *([film.bar(data.frame.frames)] if data.frame.frames else []),
        element("footer", f"Made by scmgen report from the manifest {data.manifest.digest[:12]}."),
    ]
    return _html(data.name, joined(body, "\n"))


def _header(data: Data) -> Safe:
    known = data.manifest
    lead = [element("p", known.description, class_="lead")] if known.description else []
    cited = [element("p", known.citation, class_="cited")] if known.citation else []
    return element("header", element("h1", data.name), *lead, *cited)


def _sections(
    data: Data, parts: Sequence[Part], samples: int, plugin_files: Sequence[Brought]
) -> Iterator[tuple[str, Safe]]:
    """Titles and contents; what a data set cannot tell is left out."""
    known, first, moves = data.manifest.factors, parts[0], data.frame.frames is not None
    filmed = [part.filmed for part in parts]
    beside = None if tables.differing(data) else "beside facts-first"
    yield "Data set", element("div", tables.facts(data), tables.splits(data), class_=beside)
    yield "Causal graph", _causes(data, parts)
    misleading = bias.section(data, filmed)
    if misleading:
        yield "What misleads", misleading
    if first.steps:
        yield (
            "Counterfactual pairs",
            _steps(first, _TRIPLES + _PLAYED * moves, lambda k: gallery.pairs(known, first, first.steps[k])),
        )
        yield "Effect maps", _steps(first, _MAPS, lambda k: gallery.effects(first, first.steps[k]))
        yield "Effects on factors", _steps(first, _MOVED, lambda k: tables.effects(known, first, first.steps[k]))
        yield "Interventions", joined([_read(samples), tables.interventions(known, parts)])
    yield "Factors", tables.described(known)
    yield "Values", joined([_paragraph(_MARGINALS), marginals.section(known, filmed)])
    if len(known) > 1:
        told = _PAIRS + _ABOVE * bool(first.steps)
        yield "Pairs of factors", joined([_paragraph(told), pairs.section(known, filmed)])
    yield "First images", gallery.first(known, parts)
    yield "Audit", _audit(data, samples, plugin_files)


def _causes(data: Data, parts: Sequence[Part]) -> Safe:
    """The graph, and beside it the equations where there are few."""
    drawn = element("div", graph.section(data, parts))
    equations = data.manifest.recipe.scene.equations
    if not equations:
        return drawn
    few = len(equations) <= _FEW
    listed = element("details", element("summary", "Structural equations"), tables.equations(equations), open=few)
    return element("div", drawn, listed, class_="beside" if few else None)


def _steps(part: Part, intro: str, content: Callable[[int], Safe]) -> Safe:
    """The same of each step of an intervention."""
    shown = [_paragraph(intro)]
    for number, step in enumerate(part.steps):
        if len(part.steps) > 1:
            base = "the factual image" if step.base == FACTUAL else "the step before"
            shown.append(element("h3", f"Step {number + 1}, from {base}"))
        count = len(counted([step], list(part.data.factors)))
        if count > REGIMES:
            shown.append(_paragraph(f"The {REGIMES} most frequent of {count:,} interventions are shown."))
        shown.append(content(number) if count else _paragraph("Nothing is intervened on."))
    return joined(shown)


def _paragraph(text: str) -> Safe:
    return element("p", text, class_="note")


def _read(samples: int) -> Safe:
    return _paragraph(f"Counted over the first {samples:,} samples of each split, or all where there are fewer.")


def _audit(data: Data, samples: int, plugin_files: Sequence[Brought]) -> Safe:
    """What weakens a generated set as a benchmark, from its manifest."""
    if data.manifest.spec is None:
        return element("p", _IMPORTED)
    try:
        plugins.load(plugin_files)
        spec = manifest.spec_of(data.manifest, data.place)
        plugins.require(spec.plugins, embedded.given(data.place, spec, plugin_files), str(data.place))
        done: Audit = examine(compile_spec(spec), max(2, samples))
    except ScmgenError as error:
        return element("p", f"Not audited: {error}.")
    return tables.audit(done)


def _section(title: str, content: Safe) -> Safe:
    return element("section", element("h2", title), content, id=_anchor(title))


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _html(name: str, body: Safe) -> str:
    """A page that may load nothing, and run nothing but its own script."""
    here = "scmgen.publish.report"
    style = resource(here, "report.css") + markup.shown(3 * REGIMES)
    return document(f"{name}: report", body, style, [resource(here, "report.js"), resource(here, "film.js")]).text
