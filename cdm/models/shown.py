"""A model in a terminal and in a notebook: what it is, its graph, and its answers as a picture."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor

from cdm.data.images import given
from cdm.models import sheet
from cdm.models.interventions import Do, Intervened
from cdm.scm.codes import Code

_NAMED = 8  # factors of a line
_NODES = 20  # of a graph that is drawn
_LETTERS = 40  # of a name
_FONT = 'font-family="monospace" fill="currentColor"'


class Answering(Protocol):
    """What a model is to whoever shows it."""

    code: Code
    size: int

    @property
    def name(self) -> str:
        """Of its kind."""

    @property
    def graph(self) -> Tensor | None:
        """Its adjacency; None if it has no graph."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    def parameters(self) -> Iterator[Tensor]:
        """Its weights."""

    def do(self, values: Do, *, allow_ood: bool = False) -> Intervened:
        """The model under a do."""

    def counterfactual(self, images: Any, do: Do, *, allow_ood: bool = False) -> Tensor:
        """What images would have been."""


class Shown:
    """What a model shows of itself."""

    def __repr__(self: Answering) -> str:
        return f"<Model {self.name}: {'; '.join(_facts(self).values())}>"

    def _repr_html_(self: Answering) -> str:
        """A table of facts and the graph; nothing is computed."""
        left = 'style="text-align:left"'
        cells = "".join(
            f"<tr><th {left}>{name}</th><td {left}>{html.escape(fact)}</td></tr>" for name, fact in _facts(self).items()
        )
        drawn = self.graph is not None and len(self.code.factors) <= _NODES
        picture = svg(self.code.names, _edges(self)) if drawn else ""
        return f"<div><strong>Model {html.escape(self.name)}</strong><table>{cells}</table>{picture}</div>"

    def show(self: Answering, images: Any, do: Do | None = None, *, allow_ood: bool = False) -> Image.Image:
        """Draw images, and below them what they would have been under ``do``, as one picture.

        A notebook shows what is returned, ``.show()`` opens it and ``.save("x.png")`` keeps it.

        Args:
            images: ``(n, 3, size, size)`` from -1 to 1, or bytes ``(n, size, size, 3)`` as data sets have them.
            do: values by factor, a level by its name or number.
            allow_ood: let values leave their ranges.

        Raises:
            CdmError: if the model answers no counterfactuals, or the do does not fit.
        """
        taken = given(images, self.device)
        rows = [("factual", taken)]
        if do:
            done = self.do(do, allow_ood=allow_ood).values
            factors = {name: self.code.factors[self.code.index(name)] for name in done}
            lines = ",\n".join(f"{name} = {factors[name].domain.spell(value)}" for name, value in done.items())
            rows.append((f"do({lines})", self.counterfactual(taken, done)))
        return sheet.grid(rows)


def svg(names: Sequence[str], edges: Sequence[tuple[int, int]]) -> str:
    """A graph as SVG: names on a circle, an arrow from each cause to its effect."""
    words, side = [_cut(name, _LETTERS) for name in names], 100 + 24 * len(names)
    width = side + 8 * max(map(len, words), default=0)
    at = [(width / 2 + 0.4 * side * x, side / 2 + 0.4 * side * y) for x, y in _circle(len(names))]
    head = '<marker id="cdm-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    lines = "".join(_arrow(*((*at[k], words[k]) for k in edge)) for edge in edges)
    texts = "".join(
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" font-size="13">{html.escape(word)}</text>'
        for word, (x, y) in zip(words, at, strict=True)
    )
    marker = f'<defs>{head}<path d="M0 0L8 4L0 8Z" fill="#777783"/></marker></defs>'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{side}" {_FONT}>'
    return f"{opened}{marker}{lines}{texts}</svg>"


def _circle(count: int) -> list[tuple[float, float]]:
    turns = [2 * math.pi * k / max(1, count) for k in range(count)]
    return [(math.sin(turn), -math.cos(turn)) for turn in turns]


def _arrow(start: tuple[float, float, str], end: tuple[float, float, str]) -> str:
    """A line between two names that touches neither: it ends at the boxes about them."""
    (x, y, cause), (u, v, effect) = start, end
    a, b = _outside(u - x, v - y, cause), 1 - _outside(u - x, v - y, effect)
    places = (x + a * (u - x), y + a * (v - y), x + b * (u - x), y + b * (v - y))
    ends = " ".join(f'{name}="{place:.0f}"' for name, place in zip(("x1", "y1", "x2", "y2"), places, strict=True))
    return f'<line {ends} stroke="#777783" stroke-width="1.5" marker-end="url(#cdm-tip)"/>'


def _outside(dx: float, dy: float, word: str) -> float:
    """The share of a way at which it leaves the box about the word that it starts from."""
    wide, high = 4 * len(word) + 8, 14
    return min(wide / abs(dx) if dx else math.inf, high / abs(dy) if dy else math.inf, 0.45)


def _edges(model: Answering) -> list[tuple[int, int]]:
    return [] if model.graph is None else [(int(a), int(b)) for a, b in (model.graph > 0).nonzero().tolist()]


def _facts(model: Answering) -> dict[str, str]:
    names, edges = model.code.names, _edges(model)
    facts = {
        "images": f"{model.size} px",
        "factors": _listed(names),
        "size": f"{sum(weights.numel() for weights in model.parameters()):,} weights",
    }
    if model.graph is not None:
        facts["graph"] = _listed([f"{names[a]} -> {names[b]}" for a, b in edges]) or "no edges"
    return facts


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _NAMED
    return ", ".join(_cut(word, 3 * _LETTERS) for word in words[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _cut(word: str, most: int) -> str:
    """A word in one line, which a stranger may have written."""
    word = " ".join(word.split())
    return word if len(word) <= most else f"{word[: most - 1]}…"
