"""The report as one HTML file: nothing is loaded, nothing runs, and whatever a model wrote stays words."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cdm.foundation.imagine import Answer, Imagined
from cdm.foundation.pictures import data_url
from cdm.foundation.protocols import Edit, Picture
from cdm.foundation.report import graph
from cdm.foundation.semantic import SemanticSCM

_LARGE = 640  # pixels of the longer side of a picture in the page
_SMALL = 160  # up to which pixels are drawn as squares
_ROLES = {"target": "set", "moved": "follows", "": "stays"}


def page(sections: Sequence[str], lead: str, failed: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """The whole file.

    Args:
        sections: what is shown, of :func:`section`.
        lead: what all of it is, in words.
        failed: pictures of which nothing is shown, and why.
        settings: what else is told, plain values.
    """
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    policy = f"default-src 'none'; img-src data:; style-src '{_sum(style)}'; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>What would have been</title><style>{style}</style>'
    )
    body = "\n".join(
        [
            graph.tips(),
            f"<header><h1>What would have been</h1><p class='lead'>{_words(lead)}</p></header>",
            *sections,
            *_failures(failed),
            _details("Scores over all pictures", settings.get("scores", {})),
            _details("How it was made", {name: told for name, told in settings.items() if name != "scores"}),
        ]
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def section(each: Imagined) -> str:
    """One picture and all that was asked about it."""
    inner = [f"<h2>{_words(each.name)}</h2>", *(_article(each, answer) for answer in each.answers)]
    if not each.answers:
        shown = f"<div class='pictures'>{_figure(each.image, 'as it is; no intervention was asked about')}</div>"
        inner.append(f"<article>{shown}{_drawn(graph.svg(each.scm))}</article>")
    return f"<section>{''.join(inner)}</section>"


def _article(each: Imagined, answer: Answer) -> str:
    told, drawn = answer.manipulation, answer.generated
    shown = [_figure(each.image, "as it is")]
    if drawn:
        shown.append(_figure(drawn.image, "as it would have been"))
    if answer.truth is not None:
        shown.append(_figure(answer.truth, "as it truly would have been"))
    if drawn:
        masks = "".join(_figure(_grey(mask), f"where: {name}") for name, mask in drawn.masks.items())
        shown += [f"<div class='masks'>{masks}</div>"] if masks else []
    parts = [
        f"<h3>do({_words(told.target.concept)} = {_words(told.target.after)})</h3>",
        f"<div class='pictures'>{''.join(shown)}</div>",
        _drawn(graph.svg(each.scm, told)),
        _states(each.scm, told.edits),
        f"<blockquote>{_words(told.prompt)}</blockquote>",
        _table(dict(flat({**answer.scores, **each.scores}))),
    ]
    return f"<article>{''.join(parts)}</article>"


def _states(scm: SemanticSCM, edits: Sequence[Edit]) -> str:
    """What became of each concept."""
    moved = {edit.concept: edit for edit in edits}
    rows = []
    for concept in scm.concepts:
        edit = moved.get(concept.name)
        kind = "" if edit is None else "target" if edit is edits[0] else "moved"
        cells = (concept.value, edit.after if edit else concept.value, _ROLES[kind], edit.phrase if edit else "")
        values = "".join(
            f"<td{' class=role' if place == 2 else ''}>{_words(cell)}</td>" for place, cell in enumerate(cells)
        )
        rows.append(f"<tr class='{kind}'><th scope='row'>{_words(concept.name)}</th>{values}</tr>")
    heads = "".join(f"<th scope='col'>{head}</th>" for head in ("concept", "was", "would be", "", "to be drawn"))
    return f"<div class='wide'><table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def _figure(image: Picture, caption: str) -> str:
    small = " class='small'" if max(image.shape[:2]) <= _SMALL else ""
    said, source = _words(caption), data_url(image, _LARGE)
    return f"<figure><img{small} src='{source}' alt='{said}'><figcaption>{said}</figcaption></figure>"


def _grey(mask: NDArray[np.float32]) -> Picture:
    shade = (np.clip(mask, 0, 1) * 255).round().astype(np.uint8)
    return np.repeat(shade[..., None], 3, axis=-1)


def _drawn(svg: str) -> str:
    return f"<div class='drawn'>{svg}</div>"


def _failures(failed: Mapping[str, str]) -> Iterator[str]:
    for name, why in failed.items():
        yield f"<section><h2>{_words(name)}</h2><p class='failed'>{_words(why)}</p></section>"


def flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """The numbers and words of a nested table, by the way to each."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}{name}, ")
        elif value is not None and value != []:
            yield f"{path}{name}", f"{value:.4g}" if isinstance(value, float) else _listed(value)


def _listed(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in value)
    return str(value)


def _table(rows: Mapping[str, str]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><th scope='row'>{_words(name)}</th><td>{_words(told)}</td></tr>" for name, told in rows.items()
    )
    return f"<details><summary>Scores</summary><div class='wide'><table><tbody>{cells}</tbody></table></div></details>"


def _details(title: str, told: Mapping[str, Any]) -> str:
    if not told:
        return ""
    text = json.dumps(told, indent=2, ensure_ascii=False)
    return f"<details><summary>{title}</summary><pre>{_words(text)}</pre></details>"


def _words(text: str) -> str:
    return html.escape(text, quote=True)


def _sum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
