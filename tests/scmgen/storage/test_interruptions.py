"""A build stopped anywhere: what is there loads as nothing or is whole, and the next one finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import s3
import sums
from s3 import Store, call, stores
from sums import LOADABLE, RECIPE, Sums, posix, recalled, recipe

from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.storage.places.remote import Remote

fsspec = pytest.importorskip("fsspec")
whole, memory = sums.whole, sums.memory
running, store, place = s3.running, s3.store, s3.place


@stores
@posix
def test_a_killed_extension_loads_as_nothing_and_is_finished_by_the_next(
    store: Store, place: str, whole: Sums, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(recipe(30), place)
    assert LOADABLE < store.names(place)
    program = [
        sys.executable,
        "-c",
        "from scmgen.cli.main import main; main()",
        *RECIPE.split(),
        "-j",
        "2",
        "-o",
        place,
    ]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(store.names(place) - LOADABLE) < 8:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    left = store.names(place)
    assert ".build.json" in left and not LOADABLE & left and left - {".build.json"} < set(whole)
    assert call(monkeypatch, f"verify {place}") == 2
    told = "not a data set: it has no manifest.json (a build was begun here: run it again)"
    assert capsys.readouterr().err == f"scmgen: {place}: {told}\n"
    build(recipe(), place)
    assert store.sums(place) == whole


@stores
def test_a_server_that_fails_for_a_while_is_told_and_the_next_build_finishes(
    store: Store, place: str, whole: Sums
) -> None:
    finished: list[int] = []

    def fail(samples: int) -> None:
        finished.append(samples)
        if len(finished) == 3:
            store.stop()

    try:
        with pytest.raises(ScmgenError) as caught:
            build(recipe(), place, progress=fail)
    finally:
        store.start()
    first, _, rest = str(caught.value).partition(": cannot be written: ")
    assert first == place and rest.startswith("Could not connect to the endpoint URL")
    assert rest.endswith("; what is complete stays, the same command goes on") and "\n" not in rest
    assert store.names(place) == {".build.json", *(f"pendulum-train-{number:06d}.tar" for number in range(3))}
    build(recipe(), place)
    assert store.sums(place) == whole


def tars(found: Sums) -> Sums:
    return {name: total for name, total in found.items() if name.endswith(".tar")}


@pytest.mark.parametrize("force", [False, True])
def test_a_build_stopped_before_any_of_its_steps_loads_as_nothing(
    force: bool, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Extend or replace a data set, and stop before the first write or removal, then before the second, ..."""
    system, after = fsspec.filesystem("memory"), recipe(60)
    build(recipe(60, seed=1) if force else recipe(30), memory)
    old, before = recalled(memory), {name: system.cat_file(name) for name in system.ls("/sets/pendulum", detail=False)}
    build(after, "memory://quiet")
    final = recalled("memory://quiet")
    left, write, remove = [0], Remote.writing, Remote.remove

    def step(method: Any) -> Any:
        def stopped(place: Remote, name: str) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return method(place, name)

        return stopped

    states = []
    for number in range(100):
        system.rm("/sets/pendulum", recursive=True)
        for name, data in before.items():
            system.pipe_file(name, data)
        with monkeypatch.context() as patch:
            patch.setattr(Remote, "writing", step(write))
            patch.setattr(Remote, "remove", step(remove))
            left[0] = number
            try:
                build(after, memory, force=force)
            except KeyboardInterrupt:
                states.append(recalled(memory))
            else:
                break
        found = states[-1]
        if "manifest.json" in found:
            assert verify(memory).faults == []
        elif {"README.md", "croissant.json"} & set(found):  # removed before the first shard, written after the last
            assert tars(found) in (tars(old), tars(final))
        build(after, memory, force=force)
        assert recalled(memory) == final
    assert len(states) > 12 and any(not LOADABLE & set(state) for state in states)
