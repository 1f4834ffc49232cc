"""A build that was killed, interrupted or lost a worker leaves nothing by halves, and the next one finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from building import MAIN, posix, run, shards, sums

LONG = ["build", "pendulum", "--n", "4000", "--shard-size", "20"]
"""200 shards: seconds of work, so that there is time to interrupt it."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("undisturbed")
    assert run(*LONG, "-j", 1, "-o", out).returncode == 0
    return sums(out)


def begin(out: Path, workers: int) -> subprocess.Popen[str]:
    """Start a long build in a process group of its own and return when some shards are there."""
    command = [*MAIN, *LONG, "-j", str(workers), "-o", str(out)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(shards(out)) < 5:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)
    return process


def alive(group: int) -> list[str]:
    """Give the processes of a group that are no zombies."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,pid="], capture_output=True, text=True, check=True)  # noqa: S607
    found = [line.split() for line in listed.stdout.splitlines()]
    return [pid for pgid, status, pid in found if int(pgid) == group and not status.startswith("Z")]


def assert_nobody_is_left(group: int) -> None:
    deadline = time.monotonic() + 10
    while alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(group) == []


def workers_of(group: int) -> list[str]:
    """Give the processes of a group that a pool started."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pgid=,pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    found = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [pid for pgid, pid, program in found if int(pgid) == group and "spawn_main" in program]


def assert_unfinished(out: Path) -> None:
    assert 0 < len(shards(out)) < 200
    assert not (out / "manifest.json").exists()
    assert (out / ".build.json").exists()
    refused = run("verify", out)
    problem = f"{out}: not a data set: it has no manifest.json (a build was begun here: run it again)"
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", f"scmgen: {problem}\n")


@posix
@pytest.mark.parametrize("whom", ["group", "parent"])
def test_a_killed_build_is_finished_by_the_next(whom: str, tmp_path: Path, undisturbed: dict[str, str]) -> None:
    process = begin(tmp_path, workers=2)
    kill = os.killpg if whom == "group" else os.kill  # the workers must notice that their parent is gone
    kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    complete = {name: total for name, total in sums(tmp_path).items() if name.endswith(".tar")}
    assert complete.items() <= undisturbed.items()  # a shard that has its name is whole
    assert run(*LONG, "-j", 1, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


@posix
def test_a_worker_that_dies_is_told_and_the_next_build_finishes(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    process = begin(tmp_path, workers=2)
    os.kill(int(workers_of(process.pid)[0]), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    told = "scmgen: a worker process died (killed, or out of memory); what is complete stays, the same command goes on"
    assert (process.returncode, out, err.strip()) == (2, "", told)
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    assert run(*LONG, "-j", 2, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


@posix
@pytest.mark.parametrize(
    ("workers", "name", "word", "status"),
    [
        (1, "SIGINT", "interrupted", 130),
        (2, "SIGINT", "interrupted", 130),
        (1, "SIGTERM", "terminated", 143),
        (2, "SIGTERM", "terminated", 143),
        (2, "SIGHUP", "hung up", 129),
    ],
)
def test_an_interrupted_build_says_so_and_is_finished_by_the_next(
    workers: int, name: str, word: str, status: int, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    process = begin(tmp_path, workers)
    number = signal.Signals[name]
    os.killpg(process.pid, number)  # Ctrl-C reaches every process of a terminal, so does the end of the terminal
    if number != signal.SIGINT:
        os.kill(process.pid, number)  # some schedulers say it twice
    out, err = process.communicate(timeout=60)
    line = f"scmgen: {word}; nothing is half-written, the same command goes on with what is there"
    assert (process.returncode, out, err.strip()) == (status, "", line)
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    assert not [*tmp_path.glob(".*.tmp"), *tmp_path.glob(".lock")]
    assert run(*LONG, "-j", workers, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_workers_end_in_the_middle_of_a_long_shard(name: str, tmp_path: Path) -> None:
    line = ["build", "pendulum", "--n", "40000", "--shard-size", "20000", "--size", "512", "-j", "2", "-o"]
    process = subprocess.Popen(
        [*MAIN, *line, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".*.tar.*.tmp")):  # minutes of work
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.Signals[name])
    process.communicate(timeout=10)
    assert_nobody_is_left(process.pid)
    assert not list(tmp_path.glob(".*.tmp")) and shards(tmp_path) == set()
