"""A data set behind a URL, or built by a cluster that loses workers, is the data set of a quiet local build."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from scmgen import ScmgenError
from scmgen.build.generated import build, build_part, finalize
from scmgen.checks.verify.verify import verify
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.spec import Spec
from scmgen.storage import pool
from scmgen.storage.place import Local, folder
from scmgen.storage.remote import Remote

fsspec = pytest.importorskip("fsspec")
stores = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("s3fs", "moto", "flask_cors"))), reason="no S3 server and client here"
)
clusters = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="dask is not installed")
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

INDICES = {"wids-test.json", "wids-train.json", "wids-validation.json"}
LOADABLE = {"manifest.json", "README.md", "croissant.json", "graph.json", "graph.svg", "sheet.png", *INDICES}
RECIPE = "build pendulum --n 300 --size 16 --shard-size 20"

Sums = dict[str, str]
"""Name -> sha256 of every file or object of a data set."""


def recipe(n: int = 300, **overrides: Any) -> Spec:
    return catalogue.spec(catalogue.find("pendulum"), n=n, **{"size": 16, "shard_size": 20, **overrides})


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def local(out: Path) -> Sums:
    return {path.name: digest(path.read_bytes()) for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sums:
    """Build 300 samples in 16 shards in a directory, undisturbed."""
    out = tmp_path_factory.mktemp("whole") / "d"
    build(recipe(), out)
    return local(out)


class Store:
    """A real S3 server on this machine. What it holds outlives its stops, and is read by boto3, not by our code."""

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.make: Callable[[int], Any] = lambda port: ThreadedMotoServer("127.0.0.1", port, verbose=False)
        self.server = self.make(0)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server = self.make(self.port)
        self.server.start()

    def client(self) -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=self.address, aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106

    def names(self, url: str) -> set[str]:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        found = self.client().list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
        return {entry["Key"].removeprefix(f"{prefix}/") for entry in found}

    def get(self, url: str, name: str) -> bytes:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        data: bytes = self.client().get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"].read()
        return data

    def put(self, url: str, name: str, data: bytes) -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self.client().put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data)

    def sums(self, url: str) -> Sums:
        return {name: digest(self.get(url, name)) for name in sorted(self.names(url))}


@pytest.fixture(scope="module")
def running() -> Iterator[Store]:
    store = Store()
    yield store
    store.stop()


@pytest.fixture
def store(running: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give the server, with its address and keys where every S3 client looks for them."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": running.address,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget()
    return running


def forget() -> None:
    """Open new connections from now on, as another process would."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture
def place(store: Store, request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty folder in a bucket of this test's own."""
    bucket = f"b{digest(request.node.name.encode())[:20]}"
    store.client().create_bucket(Bucket=bucket)
    return f"s3://{bucket}/sets/pendulum"


@pytest.fixture
def memory() -> Iterator[str]:
    yield "memory://sets/pendulum"
    fsspec.filesystem("memory").store.clear()


def call(monkeypatch: pytest.MonkeyPatch, line: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scmgen", *line.split()])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


# Memory and file URLs


def recalled(url: str) -> Sums:
    system, root = fsspec.url_to_fs(url)
    return {name.rpartition("/")[2]: digest(system.cat_file(name)) for name in sorted(system.ls(root, detail=False))}


def test_memory_holds_what_a_directory_would(memory: str, whole: Sums) -> None:
    build(recipe(110), memory)
    assert verify(memory, samples=None, workers=2).faults == []
    build(recipe(), memory, workers=2)  # no other process sees this memory, so it stays in this one
    assert recalled(memory) == whole
    assert verify(memory).faults == []


def test_labels_that_withhold_something_travel_too(memory: str, tmp_path: Path) -> None:
    spec = recipe(60, labels="hidden", interventions=(Hard(),))
    build(spec, tmp_path / "d")
    build(spec, memory)
    assert recalled(memory) == local(tmp_path / "d")
    assert verify(memory, samples=None).faults == []
    truth = next(name for name in recalled(memory) if name.endswith(".truth.jsonl"))
    fsspec.filesystem("memory").rm_file(f"/sets/pendulum/{truth}")
    assert verify(memory).faults == [("files", f"{truth}: missing"), ("checksums", f"{truth}: missing")]
    build(spec, memory)
    assert recalled(memory) == local(tmp_path / "d")


def test_a_file_url_is_the_directory_that_it_names(tmp_path: Path, whole: Sums) -> None:
    out = tmp_path / "a set"
    build(recipe(), f"file://{tmp_path}/a%20set")
    assert local(out) == whole
    assert folder(out.as_uri()) == Local(out)


def test_a_shard_that_is_not_there_at_the_end_is_told(memory: str) -> None:
    """A worker on another machine may take a path for another place."""

    def lose(samples: int) -> None:
        fsspec.filesystem("memory").store.pop("/sets/pendulum/pendulum-train-000000.tar", None)

    with pytest.raises(ScmgenError) as caught:
        build(recipe(), memory, progress=lose)
    told = "pendulum-train-000000.tar is not there: its worker sees another place, or somebody removed it"
    assert str(caught.value) == f"{memory}: {told}"
    assert not LOADABLE & set(recalled(memory))


# S3


@stores
def test_a_bucket_holds_what_a_directory_would(
    store: Store, place: str, whole: Sums, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, f"{RECIPE} -j 2 -o {place}/") == 0
    assert capsys.readouterr().out.startswith(f"{place}/: 300 samples in 16 shards")
    assert store.sums(place) == whole
    assert call(monkeypatch, f"verify {place} --all -j 1") == 0
    assert capsys.readouterr().out.endswith(f"{place}: verified\n")
    assert call(monkeypatch, f"{RECIPE} --seed 3 -j 1 -o {place}") == 2
    assert f"scmgen: {place}: holds data set 'pendulum'" in capsys.readouterr().err
    assert store.sums(place) == whole


@stores
def test_a_larger_n_extends_what_a_bucket_holds(
    store: Store, place: str, whole: Sums, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(recipe(110), place)
    written, writing = [], Remote.writing
    monkeypatch.setattr(Remote, "writing", lambda there, name: written.append(name) or writing(there, name))
    build(recipe(), place)
    assert store.sums(place) == whole
    full = {f"pendulum-train-{number:06d}.tar" for number in range(4)}
    assert sorted(written) == sorted(whole.keys() - full | {".build.json"})


@stores
def test_parts_and_finalize_fill_a_bucket(store: Store, place: str, whole: Sums) -> None:
    build_part(recipe(), place, (1, 2))
    with pytest.raises(ScmgenError) as caught:
        finalize(place)
    name = "pendulum-train-000000.tar"
    assert str(caught.value) == f"{place}: {name} is not there yet, or not whole; build it, then finalize"
    build_part(recipe(), place, (0, 2))
    assert not LOADABLE & store.names(place)
    finalize(place)
    assert store.sums(place) == whole


@stores
def test_a_changed_object_is_found_and_put_again(store: Store, place: str, whole: Sums) -> None:
    build(recipe(), place)
    for change in (lambda data: data[:-5_000], lambda data: data[:3_000] + b"!" + data[3_001:]):
        name = "pendulum-test-000000.tar"
        data = change(store.get(place, name))
        store.put(place, name, data)
        told = f"{name}: changed or cut short since it was written ({len(data)} bytes)"
        assert verify(place).faults == [("checksums", told)]
        build(recipe(), place)
        assert store.sums(place) == whole


@stores
def test_force_replaces_only_what_a_build_put(store: Store, place: str, whole: Sums) -> None:
    build(recipe(100, seed=3), place)
    store.put(place, "notes.txt", b"mine")
    store.put(place, "below/pendulum-train-000000.tar", b"mine, too")
    build(recipe(), place, force=True)
    mine = {"notes.txt": digest(b"mine"), "below/pendulum-train-000000.tar": digest(b"mine, too")}
    assert store.sums(place) == {**whole, **mine}


@stores
def test_a_folder_of_others_is_refused(store: Store, place: str) -> None:
    store.put(place, "thesis.tex", b"years of work")
    with pytest.raises(ScmgenError, match="holds files that no build of scmgen wrote"):
        build(recipe(), place, force=True)
    assert store.names(place) == {"thesis.tex"}


# Interruptions


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


# Places that cannot be used


@stores
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{RECIPE} -o s3://no-such-bucket/d", "s3://no-such-bucket/d: cannot be written: The specified bucket"),
        (f"{RECIPE} -o s3://", "s3://: names no folder; write s3://PLACE/FOLDER"),
        (f"{RECIPE} -o s3:/bucket/d", "s3:/bucket/d: a URL has two slashes, and stays text: s3://PLACE/FOLDER"),
        (f"{RECIPE} -o s33://bucket/d", "s33://bucket/d: no kind of place is called 's33'; did you mean 's3'?"),
        (f"{RECIPE} -o file://d", "file://d: is not absolute; write file:///PATH"),
        (f"{RECIPE} -o s3://B/d", "s3://B/d: cannot be written: "),
        ("verify s3://no-such-bucket/d", "s3://no-such-bucket/d: not a data set: it has no manifest.json"),
        ("finalize s3://no-such-bucket/d", "s3://no-such-bucket/d: no build was begun here"),
    ],
)
def test_a_place_that_is_none_is_told(
    line: str, message: str, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, line) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"scmgen: {message}") and err.count("\n") == 1
    assert "the same command goes on" not in err  # nothing was begun


@stores
def test_a_url_that_became_a_path_is_told() -> None:
    with pytest.raises(ScmgenError, match="a URL has two slashes, and stays text: s3://PLACE/FOLDER"):
        build(recipe(), Path("s3://bucket/d"))


@stores
def test_a_server_that_is_down_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for line, what in (
        (f"{RECIPE} -o s3://bucket/d", "s3://bucket/d: cannot be written"),
        ("verify s3://bucket/d", "s3://bucket/d/manifest.json: cannot be read"),
    ):
        forget()
        assert call(monkeypatch, line) == 2
        told = f"{what}: Could not connect to the endpoint URL: "
        out, err = capsys.readouterr()
        assert out == "" and err.startswith(f"scmgen: {told}") and err.count("\n") == 1


@stores
def test_missing_and_wrong_keys_are_told(
    store: Store, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(recipe(30), place)
    require_keys(store, after=0)
    try:
        forget()
        for line, what in (
            (f"{RECIPE} -o {place}", f"{place}: cannot be written"),
            (f"verify {place}", f"{place}/manifest.json: cannot be read"),
        ):
            assert call(monkeypatch, line) == 2
            out, err = capsys.readouterr()
            assert out == "" and err.startswith(f"scmgen: {what}: ") and err.count("\n") == 1
            assert "denied" in err.lower() or "forbidden" in err.lower() or "not exist" in err.lower()
    finally:
        require_keys(store, after=float("inf"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget()
    assert call(monkeypatch, f"{RECIPE} -o {place}") == 2
    assert capsys.readouterr().err == f"scmgen: {place}: cannot be written: Unable to locate credentials\n"


def require_keys(store: Store, after: float) -> None:
    """Make the server check who asks, after so many questions."""
    connection = HTTPConnection("127.0.0.1", store.port)
    connection.request("POST", "/moto-api/reset-auth", str(after), {"Content-Type": "text/plain"})
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("module", "url", "message"),
    [
        ("fsspec", "s3://bucket/d", "s3://bucket/d: needs fsspec: pip install 'scmgen[remote]'"),
        ("s3fs", "s3://bucket/d", "s3://bucket/d: cannot be opened: Install s3fs to access S3"),
    ],
)
def test_what_is_not_installed_is_told(module: str, url: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ScmgenError) as caught:
        build(recipe(), url)
    assert str(caught.value) == message


# A cluster that loses workers


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
