"""The files of questions: what a model is asked, and apart from it what is true.

======================  =====================================================================================
questions/SPLIT.jsonl   a line a question: all that a model may see, beside the images
images/                 PNG files, called after their SHA-256
key.jsonl               a line a question: the answer, and what makes it right; no file of the data set's card
vlm.json                the options, what factors are called, counts, the wording's version, sums of the files
source.json             the manifest of the data set that questions are about
README.md               the card
======================  =====================================================================================
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from scmgen.errors import ScmgenError
from scmgen.publish.exports.vlm import card, counterfactual, graphs, intervention, structure, wording, worlds
from scmgen.publish.exports.vlm.asking import Asking
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.publish.exports.vlm.names import Names, names
from scmgen.publish.exports.vlm.options import Options
from scmgen.publish.exports.vlm.question import Album, Question
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection

FORMAT = 1
QUESTIONS, KEY, SUMMARY = "questions", "key.jsonl", "vlm.json"
_FAMILIES: Mapping[str, Callable[[Asking], Iterator[Question]]] = {
    module.FAMILY: module.questions for module in (structure, intervention, counterfactual)
}


@layout(
    "vlm",
    "questions with images and exact answers, for models that see and read",
    ending="-vlm",
    mark=SUMMARY,
    options=Options,
    made="questions about {} samples",
)
def write(source: Selection, out: Path) -> None:
    """Write questions about each split, and their key.

    Raises:
        ScmgenError: if a family needs equations, pairs or a graph that the data set does not have, labels withhold
            what the key tells, or no question can be asked.
    """
    options: Options = source.options
    _check(source, options)
    called = names(options.names, source.data.manifest.factors, Lots(options.seed))
    (out / QUESTIONS).mkdir(parents=True)
    album, key = Album(out), []
    for split in source.splits:
        asked = list(_questions(source, split, called, album))
        _lines(out / QUESTIONS / f"{split}.jsonl", [each.asked(options.names, _listed(called)) for each in asked])
        key += [each.key() for each in asked]
        source.advance(source.size(split))
    if not key:
        raise ScmgenError(f"{source.data.place}: --to vlm: no question can be asked of so few samples or such images")
    _lines(out / KEY, key)
    source.describe(out)
    summary = _summary(source, called, key, out)
    (out / SUMMARY).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    (out / "README.md").write_text(card.card(source.data.manifest, summary), encoding="utf-8")


def _check(source: Selection, options: Options) -> None:
    """Refuse what the data set does not have or tell."""
    place, manifest = str(source.data.place), source.data.manifest
    if manifest.origin != "generated":
        for family in options.family:
            if family != structure.FAMILY or max(options.shots, default=0):
                raise worlds.refuse(place, family)
    elif manifest.recipe.labels != "whole" and not source.truth:
        raise ScmgenError(f"{place}: --to vlm needs factors_cf, do_mask, which the labels withhold: add --truth")


def _questions(source: Selection, split: str, called: Names, album: Album) -> Iterator[Question]:
    options: Options = source.options
    lots, graph = Lots(options.seed, split), graphs.true(source.data.manifest, split, str(source.data.place))
    if source.data.manifest.origin == "generated":
        known = worlds.drawn(source, split, options.questions, lots)
    else:
        known = worlds.stored(source, split, options.questions)
    asking = Asking(split, options, called, graph, known, lots, album)
    for family in options.family:
        yield from _FAMILIES[family](asking)


def _listed(called: Names) -> list[str]:
    """What factors are called, in an order that tells nothing."""
    return sorted(called.factors.values())


def _summary(source: Selection, called: Names, key: list[dict[str, Any]], out: Path) -> dict[str, Any]:
    options: Options = source.options
    counts = Counter((line["split"], line["family"], line["kind"], line["shots"]) for line in key)
    files = [out / KEY, *(out / QUESTIONS / f"{split}.jsonl" for split in source.splits)]
    told = ("split", "family", "kind", "shots")
    return {
        "format": FORMAT,
        "wording": wording.VERSION,
        "name": source.data.name,
        "source": source.data.manifest.digest,
        "names": options.names,
        "shots": options.shots,
        "asked": options.questions,
        "seed": options.seed,
        "families": options.family,
        "factors": dict(called.factors),
        "questions": [dict(zip(told, which, strict=True)) | {"count": n} for which, n in counts.items()],
        "sha256": {str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    }


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
