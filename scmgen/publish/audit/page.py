"""An audit as a report with plots: one self-contained HTML file, or Markdown with a folder of pictures."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import numpy as np

from scmgen.checks.audit.audit import Audit
from scmgen.checks.audit.findings import Finding, verdict
from scmgen.errors import ScmgenError
from scmgen.publish import markdown
from scmgen.publish.markup import Safe, element, joined, table, themed
from scmgen.publish.pages.document import document
from scmgen.scene.domain import Categorical, Continuous, Domain
from scmgen.scm.graph_picture.picture import svg
from scmgen.scm.vocabulary import Array
from scmgen.storage.places import place

SUFFIXES = (".html", ".md")

_TRAVERSALS = "One sample under a do on each factor, from low to high, all noise kept: effects follow their cause."
_ENDS = " Of a clip the last frame is shown, after a do in all of its frames."
_ASSOCIATION = (
    "Pearson's r between numbers, Cramer's V between categories, the correlation ratio between both; "
    "circular factors enter by sine and cosine."
)

_STYLE = """
.plotted img { max-width: max(100%, 40rem); height: auto; display: block; } header .note { margin-top: 0.6rem; }
"""
_DPI = 150  # of the plots, of which a page shows 96


@dataclass(frozen=True)
class Heading:
    """A line above what follows."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A picture with a name (of its file) and a caption: a PNG and the same for dark pages, or an SVG as text."""

    name: str
    caption: str
    content: bytes | str
    dark: bytes = b""

    @property
    def file(self) -> str:
        """The name of its file, with the suffix."""
        return f"{self.name}.{'svg' if isinstance(self.content, str) else 'png'}"


Block: TypeAlias = Heading | Table | Picture | str


def check(out: Path) -> None:
    """Raise unless a report can be written there: before the work, not after it.

    Raises:
        ScmgenError: if the suffix is no report's, the folder is missing, or matplotlib is.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise ScmgenError(f"{out}: a report is {' or '.join(SUFFIXES)}, by its suffix; found {out.suffix or 'none'!r}")
    if not out.parent.is_dir():
        raise ScmgenError(f"{out}: no such folder: {out.parent}")
    if importlib.util.find_spec("matplotlib") is None:
        raise ScmgenError("a report's plots need matplotlib; pip install 'scmgen[report]' (without -o none is needed)")


def write(audit: Audit, out: Path) -> None:
    """Write the report, the format by the suffix; Markdown keeps its pictures in ``NAME_files/`` beside it.

    Raises:
        ScmgenError: if it cannot be written.
    """
    check(out)
    title, blocks = f"Audit of {audit.dataset.spec.name}", compose(audit)
    try:
        if out.suffix.lower() == ".html":
            place.write(out, to_html(title, blocks).encode())
            return
        folder = out.with_name(f"{out.stem}_files")
        folder.mkdir(exist_ok=True)
        for block in blocks:
            if isinstance(block, Picture):
                content = block.content
                place.write(folder / block.file, content.encode() if isinstance(content, str) else content)
        place.write(out, to_markdown(title, blocks, folder.name).encode())
    except OSError as error:
        raise ScmgenError(f"{error.filename or out}: cannot be written: {error.strerror}") from None


@np.errstate(all="ignore")
def compose(audit: Audit) -> list[Block]:
    """The report, as blocks of text, tables and pictures."""
    from scmgen.publish.audit import plots

    spec = audit.dataset.spec
    sizes = ", ".join(f"{split} {size:,}" for split, size in audit.sizes.items())
    sorting = ", ".join(f"{name} {figure:.2f}" for name, figure in audit.sortability.items())
    blocks: list[Block] = [
        f"{audit.summary}. Sampled with seed {spec.seed} at {spec.frame.px}: {sizes}. Spec {spec.hash[:12]}.",
        Heading("Checks"),
        checks(audit),
    ]
    if audit.findings:
        blocks += [Heading("Findings"), findings(audit)]
    blocks += [
        Heading("Factor graph"),
        Picture("graph", "Causes above; a dashed line is a hidden common cause.", _drawn(audit)),
        *([f"{sorting} (0.5 tells nothing of the causal order; 0 and 1 betray it)."] if sorting else []),
        Heading("What each factor does"),
        _plot("traversals", _TRAVERSALS + (_ENDS if spec.frame.frames else ""), plots.traversals, audit),
        _visibility(audit),
        Heading("Observed values"),
        _plot("marginals", "Over the declared range, which is shaded.", plots.marginals, audit),
        _factors(audit),
        Heading("Association"),
        _plot("association", _ASSOCIATION, plots.correlations, audit),
    ]
    if spec.interventions:
        caption = "Values that interventions gave their targets, over the declared range."
        blocks += [Heading("Reach of the interventions"), _plot("support", caption, plots.support, audit)]
    return blocks


def _plot(name: str, caption: str, draw: Callable[..., bytes], audit: Audit) -> Picture:
    from scmgen.publish.audit.plots import DARK, LIGHT

    return Picture(name, caption, draw(audit, LIGHT), draw(audit, DARK))


def _drawn(audit: Audit) -> str:
    return svg(audit.dataset.scene.factor_graph, title=f"Causal graph of {audit.dataset.spec.name}")


def checks(audit: Audit) -> Table:
    """What each check looked at, and its verdict in a word."""
    rows = []
    for name, meaning in ((name, check.meaning) for name, check in audit.checks.items()):
        findings = [finding for finding in audit.findings if finding.check == name]
        rows.append((verdict(findings, audit.counts[name]), name, f"{audit.counts[name]:,}", meaning))
    return Table(("", "check", "looked at", "what it asks"), rows)


def findings(audit: Audit) -> Table:
    """What was found, the gravest first within a check."""
    rows = [(finding.severity, finding.check, str(finding), _waiver(finding)) for finding in audit.findings]
    return Table(("", "check", "what was found", "waived"), rows)


def _waiver(finding: Finding) -> str:
    return f"{finding.condition}: {finding.reason}" if finding.reason else ""


def _visibility(audit: Audit) -> Table:
    rows = [
        (name, f"{seen.far:.1%}", "" if seen.near is None else f"{seen.near:.1%}", f"{seen.pixels:.1%}")
        for name, seen in audit.visibility.items()
    ]
    return Table(("factor", "far moves unseen", "near moves unseen", "pixels that a near move changes"), rows)


def _factors(audit: Audit) -> Table:
    rows = []
    for name, factor in audit.dataset.scene.factors.items():
        for population in audit.populations:
            seen = _observed(factor.domain, population.values[name])
            row = name, factor.domain.kind, factor.unit, str(factor.domain), " + ".join(population.splits), seen
            rows.append(row)
    return Table(("factor", "type", "unit", "domain", "splits", "observed"), rows)


def _observed(domain: Domain, values: Array) -> str:
    if isinstance(domain, Categorical):
        return ", ".join(f"{level} {np.mean(values == k):.1%}" for k, level in enumerate(domain.levels))
    middle = f", mean {values.mean():.4g}, deviation {values.std():.4g}" if isinstance(domain, Continuous) else ""
    return f"{values.min():.4g} to {values.max():.4g}{middle}"


def to_html(title: str, blocks: Sequence[Block]) -> str:
    """One file, pictures and all, that loads nothing from anywhere."""
    parts: list[list[Safe]] = [[]]
    for block in blocks:
        if isinstance(block, Heading):
            parts.append([])
        parts[-1].append(_html(block))
    lead, *sections = (joined(part) for part in parts)
    main = element("main", *(element("section", section) for section in sections))
    return document(title, joined([element("header", element("h1", title), lead), main]), _STYLE).text


def _html(block: Block) -> Safe:
    match block:
        case str():
            return element("p", block, class_="note")
        case Heading(text):
            return element("h2", text)
        case Picture(name, caption, content, dark):
            told = element("p", caption, class_="note")
            if isinstance(content, str):
                return joined([element("div", Safe(content), class_="drawn"), told])
            shown = themed(content, dark, name, int.from_bytes(content[16:20], "big") * 96 // _DPI)
            labels = {"role": "region", "aria_label": name, "tabindex": "0"}
            return joined([element("div", shown, class_="wide plotted", **labels), told])
        case Table():
            return verdicts(block, "findings") if block.header[0] == "" else table(block.header, block.rows, "values")


def verdicts(told: Table, label: str) -> Safe:
    """A table whose first column is a verdict, in its colour."""
    return table(["verdict", *told.header[1:]], map(_verdict, told.rows), label)


def _verdict(row: Sequence[str]) -> Sequence[str]:
    return (element("td", element("span", row[0], class_=f"verdict {row[0].lower().strip('-')}")), *row[1:])


def to_markdown(title: str, blocks: Sequence[Block], folder: str) -> str:
    """Text that shows pictures from ``folder`` beside it."""
    return "\n\n".join([f"# {markdown.line(title)}", *(_markdown(block, folder) for block in blocks)]) + "\n"


def _markdown(block: Block, folder: str) -> str:
    match block:
        case str():
            return markdown.words(block)
        case Heading(text):
            return f"## {markdown.line(text)}"
        case Picture(name, caption):
            return f"![{name}]({quote(folder)}/{block.file})\n\n{markdown.words(caption)}"
        case Table(header, rows):
            return markdown.table(header, [[markdown.line(cell) for cell in row] for row in rows])
