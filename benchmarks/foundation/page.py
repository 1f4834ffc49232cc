"""The table of what was found, in a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

START, END = "<!-- table: python benchmarks/foundation -->", "<!-- end of the table of foundation -->"
_NONE = {"changed": 1.0, "unchanged": 1.0}  # of what is guided without masks


def write(path: Path, told: dict[str, Any]) -> None:
    """Put the table between the two marks of a page, of which the second may be lacking."""
    before, mark, rest = path.read_text("utf-8").partition(START)
    if not mark:
        raise SystemExit(f"{path}: has no {START}")
    after = rest.partition(END)[2] if END in rest else rest
    path.write_text(f"{before}{START}\n{table(told)}{END}{after}", "utf-8")


def table(told: dict[str, Any]) -> str:
    """A row a way to draw; errors of images from -1 to 1."""
    named = told["lpips"]
    head = [
        "drawn by",
        "all",
        "changed",
        "unchanged",
        "changed, if something follows",
        "mask on changed",
        "on the rest",
    ]
    lines = [_line([*head, *([named] if named else []), "CPU-seconds"]), "|---" * (len(head) + 1 + bool(named)) + "|"]
    for name, row in told["found"].items():
        errors = [f"{row['L1'][part]:.4f}" for part in ("all", "changed", "unchanged")]
        mask = [f"{row['mask'][part]:.0%}" if row.get("mask", _NONE) != _NONE else "" for part in _NONE]
        far = [f"{row['lpips']:.3f}"] if named else []
        follows = f"{row['L1 with descendants']['changed']:.4f}"
        lines.append(_line([name, *errors, follows, *mask, *far, f"{row['seconds']:.3f}"]))
    return "\n".join([*lines, "", _said(told), "", *_tried(told), ""])


def _said(told: dict[str, Any]) -> str:
    lpips = "" if told["lpips"] else " LPIPS was not measured: its weights do not come with us (`--vgg`, `--lpips`)."
    apart, shown = told["one by one"]["largest difference of a byte"], told["one by one"]["pictures"]
    return (
        f"L1 of images from -1 to 1 to the true counterfactual, {told['rows']} samples of the test split, in "
        f"{told['with descendants']} of which something follows from the target; one seed, models that trained for "
        f"three CPU-minutes. Seconds are those of the processor for a picture, of all at once.{lpips} Through "
        f"extractor, manipulator and generator {shown} pictures, one by one, came out as at once to within {apart} of "
        "255."
    )


def _tried(told: dict[str, Any]) -> list[str]:
    """What settings were chosen by."""
    head = ["with", "all", "changed", "unchanged", "mask on changed", "on the rest"]
    lines = [f"Settings of `csg` were chosen on {told['searched on']} other samples, with a threshold of 0.7 at first:"]
    lines += ["", _line(head), "|---" * len(head) + "|"]
    for row in told["search"]:
        named = ", ".join(f"`{name}={row[name]}`" for name in row if name not in ("L1", "L1 with descendants", "mask"))
        errors = [f"{row['L1'][part]:.4f}" for part in ("all", "changed", "unchanged")]
        lines.append(_line([named, *errors, *(f"{row['mask'][part]:.0%}" for part in ("changed", "unchanged"))]))
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
