"""What a report reads: the first samples of each split, and no shard for nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reported import Reader

import scmgen
from scmgen.errors import ScmgenError
from scmgen.publish import report


def test_what_labels_withhold_is_read_from_beside_the_shards(pages: dict[str, Path]) -> None:
    told = Reader(pages["weak"].read_text("utf-8")).tables
    assert sum(int(row[2]) for row in told["interventions"][1:] if row[0] == "counterfactual") == 40
    assert any(row[0].startswith("environment do_") for row in told["splits"])


def test_samples_are_the_first_of_each_split(small: Path) -> None:
    data = scmgen.load(small)
    text = report.compose(data, samples=20)
    assert "train, 20 samples" in text and "test, 20 samples" in text
    told = Reader(text).tables["interventions"]
    assert sum(int(row[1]) for row in told[1:]) == 60


def test_only_shards_that_are_looked_at_are_read(small: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "pendulum-train-000002.tar").unlink()
    report.compose(scmgen.load(copy), samples=100)
    with pytest.raises(ScmgenError, match=r"pendulum-train-000002\.tar is missing"):
        report.compose(scmgen.load(copy), samples=201)
