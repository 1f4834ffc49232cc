"""A shard in memory: whole, of the sum that the manifest lists, and with the members of a sample in order."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Sequence
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


KEYS = [f"train-{i:09d}" for i in range(3)]
NAMES = [f"{key}.{member}" for key in KEYS for member in ("image.png", "label.json")]


def packed(names: Sequence[str]) -> bytes:
    return b"".join(tar.member(name, b"{}") for name in names)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (packed(NAMES[:4]) + tar.END, "found its end where 'train-000000002.image.png' is due"),
        (packed(NAMES[:5]) + tar.END, "found its end where 'train-000000002.label.json' is due"),
        (packed(NAMES[:1] * 2), "found 'train-000000000.image.png' where 'train-000000000.label.json' is due"),
        (packed([NAMES[0], NAMES[3]]), "found 'train-000000001.label.json' where 'train-000000000.label.json' is due"),
        (packed([NAMES[2], *NAMES[1:]]), "found 'train-000000001.image.png' where 'train-000000000.image.png' is due"),
        (packed([*NAMES, NAMES[0]]), "goes on after the 3 samples that the manifest lists"),
        (packed(NAMES)[:-600], "ends within 'train-000000002.label.json', which has 2 bytes"),
        (gzip.compress(packed(NAMES)), "is gzipped; a shard is a plain tar, which is indexed without unpacking it"),
    ],
)
def test_a_shard_that_holds_something_else(tmp_path: Path, content: bytes, told: str) -> None:
    out = faces(tmp_path / "d")
    replace(out, "faces-train-000000.tar", content + bytes(max(0, 3_072 - len(content))))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    assert str(caught.value) == f"{out}/faces-train-000000.tar: {told}"


@pytest.mark.parametrize("key", ["/owned", "../owned", "a/b", "a b", "", "a" * 99, "test-000000000", "train-0"])
def test_a_key_never_becomes_a_path(tmp_path: Path, key: str) -> None:
    """Exports make names of files of them: a shard holds the keys of its split and positions, and no other."""
    out = faces(tmp_path / "d")
    replace(out, "faces-train-000000.tar", packed([f"{key}.image.png"[:100], *NAMES[1:]]) + tar.END)
    with pytest.raises(
        ScmgenError, match=r"faces-train-000000\.tar: found .* where 'train-000000000\.image\.png' is due"
    ):
        scmgen.load(out).labels("train")


def test_no_more_of_a_shard_is_read_than_the_manifest_says(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    path = out / "faces-train-000000.tar"
    size = path.stat().st_size
    os.truncate(path, 1 << 40)  # sparse: a terabyte that takes no room
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    told = f"has {1 << 40:,} bytes; at most {size:,} are read: the manifest lists another file"
    assert str(caught.value) == f"{path}: {told}"
    rewrite(out, lambda data: data["shards"][0].update(bytes=1 << 40))
    with pytest.raises(ScmgenError, match=r"shards\.0\.bytes: 3 samples of 2 members take between 3,072 and "):
        scmgen.load(out)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a system without device files")
def test_a_shard_that_is_a_device_is_never_read(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    path = out / "faces-train-000000.tar"
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ScmgenError, match=r"faces-train-000000\.tar: is a device; a regular file is needed"):
        scmgen.load(out).labels("train")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", r"an object is needed, found \[1\]"),
        (b'{"index": NaN}', "not valid JSON"),
        (b"[" * 2_000, "not valid JSON"),
    ],
)
def test_a_label_that_is_none(tmp_path: Path, label: bytes, told: str) -> None:
    out = faces(tmp_path / "d")
    content = tar.member("train-000000000.image.png", b"") + tar.member("train-000000000.label.json", label)
    replace(out, "faces-train-000000.tar", content + tar.END)
    rewrite(out, lambda data: (data["shards"][0].update(samples=1), data["splits"].update(train=1)))
    with pytest.raises(ScmgenError, match=rf"faces-train-000000\.tar: train-000000000\.label\.json: {told}"):
        list(scmgen.load(out).rows("train"))
