"""Clusters: a real one answers; what is none is one message."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark import cluster
from cdm.errors import CdmError


def test_a_worker_of_a_cluster_works() -> None:
    distributed = pytest.importorskip("distributed", reason="needs scmgen[distributed]")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as local:
        with cluster.connected(local.scheduler_address.replace("tcp", "dask")) as executor:
            assert executor.submit(len, ["a", "b"]).result(timeout=60) == 2


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("slurm://here", "--executor slurm://here: an address as in dask://HOST:PORT is needed"),
        ("dask://127.0.0.1:9", "--executor dask://127.0.0.1:9: no scheduler answers there (OSError)"),
    ],
)
def test_what_is_no_cluster_is_one_message(address: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    if address.startswith("dask"):
        pytest.importorskip("distributed", reason="needs scmgen[distributed]")
    with pytest.raises(CdmError, match=f"^{re.escape(problem)}$"), cluster.connected(address):
        pass
