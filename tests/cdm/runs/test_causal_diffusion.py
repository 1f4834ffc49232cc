"""Runs of the causal diffusion model: interrupted, half done, and on other data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy
from trainings import SCRIPT, SETTINGS, TINY, call

from cdm import config
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import checkpoint
from cdm.runs import journal
from cdm.training import run, train


@pytest.mark.parametrize(("name", "status", "said"), [("SIGINT", 130, ""), ("SIGTERM", 143, "SIGTERM: ")])
def test_a_signal_on_the_command_line(
    name: str, status: int, said: str, toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    line = ["train", str(toy_data), "-o", str(out), *SETTINGS, "--set", "denoiser_steps=100000"]
    command = [sys.executable, "-c", SCRIPT, *line, "--cache", str(toy_cache)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as started:
        for _ in range(2400):
            if started.poll() is not None or (
                (out / journal.LOG).exists() and "denoise" in (out / journal.LOG).read_text()
            ):
                break
            time.sleep(0.1)
        started.send_signal(signal.Signals[name])
        _, told = started.communicate(timeout=120)
    assert started.returncode == status, told
    step = checkpoint.read(out)[0]["step"]
    kept = f"{out} keeps what was done, the same command goes on"
    assert (
        told.decode().splitlines()[-1] == f"cdm: {said}interrupted in phase denoiser at step {step} of 100000; {kept}"
    )
    assert step >= 1


def test_a_run_on_another_data_set_is_not_taken_up(toy_run: Path, toy_cache: Path, tmp_path: Path) -> None:
    other = toy.write(tmp_path / "toy", 400, seed=5)
    line = [
        "train",
        str(other),
        "-o",
        str(toy_run),
        *SETTINGS,
        "--set",
        "encoder_steps=1000",
        "--cache",
        str(toy_cache),
    ]
    with pytest.raises(CdmError, match=rf"^{toy_run}: holds a run on another data set; choose another --out, or begin"):
        call(*line)


def test_a_model_that_has_not_come_so_far_says_so(
    toy_pairs: Pairs, toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    begun = run.start(toy_pairs, config.make("quick", **TINY), tmp_path)
    begun.log = lambda line: signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train.fit(begun)
    png = str(tmp_path / "x.png")
    with pytest.raises(
        CdmError, match=r": its training has come to phase encoder; train on, this needs phase denoiser$"
    ):
        call("sample", str(tmp_path), "-o", png)
    with pytest.raises(CdmError, match=r": its training has come to phase encoder; train on, this needs phase refine$"):
        call("encode", str(tmp_path), "--data", str(toy_data), "-o", str(tmp_path / "x.csv"), "--cache", str(toy_cache))
    with pytest.raises(CdmError, match=r": the run has not come so far that a graph was found; train on$"):
        call("graph", str(tmp_path))
