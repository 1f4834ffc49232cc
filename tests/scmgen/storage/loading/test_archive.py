"""A shard in memory: whole, of the sum that the manifest lists, and with the members of a sample in order."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from forged import faces, replace, rewrite

import scmgen
from scmgen import ScmgenError
from scmgen.storage import tar


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """Give a copy of a data set, to be damaged."""
    return Path(shutil.copytree(small, tmp_path / "d"))


def test_a_missing_shard(copy: Path) -> None:
    (copy / "pendulum-test-000000.tar").unlink()
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy).images("test")[0]
    assert str(caught.value) == f"{copy}: pendulum-test-000000.tar is missing, though the manifest lists it"


@pytest.mark.parametrize("change", [lambda data: data[:5_000], lambda data: data[:3_000] + b"!" + data[3_001:]])
def test_a_cut_or_changed_shard(copy: Path, change: Callable[[bytes], bytes]) -> None:
    path = copy / "pendulum-test-000000.tar"
    path.write_bytes(change(path.read_bytes()))
    told = f"{path}: changed or cut short since it was written ({path.stat().st_size:,} bytes)"
    data = scmgen.load(copy)
    for read in (lambda: data.labels("test"), lambda: next(data.iterate("test")), lambda: data.images("test")[0]):
        with pytest.raises(ScmgenError) as caught:
            read()
        assert str(caught.value) == told


def test_a_shard_that_cannot_be_read(copy: Path) -> None:
    path = copy / "pendulum-test-000000.tar"
    path.unlink()
    path.mkdir()
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy).labels("test")
    assert str(caught.value) == f"{path}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (["image.png", "label.json"], "2 samples, not 3 as the manifest says"),
        (["image.png", "label.json", "image.png"], "ends in the middle of the sample 'train-000000002'"),
        (["image.png", "image.png"], "found 'train-000000000.image.png' where .label.json of a sample is due"),
    ],
)
def test_a_shard_that_holds_something_else(tmp_path: Path, pieces: list[str], told: str) -> None:
    out = faces(tmp_path / "d")
    if "samples" in told:
        content = b"".join(tar.member(f"train-{i:09d}.{p}", b"{}") for i in range(2) for p in pieces)
    elif "middle" in told:
        names = [f"train-{i:09d}.{p}" for i in range(2) for p in pieces[:2]] + ["train-000000002.image.png"]
        content = b"".join(tar.member(name, b"{}") for name in names)
    else:
        content = b"".join(tar.member(f"train-000000000.{p}", b"{}") for p in pieces)
    replace(out, "faces-train-000000.tar", content + tar.END)
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    assert str(caught.value) == f"{out}/faces-train-000000.tar: {told}"


def test_members_of_two_samples_mixed_up(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    content = tar.member("a.image.png", b"") + tar.member("b.label.json", b"{}") + tar.END
    replace(out, "faces-train-000000.tar", content)
    with pytest.raises(ScmgenError, match=r": 'b\.label\.json' does not belong to the sample 'a' before it$"):
        scmgen.load(out).labels("train")


@pytest.mark.parametrize("key", ["/owned", "../owned", "a/b", "a b", "", "a" * 101])
def test_a_key_never_becomes_a_path(tmp_path: Path, key: str) -> None:
    out = faces(tmp_path / "d")
    replace(out, "faces-train-000000.tar", tar.member(f"{key}.image.png"[:100], b"") + tar.END)
    with pytest.raises(ScmgenError, match=r"faces-train-000000\.tar: found "):
        scmgen.load(out).labels("train")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", r"an object is needed, found \[1\]"),
    ],
)
def test_a_label_that_is_none(tmp_path: Path, label: bytes, told: str) -> None:
    out = faces(tmp_path / "d")
    content = tar.member("train-000000000.image.png", b"") + tar.member("train-000000000.label.json", label)
    replace(out, "faces-train-000000.tar", content + tar.END)
    rewrite(out, lambda data: data["shards"][0].update(samples=1))
    with pytest.raises(ScmgenError, match=rf"faces-train-000000\.tar: train-000000000\.label\.json: {told}"):
        list(scmgen.load(out).rows("train"))
