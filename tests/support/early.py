"""A command line to which a signal comes while the rest of it is imported."""

from __future__ import annotations

import subprocess
import sys

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


def interrupted(package: str, name: str) -> tuple[int, str, str]:
    """Status and output of the command line of a package that a signal of this name reaches at once."""
    line = [sys.executable, "-c", EARLY.format(package), name]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr
