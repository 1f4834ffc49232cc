"""The table of docs/how-to/vlm.md is what its script found."""

from __future__ import annotations

import json
import re

from checkout import ROOT

from scmgen.publish.exports.vlm.options import FAMILIES, NAMES

PAGE = (ROOT / "docs" / "how-to" / "vlm.md").read_text(encoding="utf-8")
FOUND = json.loads((ROOT / "benchmarks" / "results" / "vlm.json").read_bytes())["rows"]


def test_each_set_under_each_names_was_audited_and_no_answer_differs() -> None:
    sets = ("pendulum", "flow", "circuit", "shapes-random-8")
    assert [(row["set"], row["names"]) for row in FOUND] == [(name, names) for name in sets for names in NAMES]
    assert all(row["differ"] == 0 and set(row["rows"]["oracle"].values()) == {1.0} for row in FOUND)


def test_the_page_has_these_figures() -> None:
    rows = re.findall(r"^\| ([\w-]+) \| (\w+) \| 0 of (\d+) \| ([a-z ]+) \|(.*)\|$", PAGE, re.MULTILINE)
    shown = {(name, names, row): [cell.strip() for cell in cells.split("|")] for name, names, _, row, cells in rows}
    assert len(shown) == 36
    for part in FOUND:
        for row, shares in part["rows"].items():
            assert shown[part["set"], part["names"], row] == [f"{share:.1%}" for share in shares.values()]


def test_the_page_says_first_that_no_model_was_measured_and_names_all_families() -> None:
    first = PAGE.split("\n\n")[1]
    assert first.startswith("No vision-language model could be reached") and "none is measured" in first
    assert all(f"| `{family}` |" in PAGE for family in FAMILIES) and all(f"| `{names}` |" in PAGE for names in NAMES)
