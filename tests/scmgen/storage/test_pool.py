"""Jobs mapped over tasks: here, in processes, and on a cluster that loses workers."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path

import pytest
import sums
from sums import LOADABLE, Sums, local, posix, recipe

from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.storage import pool

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
