"""Workers end at once, whatever they do: in a job, in the middle of what they tell, and when their parent is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from building import posix

from scmgen.storage.processes import pool, worker

SLOW = """
import os, sys, time
from pathlib import Path
from scmgen.storage.processes import pool

def job(k):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(60)

if __name__ == "__main__":
    try:
        list(pool.run(job, range(4), 2))
    except KeyboardInterrupt:
        print("interrupted")
"""


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@posix
@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "interrupted\n"), (signal.SIGKILL, "")])
def test_a_job_is_left_in_its_middle(number: signal.Signals, said: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SLOW)
    line = [sys.executable, str(tmp_path / "program.py"), str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while len(workers := [int(path.name) for path in tmp_path.glob("[0-9]*")]) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, err) == (said, "")
    deadline = time.monotonic() + 10
    while any(map(running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def large(k: int) -> bytes:
    return bytes(400_000)  # more than a pipe holds


def test_a_pool_that_is_closed_while_much_is_told_ends() -> None:
    results = pool.run(large, range(60), 2)
    for _ in range(3):
        next(results)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < pool._PATIENCE + 3


def raising(name: str) -> Any:
    if name == "odd":

        class Odd(Exception):
            """One that cannot travel."""

        raise Odd("is odd")
    raise {"key": KeyError, "pipe": BrokenPipeError}[name](name)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [("key", KeyError, "'key'"), ("pipe", BrokenPipeError, "pipe"), ("odd", RuntimeError, "Odd: is odd")],
)
def test_an_error_of_a_job_comes_back_and_tells_where_it_was_raised(name: str, kind: type, message: str) -> None:
    assert worker._told(abs, -2)
    with pytest.raises(kind) as caught:
        list(pool.run(raising, [name, name], 2))
    assert str(caught.value) == message
    assert name == "odd" or "in raising" in caught.value.__notes__[0]
