"""How a command ends: output that nobody takes, and streams that are closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells and devices as POSIX has them")

CALL = "from cdm.cli.main import main; main()"


def shell(line: str, here: Path) -> tuple[int, str, str]:
    """Run a line of a shell in which ``cdm`` is the command line of this package."""
    program = f'cdm() {{ "{sys.executable}" -c "{CALL}" "$@"; }}; {line}'
    done = subprocess.run(["bash", "-c", program], cwd=here, capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
    return done.returncode, done.stdout, done.stderr


def test_a_reader_who_had_enough_hears_nothing(tmp_path: Path) -> None:
    assert shell("(sleep 1; cdm train --help) | true; echo ${PIPESTATUS[0]}", tmp_path) == (0, "141\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_device_is_one_message(tmp_path: Path) -> None:
    full = (2, "", "cdm: standard output: No space left on device\n")
    assert shell("cdm --help > /dev/full", tmp_path) == full
    assert shell("cdm graph nosuch 2> /dev/full", tmp_path) == (2, "", "")


def test_closed_streams_are_no_place_for_files(tmp_path: Path) -> None:
    assert shell("cdm --help >&-", tmp_path) == (2, "", "cdm: standard output: Bad file descriptor\n")
    assert shell("cdm graph nosuch <&- >&- 2>&-", tmp_path) == (2, "", "")


def test_what_a_signal_became_in_compiled_code_is_still_that_signal(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from cdm.cli import main, settings
def command(**told):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as error:
        raise ImportError("initialization failed") from error
settings.COMMANDS[0].callback = command
sys.argv = ["cdm", "options"]
main.main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "cdm: interrupted\n")
