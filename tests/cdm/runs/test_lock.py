"""One training at a time in a directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from trainings import SETTINGS, call

from cdm.errors import CdmError
from cdm.models import checkpoint
from cdm.runs import journal, lock
from cdm.training import phases


def test_one_training_at_a_time(toy_data: Path, toy_cache: Path, toy_run: Path) -> None:
    log = (toy_run / journal.LOG).read_bytes()
    code = (
        "import time; from cdm.runs import lock; from pathlib import Path\n"
        f"with lock.held(Path({str(toy_run)!r})):\n    print(flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        for more in ([], ["--force"]):
            with pytest.raises(
                CdmError, match=rf"^{toy_run}: another training is under way in it; wait for it, or choose"
            ):
                call("train", str(toy_data), "-o", str(toy_run), *SETTINGS, "--cache", str(toy_cache), *more)
        other.kill()
    assert (toy_run / journal.LOG).read_bytes() == log
    assert checkpoint.read(toy_run)[0]["phase"] == len(phases.PHASES)
    with lock.held(toy_run):
        pass


def test_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import os; from cdm.runs import lock; from pathlib import Path\n"
        f"with lock.held(Path({str(tmp_path)!r})):\n    os._exit(3)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 3
    with lock.held(tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CdmError, match=r"/file/run: cannot be written: Not a directory; choose another --out$"):
        with lock.held(tmp_path / "file" / "run"):
            pass
