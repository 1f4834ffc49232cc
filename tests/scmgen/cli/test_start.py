"""A signal that comes while the command line is still imported ends it without a word."""

from __future__ import annotations

import subprocess
import sys

import pytest
from building import posix

EARLY = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)

class Import:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), getattr(signal, sys.argv[1]))

from {0}.cli import start
sys.meta_path.insert(0, Import())
start.main()
"""


@posix
@pytest.mark.parametrize("package", ["scmgen", "cdm"])
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_that_comes_early_is_obeyed_in_silence(package: str, name: str, status: int) -> None:
    line = [sys.executable, "-c", EARLY.format(package), name]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
