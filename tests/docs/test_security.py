"""The page of borders: its figures are those of the script."""

from __future__ import annotations

import json
import re

from checkout import ROOT

PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")


def test_figures_are_those_that_the_script_wrote() -> None:
    found = json.loads((ROOT / "benchmarks" / "results" / "hostile.json").read_text(encoding="utf-8"))
    assert f"Of {found['inputs']:,} inputs" in PAGE and f"{found['peak MB']} MB" in PAGE.replace("\n", " ")
    assert [found[bad] for bad in ("tracebacks", "silent", "hangs", "outside")] == [0, 0, 0, 0]
    assert found["peak MB"] <= found["limit MB"]


def test_links_and_paths_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("http")]
    assert links and all((ROOT / "docs" / "explanation" / link.partition("#")[0]).exists() for link in links)
    paths = re.findall(r"`((?:scmgen|cdm|benchmarks|examples)/[a-z_/.]+)`", PAGE)
    assert paths and all((ROOT / path).exists() for path in paths)
