"""A semantic SCM as a picture: a box a concept, causes left of effects, what an intervention changed marked."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdm.foundation.protocols import Manipulation
from cdm.foundation.semantic import SemanticSCM

_HIGH, _GAP, _APART = 46, 18, 64  # of a box, between boxes of a column, between columns
_LETTER, _EDGE = 7.3, 24  # pixels of a letter, and what a box has beside its letters
_LONG = 26  # letters of a line
_BEND = 0.5


_THIN = 8  # of the place where an edge passes a column
_Slot = str | tuple[str, str]  # a concept, or an edge that passes between the boxes of a column


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    high: float = _HIGH

    @property
    def start(self) -> tuple[float, float]:
        """Where edges begin."""
        return self.x + self.width, self.y + self.high / 2

    @property
    def end(self) -> tuple[float, float]:
        """Where edges end."""
        return self.x, self.y + self.high / 2


def svg(scm: SemanticSCM, manipulation: Manipulation | None = None) -> str:
    """The graph, and what a manipulation makes of it, as SVG; its colours are classes of the page."""
    after = {edit.concept: edit.after for edit in manipulation.edits} if manipulation else {}
    target = manipulation.target.concept if manipulation else None
    words = {each.name: (each.name, _value(each.value, after.get(each.name))) for each in scm.concepts}
    columns = _columns(scm)
    boxes, width, height = _placed(columns, words)
    lit = {(a, b): a in after and b in after and b != target for a, b in scm.edges}
    edges = "".join(
        _edge([box for column in boxes for slot, box in column.items() if slot in (*edge, edge)], lit[edge])
        for edge in sorted(scm.edges, key=lambda edge: lit[edge])  # those that lead on lie above
    )
    kinds = {name: "target" if name == target else "moved" if name in after else "" for name in words}
    drawn = "".join(
        _drawn(box, words[slot], kinds[slot])
        for column in boxes
        for slot, box in column.items()
        if isinstance(slot, str)
    )
    label = html.escape(", ".join(f"{a} causes {b}" for a, b in scm.edges) or "no edges", quote=True)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<svg class="graph" role="img" aria-label="{label}" {size}>{edges}{drawn}</svg>'


def tips() -> str:
    """The ends of edges, which a page has once for all its graphs."""
    kinds = (("tip", "tip"), ("tip-on", "tip on"))
    box = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
    drawn = "".join(
        f'<marker id="{name}" {box}><path class="{kind}" d="M0 0L8 4L0 8Z"/></marker>' for name, kind in kinds
    )
    return f'<svg class="tips" width="0" height="0" aria-hidden="true"><defs>{drawn}</defs></svg>'


def _columns(scm: SemanticSCM) -> list[list[_Slot]]:
    """Concepts by the length of the longest way to them, and the edges that pass; all in the order of their causes."""
    depth: dict[str, int] = {}
    for name in scm.order:
        depth[name] = 1 + max((depth[cause] for cause in scm.parents(name)), default=-1)
    columns: list[list[_Slot]] = []
    before: dict[_Slot, float] = {}
    for k in range(1 + max(depth.values(), default=0)):
        there: list[_Slot] = [name for name in scm.names if depth[name] == k]
        there += [(a, b) for a, b in scm.edges if depth[a] < k < depth[b]]
        entered = {slot: [before[way] for way in _ways(scm, slot) if way in before] for slot in there}
        columns.append(sorted(there, key=lambda slot: _mean(entered[slot])))
        before = {slot: (row + 0.5) / len(there) for row, slot in enumerate(columns[-1])}
    return columns


def _ways(scm: SemanticSCM, slot: _Slot) -> list[_Slot]:
    """By what a slot may be entered from the column before: a cause itself, or its edge, which passes there."""
    edges = [(cause, slot) for cause in scm.parents(slot)] if isinstance(slot, str) else [slot]
    return [way for cause, effect in edges for way in (cause, (cause, effect))]


def _placed(
    columns: Sequence[Sequence[_Slot]], words: Mapping[str, tuple[str, str]]
) -> tuple[list[dict[_Slot, _Box]], float, float]:
    """A box for each slot of each column, and the size of the whole."""
    highs = [[_HIGH if isinstance(slot, str) else _THIN for slot in column] for column in columns]
    height = max((sum(high) + _GAP * (len(high) + 1) for high in highs), default=_GAP)
    boxes, x = [], 2.0
    for column, high in zip(columns, highs, strict=True):
        names = [slot for slot in column if isinstance(slot, str)]
        width = max((_EDGE + _LETTER * max(map(len, map(_cut, words[name]))) for name in names), default=0.0)
        top, placed = (height - sum(high) - _GAP * (len(high) - 1)) / 2, {}
        for slot, tall in zip(column, high, strict=True):
            placed[slot] = _Box(x, top, width, tall)
            top += tall + _GAP
        boxes.append(placed)
        x += width + _APART
    return boxes, x - _APART + 2, height


def _edge(way: Sequence[_Box], on: bool) -> str:
    """A line from box to box, through the places where it passes others."""
    path = f"M{way[0].start[0]:.1f} {way[0].start[1]:.1f}"
    for cause, effect in itertools.pairwise(way):
        (x, y), (u, v) = cause.start, effect.end
        bend = _BEND * (u - x)
        path += f"C{x + bend:.1f} {y:.1f} {u - bend:.1f} {v:.1f} {u:.1f} {v:.1f}"
        path += f"L{effect.start[0]:.1f} {v:.1f}" if effect is not way[-1] else ""
    tip, kind = ("tip-on", "edge on") if on else ("tip", "edge")
    return f'<path class="{kind}" marker-end="url(#{tip})" d="{path}"/>'


def _drawn(box: _Box, words: tuple[str, str], kind: str) -> str:
    name, value = (html.escape(_cut(word)) for word in words)
    middle, corner = box.x + box.width / 2, f'x="{box.x:.1f}" y="{box.y:.1f}"'
    return (
        f'<g class="node {kind}"><rect {corner} width="{box.width:.1f}" height="{_HIGH}" rx="9"/>'
        f'<text class="name" x="{middle:.1f}" y="{box.y + 19:.1f}">{name}</text>'
        f'<text x="{middle:.1f}" y="{box.y + 36:.1f}">{value}</text></g>'
    )


def _value(before: str, after: str | None) -> str:
    return before if after is None or after == before else f"{before} → {after}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0
