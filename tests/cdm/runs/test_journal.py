"""What a run writes while it trains: its log, events and pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from PIL import Image
from trainings import TINY, same

from cdm import config
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.runs import journal
from cdm.training import run, train


def test_a_run_tells_of_itself(toy_run: Path) -> None:
    lines = [json.loads(line) for line in (toy_run / journal.LOG).read_text().splitlines()]
    order = list(dict.fromkeys(line["phase"] + line.get("after", "") for line in lines))
    assert order == ["encoder", "graphencoder", "refine", "graphrefine", "mechanisms", "draft", "denoiser"]
    assert [line["SHD"] for line in lines if line["phase"] == "graph"][-1] == 0
    with Image.open(toy_run / journal.SAMPLES / "000010.png") as drawn:
        assert drawn.size[0] > 8 * 96 and drawn.size[1] > 3 * 96


def _events(out: Path) -> dict[str, list[int]]:
    """The steps of each curve, as TensorBoard shows them."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulator.EventAccumulator(str(out / journal.EVENTS))
    found.Reload()
    tags = found.Tags()
    assert tags["images"] in ([], ["samples"])
    return {tag: [event.step for event in found.Scalars(tag)] for tag in tags["scalars"]}


def test_a_run_that_went_on_has_one_curve(
    toy_data: Path, toy_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_pairs: Pairs
) -> None:
    monkeypatch.setattr(train, "_LOG_EVERY", 1)
    told, truth = config.make("quick", **TINY), torch.tensor(toy.ADJACENCY)
    for name, stops in (("whole", False), ("broken", True)):
        for _ in range(2):
            begun = run.start(toy_pairs, told, tmp_path / name)
            run.resume(begun)
            (tmp_path / name).mkdir(exist_ok=True)
            with journal.kept(begun, tmp_path / name, truth):
                if stops and begun.phase == 0:
                    _break_after_the_checkpoint(begun, monkeypatch)
                    with pytest.raises(ZeroDivisionError):
                        train.fit(begun)
                    monkeypatch.setattr(train, "_SAVE_EVERY", 500)
                else:
                    train.fit(begun)
    logs = [(tmp_path / name / journal.LOG).read_text() for name in ("whole", "broken")]
    assert logs[0] == logs[1]
    curves = [_events(tmp_path / name) for name in ("whole", "broken")]
    assert curves[0] == curves[1]
    assert curves[0]["denoiser/denoise"] == list(range(41, 51))
    assert curves[0]["graph/SHD"] == [12, 20]


def _break_after_the_checkpoint(begun: run.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save at step 4 of the denoiser, stop as a crash would at step 7, and leave half a line."""
    tell = begun.log

    def log(line: dict[str, Any]) -> None:
        tell(line)
        if line["phase"] == "denoiser":
            monkeypatch.setattr(train, "_SAVE_EVERY", 4 if line["step"] == 4 else 500)
            if line["step"] == 7:
                assert begun.out is not None
                with (begun.out / journal.LOG).open("a") as file:
                    file.write('{"phase": "denoi')
                raise ZeroDivisionError

    begun.log = log


def test_events_are_an_option(toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = run.start(toy_pairs, config.make("quick", **TINY))
    with journal.kept(begun, tmp_path, events=False):
        begun.log({"phase": "encoder", "step": 1, "steps": 2, "anchor": 1.0})
    assert not (tmp_path / journal.EVENTS).exists()
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with journal.kept(begun, tmp_path):
        pass
    with pytest.raises(CdmError, match=r"^--tensorboard needs tensorboard: pip install 'scmgen\[cdm\]'$"):
        with journal.kept(begun, tmp_path, events=True):
            pass


def test_looking_on_changes_no_weight(toy_pairs: Pairs, tmp_path: Path) -> None:
    told = config.make("quick", **TINY)
    begun = run.start(toy_pairs, told)
    with journal.kept(begun, tmp_path):
        watched = train.fit(begun)
    assert len(list((tmp_path / journal.SAMPLES).iterdir())) == 10
    assert same(watched, train.fit(run.start(toy_pairs, told)))
