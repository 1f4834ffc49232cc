"""Shards that are no plain tars of samples, of other sizes than told, or no files at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.data import shards
from cdm.errors import CdmError

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and links as POSIX has them")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 12)


def _given(good: Path, out: Path, content: bytes) -> shards.ShardFolder:
    """The data set with another training shard whose sum agrees; the sizes that are told are those of the good one."""
    shutil.copytree(good, out)
    path = out / "toy-train-000000.tar"
    path.write_bytes(content.ljust(path.stat().st_size, b"\0"))
    fresh = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
    toy.change(out, lambda manifest: manifest["shards"][0].update(fresh))
    return shards.read(str(out))


def _read(source: shards.ShardFolder) -> list[dict[str, bytes]]:
    return list(source.samples(source.shards("train")[0]))


def _tar(*members: tarfile.TarInfo, format: int = tarfile.USTAR_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return file.getvalue()


def _member(name: str, size: int = 3, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member


def test_the_samples_of_a_shard_are_those_that_tarfile_reads(good: Path) -> None:
    with tarfile.open(good / "toy-train-000000.tar") as archive:
        known = [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    found = _read(shards.read(str(good)))
    read = [
        (f"train-{row:09d}.{name}", content) for row, sample in enumerate(found) for name, content in sample.items()
    ]
    assert read == known


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(bytes(10**7)), "no readable tar: it is compressed; a shard is a plain tar"),
        (b"x" * 700, "no readable tar: a header is damaged or cut short"),
        (_tar(_member("a.x")).replace(b"ustar", b"xstar"), "no readable tar: a header is damaged or cut short"),
        (_tar(_member("a.x", 10**8))[:900], "a.x: has 100,000,000 bytes; at most 16,777,216 are read"),
        (_tar(_member("a.x", 10**7))[:900], "no readable tar: it ends within a.x"),
        (_tar(_member("../../a.x")), "no readable tar: a member that is called '../../a.x', or its second"),
        (_tar(_member("/etc/a.x")), "no readable tar: a member that is called '/etc/a.x', or its second"),
        (_tar(_member("a.x"), _member("a.x")), "no readable tar: a member that is called 'a.x', or its second"),
        (_tar(_member("a.x", 0, tarfile.SYMTYPE)), "no readable tar: 'a.x' is no plain file"),
        (_tar(_member("a." + "x" * 300), format=tarfile.GNU_FORMAT), "no readable tar: '././@LongLink' is no plain"),
        (_tar(*(_member(f"k{row}.x") for row in range(13))), "more than 12 samples, not 12 as the manifest says"),
        (_tar(_member("a.x")), "1 samples, not 12 as the manifest says"),
        (b"", "0 samples, not 12 as the manifest says"),
    ],
)
def test_what_is_no_tar_of_samples_is_told(good: Path, tmp_path: Path, content: bytes, message: str) -> None:
    source = _given(good, tmp_path / "toy", content)
    tracemalloc.start()
    with pytest.raises(CdmError, match=f"^{re.escape(f'{source.where}/toy-train-000000.tar: {message}')}"):
        _read(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_shard_of_another_size_is_not_read_to_its_end(good: Path, tmp_path: Path) -> None:
    shutil.copytree(good, tmp_path / "toy")
    path = tmp_path / "toy" / "toy-train-000000.tar"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(10**12)
    source = shards.read(str(tmp_path / "toy"))
    told = f"^{re.escape(str(path))}: changed or cut short since it was written: [0-9,]+ bytes, not {size:,}$"
    for look in (lambda: source.check("train"), lambda: _read(source)):
        with pytest.raises(CdmError, match=told):
            look()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@posix
@pytest.mark.parametrize("make", [_pipe, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", ["toy-train-000000.tar", "manifest.json"])
def test_what_is_no_file_is_not_read(good: Path, tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    shutil.copytree(good, tmp_path / "toy")
    (tmp_path / "toy" / name).unlink()
    make(tmp_path / "toy" / name)
    with pytest.raises(CdmError, match=f"^{re.escape(str(tmp_path / 'toy' / name))}: is no regular file$"):
        _read(shards.read(str(tmp_path / "toy")))


def test_a_data_set_behind_a_url_is_read_alike_and_no_further(good: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for path in good.iterdir():
        memory.pipe(f"/toy/{path.name}", path.read_bytes())
    assert _read(shards.read("memory://toy")) == _read(shards.read(str(good)))
    shard = "/toy/toy-train-000000.tar"
    memory.pipe(shard, memory.cat(shard) + bytes(10**7))
    told = r"^memory://toy/toy-train-000000.tar: changed or cut short since it was written: [0-9,]+ bytes, not [0-9,]+$"
    with pytest.raises(CdmError, match=told):
        _read(shards.read("memory://toy/"))
    memory.rm("/toy", recursive=True)
    with pytest.raises(CdmError, match=r"^memory://toy: has no manifest.json: not a data set$"):
        shards.read("memory://toy")
