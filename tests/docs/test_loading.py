"""What docs/how-to/loading.md tells people to type works, word for word."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from checkout import ROOT
from libraries import need

PAGE = (ROOT / "docs" / "how-to" / "loading.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_runs_after_those_before_it(tmp_path: Path) -> None:
    need("torch", "webdataset", "wids")
    commands = [shlex.split(command)[1:] for command in blocks("sh")]
    program = "from scmgen.cli.main import main; main()"
    (tmp_path / "page.py").write_text("\n".join(blocks("python")))
    usual = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "WIDS_CACHE": str(tmp_path / "wids")}
    for line in (*(["-c", program, *words] for words in commands), ["-W", "ignore", "page.py"]):
        done = subprocess.run(
            [sys.executable, *line], cwd=tmp_path, env=usual, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert re.fullmatch(r"rad angle of the .* \d\.\d+", first)
    assert second == "100% of the dos on the light change the shadow's length"
    assert third.startswith("800 samples, 19,8") and str(tmp_path / "cache" / "scmgen") in third


def test_links_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("http")]
    assert links and all((ROOT / "docs" / "how-to" / link.partition("#")[0]).exists() for link in links), links
