"""Evaluations on the command line: what is refused, what stands beside, and where the reader is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import toy
from trainings import call

import cdm
from cdm.data.pairs import place_of
from cdm.data.shards import read
from cdm.errors import CdmError
from cdm.evaluation import evaluate, reader
from cdm.models import checkpoint
from cdm.runs import progress

LINEAR = linear.Linear.name  # known to the commands once it is imported


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STEPS", 3)


@pytest.fixture
def fitted(toy_data: Path, toy_cache: Path, tmp_path: Path) -> Path:
    call("train", str(toy_data), "--model", LINEAR, "-o", str(tmp_path / "run"), "--cache", str(toy_cache))
    return tmp_path / "run"


def test_a_run_that_is_not_finished_is_refused(toy_run: Path, toy_data: Path, tmp_path: Path) -> None:
    checkpoint.save(tmp_path / checkpoint.FILE, cdm.load(toy_run), {"phase": 3, "step": 4, "samples": 400})
    done = toy.call("evaluate", str(tmp_path), "--data", str(toy_data), home=tmp_path / "cache")
    message = f"cdm: {tmp_path}: its training has come to phase draft; only a finished one is scored, train on\n"
    assert (done.returncode, done.stderr) == (2, message)
    assert not (tmp_path / "evaluation.json").exists()


def test_another_that_is_not_finished_is_refused_too(
    toy_run: Path, fitted: Path, toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    checkpoint.save(other / checkpoint.FILE, cdm.load(toy_run), {"phase": 0, "step": 4, "samples": 400})
    with pytest.raises(CdmError, match=rf"^{other}: its training has come to phase encoder; only a finished one is"):
        call("evaluate", str(fitted), "--data", str(toy_data), "--beside", str(other), "--cache", str(toy_cache))


def test_other_runs_stand_in_the_tables_by_their_kind_or_their_directory(
    brief: None, toy_run: Path, fitted: Path, toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    second, cache = tmp_path / "stiff", ["--cache", str(toy_cache)]
    call("train", str(toy_data), "--model", LINEAR, "--preset", "stiff", "-o", str(second), *cache)
    line = ["evaluate", str(fitted), "--data", str(toy_data), "--samples", "30", *cache]
    said = call(*line, "--beside", str(second), "--beside", str(toy_run))
    told = json.loads((fitted / "evaluation.json").read_text())
    rows = ["identity", "re-encoded", "linear (stiff)", "causal diffusion", "oracle", "model"]
    assert list(told["L1"]) == rows and all(f"\n  {row} " in said for row in rows)
    assert list(told["effectiveness"]["diagonal"]) == ["reader" if row == "oracle" else row for row in rows]
    assert told["L1"]["linear (stiff)"]["changed"] != told["L1"]["model"]["changed"]


def test_the_reader_is_trained_once_for_a_data_set(brief: None, fitted: Path, toy_data: Path, tmp_path: Path) -> None:
    line = ["evaluate", str(fitted), "--data", str(toy_data), "--samples", "9", "--cache", str(tmp_path / "cache")]
    first = call(*line)
    kept = place_of(read(str(toy_data)), "train", tmp_path / "cache") / reader.FILE
    content = kept.stat()
    assert call(*line) == first
    assert (kept.stat().st_mtime_ns, kept.stat().st_ino) == (content.st_mtime_ns, content.st_ino)


def test_every_stage_shows_how_far_it_is(
    brief: None, toy_run: Path, toy_data: Path, toy_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stages: dict[str, list[int]] = {}

    @contextmanager
    def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
        stages[title] = [total]
        yield stages[title].append

    monkeypatch.setattr(progress, "bar", bar)
    monkeypatch.setattr(evaluate, "CYCLES", (1, 2))
    out, shared = str(tmp_path / "x.json"), ["--data", str(toy_data), "--cache", str(toy_cache), "--samples", "10"]
    call("evaluate", str(toy_run), *shared, "--beside", str(toy_run), "-o", out)
    titles = ["counterfactuals", "null cycles", "causal diffusion (run)", "reading images", "fresh samples"]
    assert [title for title in stages if not title.startswith("reading t")] == ["training a reader", *titles]
    assert all(sum(done) == total for title in titles for total, *done in [stages[title]])
