"""Command lines run in this process: what starts Python and imports libraries anew would be most of their time."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest


def run(main: Callable[[], object], program: str, *words: object) -> CompletedProcess[str]:
    """Call what a program calls when a shell starts it; give what a shell would see of it."""
    line, out, err = [program, *map(str, words)], io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as caught:
            main()
    assert isinstance(caught.value.code, int)
    return CompletedProcess(line, caught.value.code, out.getvalue(), err.getvalue())
