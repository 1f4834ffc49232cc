"""The data set card: a README that people read and whose YAML makes ``load_dataset(dir)`` find the tars."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from scmgen.checks.audit.audit import Audit
from scmgen.checks.audit.findings import verdict
from scmgen.dataset.identity import Origin
from scmgen.dataset.interventions.steps import spell
from scmgen.dataset.members import TWIN
from scmgen.publish import card_tables
from scmgen.publish.markdown import code, fenced, line, table, words
from scmgen.scm.graph import lagging
from scmgen.storage.manifest import Manifest

AUDITED = 10_000  # samples from which on a card tells the whole audit, images too

_FINDINGS, _NAMED = 8, 12  # findings and factors that a card spells out
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_WITHHELD = {
    "whole": "",
    "targets": "Labels tell the targets of an intervention and withhold the rest (`*.truth.jsonl`).",
    "hidden": "Labels withhold everything about the intervention (`*.truth.jsonl`).",
}
# https://huggingface.co/docs/hub/repositories-licenses
_LICENSES = frozenset(
    "apache-2.0 mit afl-3.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 "
    "cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 "
    "cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 "
    "cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 agpl-3.0 gfdl gpl-2.0 "
    "gpl-3.0 lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 odc-by odbl osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib "
    "pddl unknown".split()
)
_FAMILIES = {"odc-by-1.0": "odc-by", "odbl-1.0": "odbl", "pddl-1.0": "pddl"}


@dataclass(frozen=True)
class _Said:
    """What a card says of every data set of one origin.

    Attributes:
        header: further keys of the YAML that the Hugging Face Hub reads.
        tags: further tags there.
        origin: where the images come from.
        graph: a sentence on where the graph comes from.
        not_for: what the data set must not be used for.
        made: how it was made; its braces stand for the hash of the spec.
    """

    header: Mapping[str, list[str]]
    tags: tuple[str, ...]
    origin: str
    graph: str
    not_for: str
    made: str


_GENERATED = _Said(
    {"annotations_creators": ["machine-generated"], "source_datasets": ["original"]},
    ("synthetic",),
    "generated from equations",
    "",
    """\
- As evidence that a method works on photographs: the scenes are drawn, and simple on purpose.
- To judge causal discovery from the labels alone where the audit says that a statistic betrays the causal order.
- To choose a model on the test split that is then reported.
- To decide anything about people or places: none is depicted.""",
    "Spec `{}`. `manifest.json` holds the whole scene: every latent and every image can be recomputed from it, and "
    "`scmgen verify` does.",
)
_IMPORTED = _Said(
    {},
    (),
    "imported from files; not generated",
    " The graph was given with the images; it is not derived from data.",
    """\
- As ground truth of counterfactuals: there are none here, and no noise; only observations.
- As evidence of causes: the graph, if there is one, is somebody's claim.
- For whatever the source of the images forbids. Consent, privacy and fairness are those of the source: if people are
  shown, or labels describe them, look there before you train or publish anything.""",
    "`scmgen import` cut these shards from images and a table; `scmgen verify` checks their sums.",
)
_SAID: Mapping[Origin, _Said] = {"generated": _GENERATED, "imported": _IMPORTED}


def readme(manifest: Manifest, audit: Audit | str = "") -> str:
    """Write the card of a data set.

    Args:
        manifest: of the data set, generated or imported.
        audit: of its spec, or why there is none.
    """
    said = _SAID[manifest.origin]
    title = f"---\n{yaml.safe_dump(_header(manifest), sort_keys=False, width=1000)}---\n\n# {words(manifest.name)}"
    sections = [
        title,
        words(manifest.description),
        _facts(manifest),
        _sheet(manifest),
        "## Load it\n\n" + _loading(manifest),
        "## Factors\n\n" + card_tables.factors(manifest),
        "## Causal graph\n\n" + _graph(manifest),
        _titled("Equations", _equations(manifest)),
        "## Splits\n\n" + card_tables.splits(manifest),
        _titled("Environments", card_tables.environments(manifest)),
        _titled("Interventions", _interventions(manifest)),
        _titled("Audit", _audit(audit)),
        _titled("What it does not promise", _waived(manifest)),
        "## What it is not for\n\n" + said.not_for,
        "## Licence and citation\n\n" + _citation(manifest),
        "## How it was made\n\n" + _made(manifest),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def license_id(spdx: str) -> dict[str, str]:
    """The licence as the Hugging Face Hub knows it: its identifier, or ``other`` and the name."""
    lower = re.sub(r"-(only|or-later)$", "", spdx.strip().lower())
    known = _FAMILIES.get(lower, lower) or "unknown"
    return {"license": known} if known in _LICENSES else {"license": "other", "license_name": spdx.strip()}


def _header(manifest: Manifest) -> dict[str, Any]:
    name, n, paired = manifest.name, manifest.samples, TWIN.suffix in manifest.members
    said = _SAID[manifest.origin]
    files = [{"split": split, "path": f"{name}-{split}-*.tar"} for split in manifest.splits]
    tasks = ["image-to-image"] * paired + ["image-feature-extraction", "unconditional-image-generation"]
    return {
        **license_id(manifest.license),
        "pretty_name": name,
        **said.header,
        "size_categories": [next((text for limit, text in _SIZES if n < limit), "1M<n<10M")],
        "task_categories": tasks,
        "tags": ["causality", *(["counterfactual"] * paired), *said.tags, "webdataset"],
        "configs": [{"config_name": "default", "data_files": files}],
    }


def _titled(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _facts(manifest: Manifest) -> str:
    """What everybody asks first, as a table without a header."""
    worlds = sum(member.startswith(".image") for member in manifest.members)
    pairs = {1: "images", 2: "pairs of a factual image and its true counterfactual under the same noise"}
    what = pairs.get(worlds, f"factual images, each with a chain of {worlds - 1} true counterfactuals")
    if manifest.frames is not None:
        what = f"{what.replace('image', 'clip')}, each of {manifest.frames} frames"
    said = _SAID[manifest.origin]
    rows = [
        ("samples", f"{manifest.samples:,} {what}, {manifest.frame} pixels{', grey' * manifest.frame.grey}"),
        ("in a sample", ", ".join(code(member[1:]) for member in manifest.members)),
        ("factors", _names(list(manifest.factors))),
        ("labels", _WITHHELD[manifest.recipe.labels]),
        ("version", str(manifest.version)),
        ("licence", words(manifest.license)),
        ("origin", said.origin),
    ]
    return table(("", "  "), [(f"**{name}**", text) for name, text in rows if text])


def _names(factors: list[str]) -> str:
    more = f" and {len(factors) - _NAMED} more" if len(factors) > _NAMED else ""
    return f"{len(factors)}: {', '.join(map(code, factors[:_NAMED]))}{more}"


def _sheet(manifest: Manifest) -> str:
    alt = "Factual images beside their counterfactuals" if manifest.targets else "Some of the images"
    return f"![{alt}](sheet.png)"


def _loading(manifest: Manifest) -> str:
    name, split = manifest.name, next(iter(manifest.splits))
    shards = [shard.name for shard in manifest.of_split(split)]
    first, last = (re.sub(r".*-(\d{6})\.tar$", r"\1", shard) for shard in (shards[0], shards[-1]))
    numbers = first if first == last else f"{{{first}..{last}}}"
    lines = [
        "import scmgen",
        f'data = scmgen.load("{name}")  # this directory, or its URL',
        f'labels = data.labels("{split}")  # xarray: a variable a factor, with its unit',
        f'images = data.images("{split}")  # {_shape(manifest)} uint8, decoded when indexed',
        "graph = data.graph  # networkx" if manifest.graph else "",
    ]
    ours = "```python\n" + "\n".join(line for line in lines if line) + "\n```"
    theirs = (
        f'Without scmgen: `datasets.load_dataset("{name}")`, '
        f'`webdataset.WebDataset("{name}/{name}-{split}-{numbers}.tar")`, or anything that reads tar, PNG and JSON.'
    )
    return f"{ours}\n\n{theirs}"


def _shape(manifest: Manifest) -> str:
    return f"(n, {', '.join(map(str, manifest.frame.shape))})"


def _graph(manifest: Manifest) -> str:
    if manifest.graph is None:
        return "Not known: none was given with the images."
    links = manifest.graph.factors.edges
    arrows = {"directed": "->", "bidirected": "<->"}
    lines = [f"{lagging(link.source, link.lag)} {arrows[link.kind]} {link.target}" for link in links] or ["no edges"]
    hidden = any(link.kind == "bidirected" for link in links)
    order = "Causes above their effects" if manifest.frames is None else "Time runs from left to right"
    legend = order + ("; a dashed line is a hidden common cause." if hidden else ".")
    listed = "\n".join(html.escape(line) for line in lines)
    text = f"<details><summary>As text</summary>\n\n<pre>\n{listed}\n</pre>\n\n</details>"
    return f"![The causal graph over the factors](graph.svg)\n\n{legend}{_SAID[manifest.origin].graph}\n\n{text}"


def _equations(manifest: Manifest) -> str:
    if not manifest.recipe.scene.equations:
        return ""
    intro = (
        "Every variable is computed from those that its equation names and from at most one noise. A **factor** is "
        "what a model should recover; a nuisance is drawn and is none; a helper has no noise; a hidden cause is no "
        "factor and moves some."
    )
    return "\n\n".join(filter(None, (intro, card_tables.equations(manifest), card_tables.parameters(manifest))))


def _interventions(manifest: Manifest) -> str:
    """The steps as the command line takes them, and how many samples each target has."""
    steps = manifest.recipe.interventions
    if not steps:
        return ""
    again = " Each step goes on from the one before, unless it says `base=factual`." if len(steps) > 1 else ""
    notation = f"`--interventions '{spell(steps)}'`, in the notation of `scmgen build`.{again}"
    return f"{notation}\n\n{card_tables.interventions(manifest)}"


def _audit(audit: Audit | str) -> str:
    if isinstance(audit, str):
        return words(audit)
    verdicts = {
        name: verdict([f for f in audit.findings if f.check == name], audit.counts[name]) for name in audit.checks
    }
    ran = {name: word for name, word in verdicts.items() if word != "-"}
    passed = sum(word == "ok" for word in ran.values())
    samples = sum(audit.sizes.values())
    what = "checks" if audit.visibility else "checks of equations and numbers"
    outcome = f"{len(ran)} {what}, on {samples:,} samples: {passed} passed without a word; in all {audit.summary}."
    findings = sorted(audit.findings, key=lambda f: ("fault", "waived", "note").index(f.severity))
    lines = [
        f"- {'**FAULT**' if f.severity == 'fault' else f.severity}, {code(f.check)}: {line(str(f))}" for f in findings
    ]
    more = len(lines) - _FINDINGS
    lines = [*lines[:_FINDINGS], *([f"- and {more} more"] if more > 0 else [])]
    drawn = bool(audit.visibility)
    rest = "" if drawn else f" Cards of {AUDITED:,} samples and more also tell what the checks of images found."
    how = f"`scmgen audit DIR -o audit.html` runs every check on this directory, with plots.{rest}"
    return "\n\n".join(filter(None, (outcome, "\n".join(lines), how)))


def _waived(manifest: Manifest) -> str:
    return "\n".join(f"- **{line(name)}**: {line(reason)}" for name, reason in manifest.waives.items())


def _citation(manifest: Manifest) -> str:
    """Whom to cite: the source, and what made the data set."""
    source = manifest.citation.strip()
    given = fenced(source, "bibtex") if source.startswith("@") else words(source)
    entries = [_bibtex("software", "scmgen", "scmgen: image data sets whose causes are known", _by(manifest))]
    if manifest.spec_hash:
        note = f"version {manifest.version}, spec {manifest.spec_hash[:12]}"
        entries.insert(0, _bibtex("misc", manifest.name, f"The causal image data set {manifest.name}", note))
    ours = "```bibtex\n" + "\n".join(entries) + "\n```"
    return "\n\n".join(filter(None, (f"Licence: {words(manifest.license)}.{_embedded(manifest)}", given, ours)))


def _embedded(manifest: Manifest) -> str:
    """The licences of the pictures that stand beside the shards."""
    embeds = manifest["spec"].get("embeds", {}) if manifest.spec else {}
    return "".join(f" The pictures `{line(name)}` beside the shards: {line(of)}." for name, of in embeds.items())


def _by(manifest: Manifest) -> str:
    return f"version {manifest.software.get('scmgen', 'unknown')}"


def _bibtex(kind: str, key: str, title: str, note: str) -> str:
    return f"@{kind}{{{key},\n  title = {{{title}}},\n  author = {{{{The scmgen authors}}}},\n  note = {{{note}}}\n}}"


def _made(manifest: Manifest) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in manifest.software.items())
    return f"{_SAID[manifest.origin].made.format(manifest.spec_hash)}\n\nMade with: {words(versions)}."
