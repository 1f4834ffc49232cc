"""The reader of a data set: trained once, and then kept."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy
from trainings import same

from cdm.data import shards
from cdm.evaluation import reader
from cdm.runs import readers


def test_a_reader_is_trained_on_the_first_split_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STEPS", 3)
    source, cache = shards.read(str(toy.write(tmp_path / "toy", 24))), tmp_path / "cache"
    first = readers.opened(source, cache, "cpu")
    assert [path.parent.name for path in cache.rglob(reader.FILE)] == ["train"]
    monkeypatch.setattr(reader, "fit", None)  # nothing is trained any more
    assert same(readers.opened(source, cache, "cpu"), first)
