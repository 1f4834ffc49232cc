"""The trainer's cache: whatever happened to it, it is decoded anew with a word, or opened as it was decoded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import caches
import numpy as np
import toy
from caches import Spoil

from cdm.data import pairs, proof, shards

posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and permissions as POSIX has them")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data set beside the cache of its training split, ``cache``."""
    out = tmp_path_factory.mktemp("good")
    toy.write(out / "toy", 8)
    pairs.open_data(str(out / "toy"), "train", out / "cache")
    return out


@posix
@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        *(pytest.param(spoil, "image_cf", id=name) for name, spoil in {**caches.FILES, **caches.WHOLE}.items()),
        pytest.param(caches.FILES["a bit of its content"], "do_value", id="a bit of a label"),
    ],
)
def test_a_spoiled_cache_is_made_anew_with_one_note(
    good: Path, tmp_path: Path, spoil: Spoil, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pairs.open_data(str(good / "toy"), "train", good / "cache")
    shutil.copytree(good / "cache", tmp_path / "cache")
    (place,) = (tmp_path / "cache").glob("*/train")
    capsys.readouterr()
    spoil(place, place / f"{name}.npy")
    outside = {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()}
    for told in (1, 0):
        again = pairs.open_data(str(good / "toy"), "train", tmp_path / "cache")
        assert {*again.arrays} == {*before.arrays}
        assert all(np.array_equal(again.arrays[key], before.arrays[key]) for key in before.arrays)
        note = capsys.readouterr().err
        assert note.count("\n") == told and (not told or note.startswith(f"cdm: {place}: "))
        assert not told or note.endswith("; made anew\n")
    assert not place.is_symlink() and not [path for path in place.rglob("*") if path.is_symlink()]
    assert all(path.read_bytes() == content for path, content in outside.items())
    assert {path.name for path in place.glob(".*")} == {proof.LOCK}


def test_no_byte_of_an_array_may_change(good: Path, tmp_path: Path) -> None:
    shutil.copytree(good / "cache", tmp_path / "cache")
    (place,) = (tmp_path / "cache").glob("*/train")
    source, form = shards.read(str(good / "toy")).digest, proof.Form((8, 3), np.dtype(np.float64))
    whole = (place / "factors.npy").read_bytes()
    for at in range(len(whole)):
        (place / "factors.npy").write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        found = proof.standing(place, source, {"factors": form})
        assert found.arrays == {}
        assert found.faults == ("factors.npy is damaged: its content does not have the sum that was kept",)
    (place / "factors.npy").write_bytes(whole)
    assert {*proof.standing(place, source, {"factors": form}).arrays} == {"factors"}


SETPRIV = shutil.which("setpriv")


@posix
@pytest.mark.parametrize("locked", ["train", "train/image.npy"])
def test_what_may_not_be_read_is_made_anew_or_told(good: Path, tmp_path: Path, locked: str) -> None:
    """Root reads everything, unless it gives that up."""
    drop = [SETPRIV, "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 and SETPRIV else []
    if os.geteuid() == 0 and not drop:
        pytest.skip("root reads everything")
    shutil.copytree(good / "cache", tmp_path / "cache")
    (place,) = (tmp_path / "cache").glob("*")
    (place / locked).chmod(0)
    code = "from sys import argv; from pathlib import Path; from cdm.data import pairs\n"
    code += "pairs.open_data(argv[1], 'train', Path(argv[2]))"
    line = [*drop, sys.executable, "-c", code, str(good / "toy"), str(tmp_path / "cache")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()[-1]
    (place / locked).chmod(0o700)
    if locked == "train":
        assert told.endswith(f"CdmError: {place}/train: cannot be used: Permission denied; choose another with --cache")
    else:
        assert (done.returncode, told) == (
            0,
            f"cdm: {place}/train: {Path(locked).name} cannot be read: Permission denied; made anew",
        )
