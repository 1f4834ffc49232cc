"""Where nothing can be written: full, small and read-only places are told, and the next build finishes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import MAIN, built, pendulum, posix, run, shards, sums

BEGUN = "; what is complete stays, the same command goes on"


def assert_full(done: subprocess.CompletedProcess[str], out: Path, reason: str, begun: str = BEGUN) -> None:
    problem = f"{out}: cannot be written: {reason}{begun}"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scmgen: {problem}\n")
    assert not (out / "manifest.json").exists()
    assert not list(out.glob(".*.tmp"))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 300 KB."""
    where = tmp_path / "disk"
    where.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", where], capture_output=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small file system")
    yield where
    subprocess.run(["umount", where], check=True)  # noqa: S607


def remount(where: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", where], check=True)  # noqa: S607


@posix
@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_may_not_grow_is_told_and_the_next_build_finishes(workers: int, tmp_path: Path) -> None:
    command = [
        "build",
        "pendulum",
        "--n",
        "300",
        "--size",
        "16",
        "--shard-size",
        "70",
        "-j",
        str(workers),
        "-o",
        str(tmp_path),
    ]
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); {MAIN[2]}"
    assert_full(
        subprocess.run([sys.executable, "-c", limited, *command], capture_output=True, text=True, check=False),
        tmp_path,
        "File too large",
    )
    assert run(*command).returncode == 0
    assert sums(tmp_path) == built(pendulum(shard_size=70), tmp_path / "undisturbed")


def test_a_full_disk_is_told_and_the_next_build_finishes(tiny_disk: Path, tmp_path: Path) -> None:
    out, command = tiny_disk / "data", ["build", "pendulum", "--n", 300, "--size", 16, "--shard-size", 50, "-j", 1]
    assert_full(run(*command, "-o", out), out, "No space left on device")
    assert shards(out) == {"pendulum-train-000000.tar"}
    remount(tiny_disk, "size=20m")
    assert run(*command, "-o", out).returncode == 0
    assert sums(out) == built(pendulum(), tmp_path / "undisturbed")


def test_a_read_only_disk_is_told(tiny_disk: Path) -> None:
    remount(tiny_disk, "ro")
    assert_full(
        run("build", "pendulum", "--n", 30, "-j", 1, "-o", tiny_disk / "data"),
        tiny_disk / "data",
        "Read-only file system",
        begun="",
    )


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_directory_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert_full(
            run("build", "pendulum", "--n", 30, "-j", 1, "-o", tmp_path / "data"),
            tmp_path / "data",
            "Permission denied",
            begun="",
        )
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_the_directory_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    done = run("build", "pendulum", "--n", 30, "-j", 1, "-o", tmp_path / "data")
    assert done.returncode == 2
    assert "'-o' / '--out'" in done.stderr and "is a file" in done.stderr
    assert (tmp_path / "data").read_text() == "a file"
