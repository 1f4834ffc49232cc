"""A data set behind a URL, or built by a cluster that loses workers, is the data set of a quiet local build."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import s3
import sums
from s3 import Store, call, forget, require_keys, stores
from sums import LOADABLE, RECIPE, Sums, digest, local, recalled, recipe

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build, build_part, finalize
from scmgen.checks.verify.verify import verify
from scmgen.dataset.interventions.hard import Hard
from scmgen.storage.places.remote import Remote

whole, memory = sums.whole, sums.memory
running, store, place = s3.running, s3.store, s3.place

fsspec = pytest.importorskip("fsspec")


# Memory and file URLs


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


def test_a_shard_that_is_not_there_at_the_end_is_told(memory: str) -> None:
    """A worker on another machine may take a path for another place."""

    def lose(samples: int) -> None:
        fsspec.filesystem("memory").store.pop("/sets/pendulum/pendulum-train-000000.tar", None)

    with pytest.raises(ScmgenError) as caught:
        build(recipe(), memory, progress=lose)
    told = "pendulum-train-000000.tar is not there: its worker sees another place, or somebody removed it"
    assert str(caught.value) == f"{memory}: {told}"
    assert not LOADABLE & set(recalled(memory))


def test_no_more_is_fetched_than_the_manifest_says(memory: str) -> None:
    build(recipe(60), memory)
    system, name = fsspec.filesystem("memory"), "pendulum-test-000000.tar"
    shard = system.cat_file(f"/sets/pendulum/{name}")
    system.pipe_file(f"/sets/pendulum/{name}", shard + b"more")
    told = f"{memory}/{name}: has more than {len(shard):,} bytes"
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(memory).labels("test")
    assert str(caught.value) == f"{told}: the manifest lists another file"
    assert verify(memory).faults == [("checksums", f"{name}: not the file that the manifest lists: {told}")]
    system.pipe_file("/sets/pendulum/manifest.json", bytes((64 << 20) + 1))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(memory)
    assert str(caught.value) == f"{memory}/manifest.json: has more than 67,108,864 bytes"


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


# Places that cannot be used


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
