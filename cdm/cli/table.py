"""An evaluation for people: tables of at most a hundred columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ABREAST = 6  # factors side by side
_HEAD, _CELL = 16, 14
_ROW = 24
Cells = Sequence[Sequence[float | None]]


def lines(scores: Mapping[str, Any]) -> Iterator[str]:
    """What an evaluation found; what has no lines of its own here has one of the common form."""
    for name, tell in _TABLES.items():
        if name in scores:
            yield from tell(scores)
    for name, figure in scores.items():
        if name not in _TABLES and name not in _ELSEWHERE:
            yield f"{name:12} {_figure(figure)}"


def _asked(scores: Mapping[str, Any]) -> Iterator[str]:
    asked = f"{scores['protocol']} ({scores['protocol hash'][:12]})"
    yield f"{scores['model']}: {scores['samples']} answers to protocol {asked}"


def _pixels(scores: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'L1':{_ROW}}{'all':>9}{'changed':>9}{'unchanged':>11}"
    for name, row in scores["L1"].items():
        yield f"  {_cut(name, _ROW - 2):{_ROW - 2}}{row['all']:9.4f}{row['changed']:9.4f}{row['unchanged']:11.4f}"


def _returns(scores: Mapping[str, Any]) -> Iterator[str]:
    cycles = ", ".join(f"{count} {value:.4f}" for count, value in scores["composition"].items())
    yield f"null do {scores['null do']:.4f}  composition, cycles: {cycles}  reversibility {scores['reversibility']:.4f}"


def _effectiveness(scores: Mapping[str, Any]) -> Iterator[str]:
    told, names = scores["effectiveness"], scores["factors"]
    yield "effectiveness: error of each factor under a do on each, in its unit (the reader's own error)"
    heads = {"unit": told["units"], "range": [f"{span:.4g}" for span in told["ranges"]]}
    yield from _matrix(names, told["model"], told["reader"], heads)
    yield from _shares(names, told, _BOTH)


def _shares(names: Sequence[str], told: Mapping[str, Any], rows: Sequence[str]) -> Iterator[str]:
    """Errors as shares of ranges: of what was set, one a factor, and of all else, in some rows."""
    yield "what was set, error as a share of its range"
    for block in _blocks(names):
        yield f"{'':{_ROW}}" + "".join(f"{_cut(names[j], 11):>12}" for j in block)
        for row, diagonal in told["diagonal"].items():
            yield f"  {_cut(row, _ROW - 2):{_ROW - 2}}" + "".join(f"{_figure(diagonal[j]):>12}" for j in block)
    beside = "  ".join(f"{row} {_figure(value)}" for row, value in told["off diagonal"].items() if row in rows)
    yield f"all that was not set, mean share of the range: {beside}"


def _told(scores: Mapping[str, Any]) -> Iterator[str]:
    told, names = scores["counterfactual factors"], scores["factors"]
    yield "counterfactual factors: error of each as told under a do on each, in its unit (of the factual ones)"
    yield from _matrix(names, told["model"], told["identity"])
    yield from _shares(names, told, ("identity", "model"))


def _matrix(
    names: Sequence[str], cells: Cells, beside: Cells, heads: Mapping[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """A do on each factor (rows) by each factor (columns), in brackets what stands beside."""
    for block in _blocks(names):
        yield _line("", [_cut(names[j], _CELL - 1) for j in block])
        for head, row in (heads or {}).items():
            yield _line(f"  {head}", [_cut(row[j], _CELL - 1) for j in block])
        for name, mine, own in zip(names, cells, beside, strict=True):
            yield _line(f"  do({_cut(name, _HEAD - 7)})", [f"{_short(mine[j])} ({_short(own[j])})" for j in block])


def _effects(scores: Mapping[str, Any]) -> Iterator[str]:
    told, names = scores["effects"], scores["factors"]
    for title, mine, true in (
        ("by the model's mechanisms (in truth)", "model", "truth"),
        ("as read in the answers (in the true images)", "shown", "shown in truth"),
    ):
        if mine in told and true in told:
            yield f"effects: mean change of each code under a do on each, {title}"
            yield from _matrix(names, told[mine], told[true])


def _latents(scores: Mapping[str, Any]) -> Iterator[str]:
    yield f"latents      MCC {scores['MCC']:.4f}  R2 {_figure(scores['R2'])}"


def _unnamed(scores: Mapping[str, Any]) -> Iterator[str]:
    for name, figure in scores["latents"].items():
        each = figure if isinstance(figure, Mapping) else {"": figure}
        yield f"latents as such: {name:8}" + "  ".join(f"{part} {value:.4f}".strip() for part, value in each.items())


def _other_dos(scores: Mapping[str, Any]) -> Iterator[str]:
    each = _figure(scores["correlations under other dos"])
    yield f"MCC under other dos {_figure(scores['MCC under other dos'])}: {each}"


def _graph(scores: Mapping[str, Any]) -> Iterator[str]:
    yield "graph        " + "  ".join(f"{name} {value:g}" for name, value in scores["graph"].items())


def _matching(scores: Mapping[str, Any]) -> Iterator[str]:
    yield "matched      " + ", ".join(f"{mine} = {name}" for mine, name in scores["matching"].items())


def _sets(scores: Mapping[str, Any]) -> Iterator[str]:
    for group in ("fresh samples", "counterfactuals"):
        for name, row in scores.get(group, {}).items():
            yield f"{group}, {name}: {_figure(row)}"


_TABLES = {
    "protocol": _asked,
    "L1": _pixels,
    "composition": _returns,
    "effectiveness": _effectiveness,
    "counterfactual factors": _told,
    "effects": _effects,
    "MCC": _latents,
    "latents": _unnamed,
    "MCC under other dos": _other_dos,
    "graph": _graph,
    "matching": _matching,
    "counterfactuals": _sets,
}
"""The tables by the figure that calls for them, in the order in which they are told."""
_ELSEWHERE = {
    *("samples", "factors", "edges", "correlations", "R2", "correlations under other dos", "null do", "reversibility"),
    *("fresh samples", "model", "protocol hash", "said"),
}
_BOTH = ("reader", "model")


def _blocks(names: Sequence[str]) -> Iterator[range]:
    """The columns that fit beside each other."""
    for start in range(0, len(names), _ABREAST):
        yield range(start, min(start + _ABREAST, len(names)))


def _line(head: str, cells: Sequence[str]) -> str:
    return f"{head:{_HEAD}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "~"


def _short(value: float | None) -> str:
    """A number in at most five characters."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.4f}".removeprefix("0")


def _figure(figure: Any) -> str:
    """A figure: a number, or several with or without names."""
    if isinstance(figure, dict):
        return "  ".join(f"{name} {_figure(value)}" for name, value in figure.items())
    if isinstance(figure, list | tuple):
        return " ".join(map(_figure, figure))
    return "-" if figure is None else f"{figure:.4f}" if isinstance(figure, float) else str(figure)
