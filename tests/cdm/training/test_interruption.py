"""Ctrl-C while a training runs."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from trainings import TINY, same

import cdm
from cdm import config
from cdm.data.pairs import Pairs
from cdm.training import coding, interruption, phases, run, train
from cdm.training.losses import Terms


@pytest.mark.parametrize("phase", phases.PHASES)
def test_ctrl_c_keeps_the_very_step_and_the_run_ends_as_if_it_had_not_been(
    toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    told = config.make("quick", joint_steps=8, **TINY)
    whole = train.fit(run.start(toy_pairs, told))
    monkeypatch.setattr(train, "_LOG_EVERY", 1)

    def press(line: dict[str, Any]) -> None:
        if (line["phase"], line.get("step")) == (phase, 5):
            signal.raise_signal(signal.SIGINT)

    begun = run.start(toy_pairs, told, tmp_path)
    begun.log = press
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=f"^in phase {phase} at step 5 of "):
        train.fit(begun)
    assert signal.getsignal(signal.SIGINT) is before
    resumed = run.start(toy_pairs, told, tmp_path)
    assert run.resume(resumed)
    assert (phases.PHASES[resumed.phase], resumed.step) == (phase, 5)
    assert same(train.fit(resumed), whole)
    assert same(cdm.load(tmp_path), whole)


def test_ctrl_c_cuts_a_step_and_keeps_the_one_before(
    toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, terms, calls = config.make("quick", **TINY), coding.encoder_terms, list[int]()
    whole = train.fit(run.start(toy_pairs, told))

    def cut(*given: Any) -> Terms:
        calls.append(len(calls))
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("it went on")
        return terms(*given)

    with monkeypatch.context() as patch:
        patch.setattr(coding, "encoder_terms", cut)
        with pytest.raises(KeyboardInterrupt, match=r"^in phase encoder at step 3 of "):
            train.fit(run.start(toy_pairs, told, tmp_path))
    resumed = run.start(toy_pairs, told, tmp_path)
    assert run.resume(resumed) and resumed.step == 3
    assert same(train.fit(resumed), whole)


def test_ctrl_c_is_obeyed_when_what_must_be_whole_is_over() -> None:
    before, done = signal.getsignal(signal.SIGINT), list[str]()
    with pytest.raises(KeyboardInterrupt):
        with interruption.whole():
            signal.raise_signal(signal.SIGINT)
            done.append("whole")
        done.append("more")
    assert done == ["whole"] and signal.getsignal(signal.SIGINT) is before


def test_a_process_that_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption.whole():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_notes_nothing_of_its_own() -> None:
    done: list[bool] = []

    def work() -> None:
        with interruption.whole():
            done.append(signal.getsignal(signal.SIGINT) is before)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert done == [True]
