"""Verification of images from elsewhere: nothing can be recomputed, and whatever does not belong is found."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
import scanned_digits
import shell_here
from shell_here import Shell

import scmgen

digits, imported = scanned_digits.digits, scanned_digits.imported
shell = shell_here.shell


def test_verify_checks_what_it_can_and_says_that_nothing_is_recomputed(imported: Path, shell: Shell) -> None:
    done = shell("verify", imported, "--all", "-j", 1)
    lines = done.out.splitlines()
    names = ["files", "checksums", "samples", "labels", "pixels", "duplicates", "graph", "manifest", "companions"]
    assert (done.status, [line.split()[:2] for line in lines[:-2]]) == (0, [["ok", name] for name in names])
    assert lines[-2] == "imported: no equations, so nothing was computed or drawn again"
    assert lines[-1] == f"{imported}: verified"


def forge(out: Path, change: Any) -> None:
    """Write the first test sample's label and image anew, and the sums with them: only a look inside finds it."""
    from scmgen.storage import manifest, tar

    name = "digits-test-000000.tar"
    data = json.loads((out / "manifest.json").read_text())
    whole = scmgen.load(out)
    found = whole.archive(next(shard for shard in whole.manifest.shards if shard.name == name))
    pieces = []
    for row, key in enumerate(found.keys):
        label, image = found.labels([row])[0], found.content("image", row)
        if row == 0:
            label, image = change(label, image)
        members = ((".image.png", image), (".label.json", orjson.dumps(label)))
        pieces += [tar.member(key + ending, part) for ending, part in members]
    whole = b"".join([*pieces, tar.END])
    (out / name).write_bytes(whole)
    for shard in data["shards"]:
        if shard["name"] == name:
            shard |= {"sha256": hashlib.sha256(whole).hexdigest(), "bytes": len(whole)}
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def relabel(**changes: Any) -> Any:
    return lambda label, image: ({**label, **changes}, image)


FACTORS = {"digit": 1.0, "ink": 0.3, "slant": 0.0, "open_shape": 1.0}


@pytest.mark.parametrize(
    ("change", "check", "message"),
    [
        (relabel(noise={}), "labels", "the label of sample 0 is not the one that docs/reference/format.md describes"),
        (relabel(index=7), "labels", "the label of sample 0 is not the one that docs/reference/format.md describes"),
        (relabel(factors={"digit": 1.0}), "labels", "the label of sample 0 has other factors than the manifest"),
        (relabel(factors={**FACTORS, "digit": 2.5}), "labels", "has digit = 2.5, which is not in its domain"),
        (relabel(factors={**FACTORS, "ink": 9.0}), "labels", "has ink = 9.0, which is not in its domain"),
        (relabel(factors={**FACTORS, "ink": 0}), "labels", "has ink = 0, which is not in its domain"),
        (lambda label, image: (label, image[:60]), "pixels", "test-000000000.image.png: no readable PNG"),
    ],
)
def test_verify_finds_what_does_not_belong(
    change: Any, check: str, message: str, imported: Path, shell: Shell, tmp_path: Path
) -> None:
    shutil.copytree(imported, tmp_path / "copy")
    forge(tmp_path / "copy", change)
    done = shell("verify", tmp_path / "copy", "--all", "-j", 1)
    assert (done.status, f"  FAULT {check:<12}" in done.out, message in done.out) == (1, True, True)


def test_verify_finds_a_changed_shard_and_a_picture_that_stands_twice(
    imported: Path, shell: Shell, tmp_path: Path
) -> None:
    shutil.copytree(imported, tmp_path / "copy")
    other = next(scmgen.load(imported).rows("train"))["source"]
    forge(tmp_path / "copy", relabel(source=other))
    assert "1 samples have the same source as another one" in shell("verify", tmp_path / "copy", "-j", 1).out
    (tmp_path / "copy" / "digits-test-000000.tar").write_bytes(b"short")
    assert "digits-test-000000.tar: changed or cut short" in shell("verify", tmp_path / "copy", "-j", 1).out
