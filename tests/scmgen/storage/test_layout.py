"""The index beside the shards: the library ``wids`` reads samples at random with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from libraries import need

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.spec import Split
from scmgen.storage import layout

READ = """
import json, sys, wids
samples = wids.ShardListDataset(sys.argv[1], transformations=[], localname=str)
rows = json.loads(sys.argv[2])
found = [samples[row] for row in rows]
told = [[one["__key__"], sorted(n for n in one if n[0] == "."), json.load(one[".label.json"])] for one in found]
print(json.dumps([len(samples), samples.dataset_name, told]))
"""


def read(index: str, rows: list[int], directory: Path) -> Any:
    """Read some samples with wids, in a process of its own: it leaves shards open and writes to stderr."""
    need("wids", "torch")
    usual = {**os.environ, "WIDS_CACHE": str(directory / "cache")}
    line = [sys.executable, "-c", READ, index, json.dumps(rows)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=directory, env=usual)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_samples_are_read_at_random_across_shards(small: Path, tmp_path: Path) -> None:
    rows = [239, 0, 99, 100, 199, 200, 7]
    size, name, found = read(str(small / "wids-train.json"), rows, tmp_path)
    assert (size, name) == (240, "pendulum-train")
    assert [key for key, _, _ in found] == [f"train-{row:09d}" for row in rows]
    assert found[0][1] == [".image.png", ".image_cf.png", ".label.json", ".mask.png", ".mask_cf.png"]
    assert [label["index"] for _, _, label in found] == rows
    assert sorted(path.name for path in small.iterdir() if path.suffix == ".lock") == []


def test_the_index_goes_where_the_shards_go(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum"), n=30, size=16, shard_size=10), tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    size, _, found = read("b/wids-test.json", [2], tmp_path)  # a relative path
    assert size == 3 and found[0][0] == "test-000000002"


def test_an_index_lists_what_the_manifest_lists(small: Path) -> None:
    data = json.loads((small / "manifest.json").read_text())
    for split in data["splits"]:
        index = json.loads((small / f"wids-{split}.json").read_text())
        assert index["wids_version"] == 1
        listed = [(shard["url"], shard["nsamples"], shard["filesize"], shard["sha256"]) for shard in index["shardlist"]]
        due = [(s["name"], s["samples"], s["bytes"], s["sha256"]) for s in data["shards"] if s["split"] == split]
        assert listed == due and due


def test_the_index_of_a_split_that_is_gone_is_removed(tmp_path: Path) -> None:
    source = catalogue.find("pendulum")
    more = (Split(name="train", share=1), Split(name="far_away", share=1))
    build(catalogue.spec(source, n=20, size=16, splits=more), tmp_path)
    assert {path.name for path in tmp_path.glob("wids-*")} == {"wids-train.json", "wids-far_away.json"}
    build(catalogue.spec(source, n=20, size=16, splits=(Split(name="train", share=1),)), tmp_path, force=True)
    assert {path.name for path in tmp_path.glob("wids-*")} == {"wids-train.json"}


def test_a_missing_index_is_found(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum"), n=30, size=16), tmp_path)
    (tmp_path / "wids-train.json").unlink()
    assert verify(tmp_path, samples=0).faults == [("files", "wids-train.json: missing")]


def test_other_files_of_the_name_are_left_alone() -> None:
    there = {"wids-train.json", "wids-.json", "wids-Train.json", "my-wids-train.json", "wids-train.json.bak"}
    assert layout.beside(there) == ["wids-train.json"]
