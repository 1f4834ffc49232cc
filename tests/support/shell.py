"""The generator's command line in a folder, where it knows no plug-in that a test ran."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import here
import pytest
import registered

from scmgen.cli.main import main


def scmgen(*words: object, home: Path) -> CompletedProcess[str]:
    """Run a command in the folder ``home``."""
    with pytest.MonkeyPatch.context() as patch, registered.fresh():
        patch.chdir(home)
        return here.run(main, "scmgen", *words)
