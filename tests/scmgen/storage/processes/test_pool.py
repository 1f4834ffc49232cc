"""Jobs mapped over tasks: here, in processes, and on a cluster that loses workers."""

from __future__ import annotations

import importlib.util
import math
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sums
from sums import LOADABLE, Sums, local, posix, recipe

from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.storage.processes import pool

whole = sums.whole

clusters = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="dask is not installed")


@clusters
@posix
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("deaths", [0, 3], ids=["no-death-allowed", "deaths-allowed"])
def test_a_cluster_that_loses_a_worker_finishes_or_says_so(deaths: int, whole: Sums, tmp_path: Path) -> None:
    import dask.config
    from distributed import LocalCluster

    killed: list[int] = []

    def kill(samples: int) -> None:
        if not killed:
            killed.extend(nanny.pid for nanny in cluster.workers.values())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": deaths}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        address = cluster.scheduler_address.replace("tcp", "dask")
        try:
            with pool.connect(address) as executor:
                build(recipe(), tmp_path / "d", executor=executor, progress=kill)
        except ScmgenError as error:
            told = "worker after worker died (killed, or out of memory)"
            assert str(error) == f"--executor {address}: {told}; what is complete stays, the same command goes on"
            assert deaths == 0 and not LOADABLE & set(local(tmp_path / "d"))
        else:
            assert local(tmp_path / "d") == whole
    assert len(killed) == 2
    build(recipe(), tmp_path / "d")
    assert local(tmp_path / "d") == whole


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_their_tasks(workers: int) -> None:
    assert list(pool.run(math.sqrt, [9, 4, 1, 0, 16], workers)) == [3, 2, 1, 0, 4]


def test_an_executor_is_used_as_it_is_and_gets_tasks_as_results_are_taken() -> None:
    given: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **more: Any) -> Any:
            given.append(len(given))
            return super().submit(*arguments, **more)

    with Counting(2) as executor:
        results = pool.run(abs, range(-1000, 0), workers=1, executor=executor)
        assert next(results) == 1000 and len(given) < 100
        assert list(results) == list(range(999, 0, -1)) and len(given) == 1000


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(ScmgenError) as caught:
        list(pool.run(os._exit, [1, 1, 1], workers=2))
    told = "a worker process died (killed, or out of memory); what is complete stays, the same command goes on"
    assert str(caught.value) == told


@pytest.mark.parametrize("address", ["disk://host:1", "dask", "dask://"])
def test_an_address_of_another_kind_is_told(address: str) -> None:
    with (
        pytest.raises(ScmgenError, match=rf"^--executor {address}: .*\(write dask://HOST:PORT\)$"),
        pool.connect(address),
    ):
        pass


@posix
def test_a_signal_waits_while_processes_are_started_though_another_thread_took_it() -> None:
    """The system gives a signal to any thread that does not block it; Python obeys it in the main one."""
    began, told = threading.Event(), list[int]()

    def other() -> None:
        began.wait()
        os.kill(os.getpid(), signal.SIGTERM)  # this thread blocks nothing

    thread, before = (
        threading.Thread(target=other),
        signal.signal(signal.SIGTERM, lambda number, frame: told.append(number)),
    )
    thread.start()
    try:
        with pool._undisturbed():
            began.set()
            thread.join()
            time.sleep(0.05)
            assert told == []
        assert told == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
