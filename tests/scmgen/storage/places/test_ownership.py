"""What belongs to a living process: the place in which it builds, and the files that it has not finished."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from building import posix

from scmgen.storage.places import ownership
from scmgen.storage.places.place import Local

pytestmark = posix

HOLD = """
import sys, time
from pathlib import Path
from scmgen.storage.places import ownership
from scmgen.storage.places.place import Local
with {what}:
    print(flush=True)
    time.sleep(60)
"""


def other(what: str) -> subprocess.Popen[bytes]:
    """Another process that holds something until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", HOLD.format(what=what)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def had(place: Path, alone: bool) -> bool:
    with ownership.held(place, alone) as taken:
        return taken


def test_who_builds_alone_is_alone(tmp_path: Path) -> None:
    with other(f"ownership.held(Path({str(tmp_path)!r}), alone=True)") as builder:
        assert not had(tmp_path, alone=True) and not had(tmp_path, alone=False)
        builder.kill()
    assert had(tmp_path, alone=True) and list(tmp_path.iterdir()) == []  # the lock went with its holder


def test_parts_share_a_place_with_each_other_and_with_nobody_else(tmp_path: Path) -> None:
    with other(f"ownership.held(Path({str(tmp_path)!r}), alone=False)") as part:
        assert had(tmp_path, alone=False) and not had(tmp_path, alone=True)
        assert (tmp_path / ownership.FILE).exists()  # the other part is still at it
        part.kill()
    assert had(tmp_path, alone=True) and list(tmp_path.iterdir()) == []


def test_many_that_come_and_go_all_have_their_turn(tmp_path: Path) -> None:
    taken: list[bool] = []

    def come_and_go() -> None:
        taken.extend(had(tmp_path, alone=False) for _ in range(50))

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [True] * 400 and had(tmp_path, alone=True) and list(tmp_path.iterdir()) == []


def test_a_sweep_leaves_what_somebody_is_writing_and_takes_what_the_dead_left(tmp_path: Path) -> None:
    stranger = tmp_path / ".notes.tmp"
    stranger.write_text("of an editor")
    with other(f"Local(Path({str(tmp_path)!r})).writing('a.tar')") as writer:
        assert len(list(tmp_path.glob(".a.tar.*.tmp"))) == 1 and Local(tmp_path).names() == {".notes.tmp"}
        Local(tmp_path).sweep()
        assert len(list(tmp_path.glob(".a.tar.*.tmp"))) == 1
        writer.kill()
    Local(tmp_path).sweep()
    assert list(tmp_path.iterdir()) == [stranger]


def test_a_process_that_must_end_takes_along_what_is_unfinished(tmp_path: Path) -> None:
    code = f"""
import os
from pathlib import Path
from scmgen.storage.places import ownership
from scmgen.storage.places.place import Local
place = Local(Path({str(tmp_path)!r}))
place.write("whole", b"1")
with place.writing("half") as file, ownership.unfinished(Path({str(tmp_path)!r}) / "folder"):
    file.write(b"2")
    os.makedirs({str(tmp_path / "folder" / "inner")!r})
    ownership.end()
    os._exit(3)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 3
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


@pytest.mark.parametrize("attempt", range(6))
def test_a_thread_that_goes_on_writing_leaves_nothing_behind_a_process_that_ends(attempt: int, tmp_path: Path) -> None:
    code = f"""
import os, threading, time
from pathlib import Path
from scmgen.storage.places import ownership
from scmgen.storage.places.place import Local

def write():
    while True:
        Local(Path({str(tmp_path)!r})).write("file", b"1" * 1000)

threading.Thread(target=write, daemon=True).start()
time.sleep(0.05 + 0.0007 * {attempt})
ownership.end()
time.sleep(0.05)  # the other thread goes on meanwhile
os._exit(3)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60, capture_output=True).returncode == 3
    assert {path.name for path in tmp_path.iterdir()} <= {"file"}


def test_no_thread_begins_a_file_once_its_process_ends(tmp_path: Path) -> None:
    code = f"""
import os, threading, time
from pathlib import Path
from scmgen.storage.places import ownership

def begin():
    with ownership.owned(Path({str(tmp_path)!r}) / "late"):
        os._exit(4)

ownership.end()
threading.Thread(target=begin, daemon=True).start()
time.sleep(0.3)
os._exit(3)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 3
    assert [*tmp_path.iterdir()] == []
