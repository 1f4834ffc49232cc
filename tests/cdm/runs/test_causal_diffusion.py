"""Runs of the causal diffusion model: interrupted, half done, and on other data."""

from __future__ import annotations

import json
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
from cdm.data import shards
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.evaluation import evaluate
from cdm.models import checkpoint
from cdm.runs import journal
from cdm.runs import models as checkpointed
from cdm.training import run, train
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse

FALL = [f"{name}[-1]" for name in ("gravity", "elasticity", "size", "drag", "height", "speed")]


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
        "encoder_steps=1200",
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


def test_clips_train_a_model_of_two_frames_which_answers_and_is_scored(tmp_path: Path) -> None:
    clips, out, cache = tmp_path / "fall", tmp_path / "run", ("--cache", str(tmp_path / "cache"))
    recipe = catalogue.spec(
        catalogue.find("fall", frames=4), n=120, size=16, interventions=parse("hard:at=1-2,lasts=1")
    )
    build(recipe, clips, workers=1)
    few = [*SETTINGS, "--set", "encoder_batch=4", "--set", "encoder_steps=8"]
    told = call("train", str(clips), "--lags", "1", "-o", str(out), *few, *cache)
    assert "[-1] -> " not in told.partition("edges: ")[0] and "to the manifest's graph)" in told
    with pytest.raises(
        CdmError, match=r"model 'direct_regression' takes still images; clips \(--lags 1\) are for causal_"
    ):
        call("train", str(clips), "--lags", "1", "--model", "direct_regression", "-o", str(tmp_path / "other"), *cache)
    search = [
        "--model",
        "graph_search",
        "--set",
        "search=interventional",
        "--set",
        "pairs=true",
        "-o",
        str(tmp_path / "s"),
    ]
    call("train", str(clips), "--lags", "1", *search, *cache)
    assert "height[-1] -> height\n" in call("graph", str(tmp_path / "s"))
    assert json.loads(call("graph", str(out), "-f", "json"))["names"][:7] == [*FALL, "gravity"]
    call(
        "counterfactual",
        str(out),
        "--data",
        str(clips),
        "--do",
        "height[-1]=2",
        "--n",
        "2",
        "-o",
        f"{out}/a.png",
        *cache,
    )
    call("encode", str(out), "--data", str(clips), "-o", f"{out}/a.csv", *cache)
    assert (out / "a.csv").read_text().splitlines()[0] == ",".join(["index", *FALL, *(name[:-4] for name in FALL)])
    model = checkpointed.load(out)
    assert model.sample({"size": 0.7}, 2).shape == (2, 3, 32, 16)
    test = open_data(str(clips), "test", tmp_path / "cache", lags=1)
    scores = evaluate.evaluate(model, test, None, shards.read(str(clips), 1).manifest["graph"], samples=16)
    assert set(scores["L1"]) >= {"identity", "model"} and scores["graph"]["SHD"] >= 0
