"""A data set built in parts, or on an executor of the user's, is the data set built at once."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scmgen import ScmgenError
from scmgen.build.generated import build, build_part, finalize
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.dataset.spec import Spec
from scmgen.storage.processes import pool


def recipe(n: int = 300) -> Spec:
    return catalogue.spec(catalogue.find("pendulum"), n=n, size=16, shard_size=20)


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "d"
    build(recipe(), out)
    return out


def test_parts_and_finalize_equal_the_whole(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "d"
    counts = [build_part(recipe(), out, (part, 3)) for part in (2, 0)]
    with pytest.raises(ScmgenError) as caught:
        finalize(out)
    name = "pendulum-train-000001.tar"
    assert str(caught.value) == f"{out}: {name} is not there yet, or not whole; build it, then finalize"
    assert not (out / "manifest.json").exists()
    counts.append(build_part(recipe(), out, (1, 3)))
    assert finalize(out)["spec"]["n"] == 300
    assert sum(counts) == 16 and sums(out) == sums(whole)


def test_parts_extend_what_is_there(whole: Path, tmp_path: Path) -> None:
    build(recipe(110), tmp_path / "d")
    for part in range(2):
        build_part(recipe(), tmp_path / "d", (part, 2))
    finalize(tmp_path / "d")
    assert sums(tmp_path / "d") == sums(whole)


def test_parts_that_begin_at_once_do_not_disturb_each_other(whole: Path, tmp_path: Path) -> None:
    """All jobs of an array find the smaller data set, and each takes it over."""
    for number in range(5):
        out = tmp_path / str(number)
        build(recipe(110), out)
        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(lambda part: build_part(recipe(), out, (part, 8)), range(8))) == 16  # noqa: B023
        finalize(out)
        assert sums(out) == sums(whole)


def test_any_executor_will_do(whole: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        build(recipe(), tmp_path / "d", executor=threads)
    assert sums(tmp_path / "d") == sums(whole)


@pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="dask is not installed")
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_will_do(whole: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with pool.connect(cluster.scheduler_address.replace("tcp", "dask")) as executor:
            build(recipe(), tmp_path / "d", executor=executor)
    assert sums(tmp_path / "d") == sums(whole)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("build pendulum --shards 3/3 -o d", "--shards 3/3: parts are numbered from 0 to 2"),
        ("build pendulum --shards 1 -o d", "--shards 1: write I/K, part I (from 0) of K"),
        ("build pendulum --executor ray://a -o d", "--executor ray://a: allowed: dask (write dask://HOST:PORT)"),
        ("build pendulum --shards 0/2 --force -o d", "--shards does not go with --force"),
        ("build pendulum --shards 0/2 --executor dask://a:1 -o d", "--shards does not go with --executor"),
        ("finalize nowhere", "nowhere: no build was begun here"),
    ],
)
def test_bad_parts_are_told(
    line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["scmgen", *line.split()])
    with pytest.raises(SystemExit) as caught:
        main()
    assert (caught.value.code, capsys.readouterr().err) == (2, f"scmgen: {message}\n")
    assert list(tmp_path.iterdir()) == []
