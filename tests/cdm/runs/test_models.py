"""Models and their directories: what a training does that finds something there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import toy

from cdm.data import shards
from cdm.data.pairs import Pairs
from cdm.errors import CdmError, Interrupted
from cdm.models import checkpoint, protocol
from cdm.models.protocol import Job
from cdm.runs import models


@pytest.fixture(scope="module")
def job(toy_data: Path, toy_pairs: Pairs) -> Job:
    return Job(toy_pairs, shards.read(str(toy_data)).manifest)


def test_a_model_is_trained_once(job: Job, tmp_path: Path) -> None:
    there = replace(job, out=tmp_path / "run")
    assert isinstance(models.train("linear", there, linear.Options()), linear.Linear)
    header, _ = checkpoint.read(tmp_path / "run")
    assert header["samples"] == 400 and header["data"]["digest"] == job.manifest["digest"]
    assert header["data"]["graph"] == {"directed": toy.ADJACENCY, "loose": []}
    assert models.train("linear", there, linear.Options()) is None
    assert models.train("linear", replace(there, force=True), linear.Options()) is not None


def test_only_a_training_that_has_come_to_its_end_is_finished(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.train("linear", replace(job, out=tmp_path), linear.Options())
    header, model = models.finished(tmp_path)
    assert header["model"] == model.name == "linear"

    def lacks(header: Any, answer: str | None) -> str | None:
        return "its training has come to phase half" if answer is None else None

    monkeypatch.setitem(protocol.MODELS, "linear", replace(protocol.MODELS["linear"], lacks=lacks))
    with pytest.raises(CdmError) as caught:
        models.finished(tmp_path)
    message = f"{tmp_path}: its training has come to phase half; only a finished one is scored, train on"
    assert str(caught.value) == message


def test_a_training_without_a_directory_or_a_manifest_writes_nothing(job: Job) -> None:
    assert models.train("linear", Job(job.pairs), linear.Options()) is not None


def test_a_directory_that_holds_something_else_is_left_alone(job: Job, tmp_path: Path) -> None:
    there = replace(job, out=tmp_path)
    models.train("linear", there, linear.Options())
    content = (tmp_path / checkpoint.FILE).read_bytes()
    hint = "choose another --out, or begin anew with --force"
    for name, other, options, message in (
        ("linear", there, linear.Options(ridge=1.0), "another configuration: ridge: 0.01 there, 1.0 here; train with"),
        ("told", there, linear.Options(), f"holds a model 'linear'; {hint}"),
        ("linear", replace(there, manifest={**job.manifest, "digest": "0" * 32}), linear.Options(), "another data set"),
    ):
        with pytest.raises(CdmError, match=message):
            models.train(name, other, options)
    assert (tmp_path / checkpoint.FILE).read_bytes() == content


def test_ctrl_c_keeps_nothing_of_a_model_that_is_trained_in_one_go(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(job: Job, options: Any) -> linear.Linear:
        raise KeyboardInterrupt

    monkeypatch.setitem(protocol.MODELS, "linear", replace(protocol.MODELS["linear"], fit=stopped))
    with pytest.raises(Interrupted, match=r"^interrupted; a model 'linear' is kept when it is trained, not before$"):
        models.train("linear", replace(job, out=tmp_path), linear.Options())
    assert not (tmp_path / checkpoint.FILE).exists()


def test_a_fit_tells_of_its_steps(job: Job) -> None:
    lines: list[dict[str, Any]] = []
    models.train("linear", replace(job, log=lines.append), linear.Options())
    assert lines == [{"phase": "regression", "step": 1, "steps": 1}]
