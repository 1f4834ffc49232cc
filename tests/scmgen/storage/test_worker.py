"""Workers end at once, but finish what they are telling: a closed pool never waits for the rest of a message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scmgen.storage import worker

LARGE = """
import sys, time
from scmgen.storage import pool

def job(k):
    return bytes(400_000)  # more than a pipe holds

if __name__ == "__main__":
    slowest = 0.0
    for closed in range(12):
        results = pool.run(job, range(60), 2)
        for _ in range(3 + closed):
            next(results)
        began = time.monotonic()
        results.close()
        slowest = max(slowest, time.monotonic() - began)
    print(slowest)
"""
SLOW = """
import os, signal, sys, threading, time
from scmgen.storage import pool

def job(k):
    time.sleep(60)

if __name__ == "__main__":
    threading.Timer(3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        list(pool.run(job, range(4), 2))
    except KeyboardInterrupt:
        print("interrupted")
"""


def program(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(text)
    command = [sys.executable, str(folder / "program.py")]
    return subprocess.run(command, capture_output=True, text=True, timeout=90)


def test_a_pool_that_is_closed_while_much_is_told_ends(tmp_path: Path) -> None:
    done = program(LARGE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 2 * worker._PATIENCE + 2


def test_a_job_is_left_in_its_middle(tmp_path: Path) -> None:
    began = time.monotonic()
    done = program(SLOW, tmp_path)
    assert done.stdout == "interrupted\n", done.stderr
    assert time.monotonic() - began < 30


def test_one_that_was_told_to_end_begins_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def left(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(os, "_exit", left)
    monkeypatch.setattr(worker, "_leaving", True)
    with pytest.raises(SystemExit) as ended, worker.at_work():
        pytest.fail("it was begun")
    assert ended.value.code == 128 + signal.SIGTERM


def test_a_job_that_fails_is_over() -> None:
    with pytest.raises(KeyError), worker.at_work():
        assert worker._busy
        raise KeyError
    assert not worker._busy
