"""The generator's command line in a process of its own, which knows no plug-in that another test ran."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def scmgen(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder ``home``."""
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *map(str, words)]
    return subprocess.run(line, cwd=home, capture_output=True, text=True, timeout=120, check=False)
