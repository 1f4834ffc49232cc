"""Manifests that are damaged in every way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.data import shards
from cdm.errors import CdmError

NEEDED = ("digest", "factors", "graph", "members", "name", "shards", "size", "spec_hash", "splits", "format")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 60)


def test_each_key_of_a_manifest_is_missed_by_name(good: Path, tmp_path: Path) -> None:
    manifest = json.loads((good / "manifest.json").read_text())
    for key in NEEDED:
        (tmp_path / "manifest.json").write_text(json.dumps({k: v for k, v in manifest.items() if k != key}))
        message = "format None; this cdm reads format 1" if key == "format" else f"has no {key}; docs/format.md says"
        with pytest.raises(CdmError, match=f"^{re.escape(str(tmp_path))}/manifest.json: {message}"):
            shards.read(str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": "16"}, 'size: a whole number from 0 on is needed, found "16"'),
        ({"size": 0}, "size, members: images of 1 to 4096 pixels a side are needed"),
        ({"members": [".label.json"]}, "size, members: images of 1 to 4096 pixels a side are needed"),
        ({"splits": {"../../train": 3}}, "splits: names without a separator or a leading dot are needed"),
        ({"name": "../run"}, 'name: a name without a slash or a leading dot is needed, found "../run"'),
        ({"digest": "../../home"}, 'digest: a hexadecimal digest is needed, found "../../home"'),
        ({"factors": {}}, "factors: at least one is needed, each with a name of its own"),
        ({"factors": {"a": 3}}, "factors.a: a mapping is needed, found 3"),
        ({"graph": {"adjacency": {"directed": [[0]]}}}, "graph.adjacency.directed: a row and a column for each"),
        ({"graph": {}}, "graph has no adjacency"),
        ({"shards": [{"name": "x.tar", "split": "train", "samples": 3}]}, "shards[0] has no sha256"),
        ({"shards": 2 * [{"name": "x.tar", "split": "train", "samples": 3, "sha256": "0" * 64}]}, "shards: x.tar is"),
        ({"shards": "none"}, 'shards: a list is needed, found "none"'),
    ],
)  # fmt: skip
def test_a_manifest_of_another_form_is_told_where(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    toy.write(tmp_path, 4, **changes)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{tmp_path}/manifest.json: {message}')}"):
        shards.read(str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "ordinal"}, 'factors.a.type: one of categorical, circular, continuous is needed, found "ordinal"'),
        ({"range": [0.0]}, "factors.a.range: two numbers are needed"),
        ({"range": [1.0, 1.0]}, "factor a: a range from 1 to 1 and no levels"),
        ({"range": [0.0, float("nan")]}, "factors.a.range[1]: a number is needed, found NaN"),
        ({"levels": None}, "factors.a.levels: a list is needed, found null"),
    ],
)
def test_a_factor_of_another_form_is_told_where(good: Path, tmp_path: Path, changes: Any, message: str) -> None:
    manifest = json.loads((good / "manifest.json").read_text())
    manifest["factors"]["a"] |= changes
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CdmError, match=f"^{re.escape(f'{tmp_path}/manifest.json: {message}')}"):
        shards.read(str(tmp_path))


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(CdmError, match=r"manifest.json: damaged: not valid JSON \(maximum recursion depth"):
        shards.read(str(tmp_path))


def test_any_byte_of_a_manifest_may_be_wrong(good: Path, tmp_path: Path) -> None:
    """It is an error of ours or, where the byte means nothing, a data set."""
    whole = (good / "manifest.json").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "manifest.json").write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            shards.read(str(tmp_path))
        except CdmError as error:
            assert str(error).startswith(f"{tmp_path}/manifest.json: ")
