"""Manifests that are damaged in every way, and those that only say less than today's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy
from checkout import ROOT

from cdm.data import manifest, shards
from cdm.errors import CdmError

NEEDED = ("origin", "name", "size", "splits", "members", "pixels", "factors", "graph", "shards")
FORM = r"^[a-z0-9][a-z0-9_-]*"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 12)


def _plain(good: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((good / "manifest.json").read_text())
    return data


def _refused(out: Path, data: dict[str, Any], message: str) -> None:
    toy.sign(out, data)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{out}/manifest.json: {message}')}"):
        shards.read(str(out))


def test_each_key_of_a_manifest_is_missed_by_name(good: Path, tmp_path: Path) -> None:
    data = _plain(good)
    assert set(NEEDED) == set(data) - {"format", "digest", "spec_hash"}
    for key in NEEDED:
        rest = {k: v for k, v in data.items() if k != key}
        _refused(tmp_path, rest, f"has no {key}; docs/reference/format.md says what a manifest holds")
    _refused(tmp_path, {k: v for k, v in data.items() if k != "format"}, "format null; this cdm reads format 1")


def test_a_manifest_that_was_changed_says_so(good: Path, tmp_path: Path) -> None:
    for changes in ({"size": 17}, {"digest": "0" * 64}, {"digest": 7}, {"digest": None}):
        (tmp_path / "manifest.json").write_text(json.dumps({**_plain(good), **changes}))
        with pytest.raises(CdmError, match=r"manifest.json: changed since it was written: its digest does not match$"):
            shards.read(str(tmp_path))


def test_keys_that_have_a_default_may_be_missing_and_unknown_ones_there(good: Path, tmp_path: Path) -> None:
    data = _plain(good)
    del data["spec_hash"], data["factors"]["a"]["unit"], data["graph"]["full"]["edges"][0]
    toy.sign(tmp_path, {**data, "colour": {"of": ["later"]}})
    found = shards.read(str(tmp_path)).manifest
    assert (found["factors"]["a"]["unit"], found["colour"]) == ("1", {"of": ["later"]})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": "16"}, 'size: a whole number is needed, found "16"'),
        ({"size": 16.0}, "size: a whole number is needed, found 16.0"),
        ({"size": 0}, "size: at least 1 is needed, found 0"),
        ({"size": 10**6}, "size: at most 4096 is needed, found 1000000"),
        ({"members": []}, "members: a list of at least 1 entries is needed, found []"),
        ({"members": [".label.json"]}, 'members: .image.png and .label.json are needed, found [".label.json"]'),
        ({"members": ["/a"]}, r'members[0]: a text of the form ^\.[a-z0-9_]+\.(png|json)$ is needed, found "/a"'),
        ({"splits": None}, "splits: a mapping is needed, found null"),
        ({"splits": {}}, "splits: a mapping of at least 1 entries is needed, found {}"),
        ({"splits": {"../../train": 3}}, 'splits: names of the form ^[a-z0-9_]+$ are needed, found "../../train"'),
        ({"splits": {"train\n": 3}}, r'splits: names of the form ^[a-z0-9_]+$ are needed, found "train\n"'),
        ({"splits": {"train": 12, "test": 4}}, "splits.test: 4 samples, but its shards hold 3"),
        ({"name": "../run"}, f'name: a text of the form {FORM}$ is needed, found "../run"'),
        ({"name": "toy\n"}, f'name: a text of the form {FORM}$ is needed, found "toy\\n"'),
        ({"description": 7}, "description: a text is needed, found 7"),
        ({"spec": {}}, "spec has no scene"),
        ({"factors": []}, "factors: a mapping is needed, found []"),
        ({"factors": {}}, "factors: a mapping of at least 1 entries is needed, found {}"),
        ({"factors": {"a": 3}}, "factors.a: a mapping is needed, found 3"),
        ({"graph": "x"}, 'graph: a mapping is needed, found "x"'),
        ({"graph": {}}, "graph has no full"),
        ({"graph": toy.graph("abc", toy.ADJACENCY)}, "graph.adjacency.names: the factors are needed, in their order: "),
        ({"graph": toy.graph(toy.FACTORS, [[0, 1, 0]] * 2)}, "graph.adjacency.directed: a row and a column of 0 and 1"),
        ({"graph": toy.graph(toy.FACTORS, [[0, 2, 0]] * 3)}, "graph.adjacency.directed[0][1]: at most 1 is needed"),
        ({"shards": None}, "shards: a list is needed, found null"),
        ({"shards": "none"}, 'shards: a list is needed, found "none"'),
        ({"shards": [1] * 99}, "shards[0]: a mapping is needed, found 1"),
        ({"origin": "x" * 10**6}, 'origin: one of generated, imported is needed, found "' + 56 * "x" + "...;"),
    ],
)  # fmt: skip
def test_a_manifest_of_another_form_is_told_where(
    good: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    _refused(tmp_path, {**_plain(good), **changes}, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": None}, "shards[0].sha256: a text is needed, found null"),
        ({"name": "/dev/zero"}, rf'shards[0].name: a text of the form {FORM}\.tar$ is needed, found "/dev/zero"'),
        ({"name": "../x.tar"}, rf'shards[0].name: a text of the form {FORM}\.tar$ is needed, found "../x.tar"'),
        ({"name": "toy-test-000000.tar"}, "shards[1].name: toy-test-000000.tar is listed twice"),
        ({"split": "trian"}, "shards[0].split: no split 'trian'; did you mean 'train'? there are train, test"),
        ({"samples": -5}, "shards[0].samples: at least 1 is needed, found -5"),
        ({"samples": 10**12}, "shards[0].samples: at most 100000 is needed, found 1000000000000"),
        ({"samples": 10**5}, "shards[0].samples: 100,000 samples cannot lie in "),
        ({"samples": 11}, "splits.train: 12 samples, but its shards hold 11"),
        ({"bytes": True}, "shards[0].bytes: a whole number is needed, found true"),
    ],
)
def test_a_shard_of_another_form_is_told_where(good: Path, tmp_path: Path, changes: Any, message: str) -> None:
    data = _plain(good)
    data["shards"][0] |= changes
    _refused(tmp_path, data, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "ordinal"}, 'factors.a.type: one of continuous, circular, categorical is needed, found "ordinal"'),
        ({"range": [0.0]}, "factors.a.range: a list of at least 2 entries is needed, found [0.0]"),
        ({"range": [1.0, 1.0]}, "factor a: a range from 1 to 1 and no levels"),
        ({"range": [0.0, None]}, "factors.a.range: two numbers are needed, found [0.0, null]"),
        ({"range": [0.0, "x"]}, 'factors.a.range[1]: a number is needed, found "x"'),
        ({"levels": None}, "factors.a.levels: a list is needed, found null"),
    ],
)
def test_a_factor_of_another_form_is_told_where(good: Path, tmp_path: Path, changes: Any, message: str) -> None:
    data = _plain(good)
    data["factors"]["a"] |= changes
    _refused(tmp_path, data, message)


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(CdmError, match=r"manifest.json: damaged: not valid JSON \("):
        shards.read(str(tmp_path))


def test_a_manifest_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "manifest.json").open("wb") as file:
        file.truncate(10**11)
    with pytest.raises(CdmError, match=r"manifest.json: has more than 67,108,864 bytes, which is all that are read$"):
        shards.read(str(tmp_path))


def test_any_byte_of_a_manifest_may_be_wrong(good: Path, tmp_path: Path) -> None:
    """None goes unseen, save one of white space."""
    whole = (good / "manifest.json").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "manifest.json").write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        with pytest.raises(CdmError, match=f"^{re.escape(str(tmp_path))}/manifest.json: "):
            shards.read(str(tmp_path))


def test_both_packages_know_one_digest(good: Path) -> None:
    from scmgen.storage import manifest as theirs

    data = {**_plain(good), "numbers": [1e16, 1e-7, 0.1, -0.0, 5e-324, 2**63, "é\u2028"]}
    assert manifest.digest(data) == theirs.digest(data)


def test_without_the_package_that_checks_forms_it_is_named(good: Path) -> None:
    code = f"import sys; sys.modules['jsonschema'] = None; from cdm.data import shards; shards.read({str(good)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    told = done.stderr.splitlines()[-1]
    assert told == "cdm.errors.CdmError: reading a data set needs jsonschema: pip install 'scmgen[cdm]'"
