"""The page of the study, and its figure, from the figures that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import study
from matplotlib.figure import Figure

from cdm.benchmark.plan import Plan

IMAGE = Path("docs/images/benchmark/robustness.png")
_HEAD = Path(__file__).parent / "head.md"


def write(plan: Plan, kept: Mapping[str, Any], out: Path) -> None:
    """Write the page, and draw its figure."""
    records = list(kept["cells"].values())
    names = [asked.data["name"] for asked in plan.protocols]
    told = {"seconds": plan.seconds(plan.protocols[0]), "threads": plan.threads}
    parts = [_HEAD.read_text(encoding="utf-8").format(**told, seeds=len(study.SEEDS), rows=f"{study.ROWS:,}")]
    if records:
        _draw(plan, names, records)
        shown = "How often answers fail, by how often object and background agree"
        parts.append(f"![{shown}](../images/{IMAGE.parts[-2]}/{IMAGE.name})\n")
    parts += [_table(plan, name, records, kept["classifiers"].get(name)) for name in names]
    out.write_text("\n".join(parts), encoding="utf-8")


def _table(plan: Plan, name: str, records: list[Mapping[str, Any]], observed: Mapping[str, Any] | None) -> str:
    heads = ["method", "told", "not set", "background moved", "failed", "failed, of background", "worst group", "mean"]
    asked = next((one["failures"] for one in records if one["data"] == name), None)
    counts = "{object[answers]} answers about the object alone, {background[answers]} about the background alone."
    told = [counts.format(**asked), ""] if asked else []
    lines = [f"## {name}", "", *told, _line(heads), _line(["---"] * len(heads))]
    lacking = []
    for method in plan.methods:
        own = [one for one in records if one["method"] == method.name and one["data"] == name]
        if not own:
            lacking.append(method.name)
            continue
        object_, background = own[0]["failures"]["object"], own[0]["failures"]["background"]
        shares = [object_["not set"], object_["other moved"], object_["failed"], background["failed"]]
        cells = [*(f"{share:.3f}" for share in shares), *_classified(own[0].get("classifier"))]
        lines.append(_line([method.name, method.told, *cells]))
    if observed:
        lines.append(_line(["observed", "nothing is set", "-", "-", "-", "-", *_classified(observed)]))
    if lacking:
        lines += ["", f"Not measured yet: {', '.join(lacking)}."]
    return "\n".join(lines) + "\n"


def _classified(told: Mapping[str, Any] | None) -> list[str]:
    return ["-", "-"] if told is None else [f"{fmean(told[part]):.3f}" for part in ("worst", "mean")]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _draw(plan: Plan, names: list[str], records: list[Mapping[str, Any]]) -> None:
    """A line a method: how often answers about the object fail, over how often the two agree."""
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    axis = figure.subplots()
    for method in plan.methods:
        own = {one["data"]: one["failures"]["object"]["failed"] for one in records if one["method"] == method.name}
        there = [(k, own[name]) for k, name in enumerate(names) if name in own]
        if there and method.name != "identity":
            axis.plot(*zip(*there, strict=True), marker="o", markersize=4, linewidth=1.2, label=method.name)
    axis.set_xticks(range(len(names)), [f"{name.rsplit('-', 1)[1]} %" for name in names])
    axis.set_xlabel("images of the training in which object and background agree", fontsize=8)
    axis.set_ylabel("answers to do(object) that fail", fontsize=8)
    axis.set_ylim(bottom=0)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(IMAGE, dpi=140)
