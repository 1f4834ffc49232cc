"""Training: one seed is one model, what goes wrong stops it, and the last good checkpoint stays."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
from trainings import GRAPH, SCRIPT, SETTINGS, TINY, call, same

import cdm
from cdm import config
from cdm.config import Config
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import checkpoint
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import coding, machine, run, train
from cdm.training.feed import Batch, Noise
from cdm.training.losses import Terms


def test_a_gradient_that_is_not_finite_stops_before_it_spoils_the_weights(
    toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = coding.mechanism_terms

    def spoiled(model: CausalDiffusionModel, told: Config, batch: Batch, noise: Noise) -> Terms:
        weight, third = model.mechanisms.weights[0], noise.share == 3 / TINY["mechanism_steps"]
        more = (weight * 0).sum().sqrt() if third else weight.new_zeros(())  # its slope is infinite
        return {"likelihood": terms(model, told, batch, noise)["likelihood"] + more}

    monkeypatch.setattr(coding, "mechanism_terms", spoiled)
    begun = run.start(toy_pairs, config.make("quick", **TINY), tmp_path)
    message = r"^the gradient of phase mechanisms is nan at step 3; the last good checkpoint is .*--set mechanism_rate="
    with pytest.raises(CdmError, match=message):
        train.fit(begun)
    assert all(torch.isfinite(weight).all() for weight in begun.model.parameters())
    assert checkpoint.read(tmp_path)[0]["phase"] == 2


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, 12 * 2**30))


def test_out_of_memory_names_the_option_and_keeps_the_checkpoint(
    toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    line = ["train", str(toy_data), "-o", str(out), *SETTINGS, "--cache", str(toy_cache)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, *line, "--set", "denoiser_batch=10000000000"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=environment, preexec_fn=_limited
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "cdm: out of memory in phase denoiser at step 0 with denoiser_batch=10000000000 on cpu; the last good "
        f"checkpoint is {out}; go on with smaller batches: --set denoiser_batch=5000000000",
    )
    assert checkpoint.read(out)[0]["phase"] == 4
    assert call(*line).startswith(f"{out}: trained in ")  # the option of a phase that had not begun may change
    with pytest.raises(CdmError, match="another configuration: denoiser_batch: 4 there, 5 here; train with"):
        call(*line, "--set", "denoiser_batch=5")


def test_one_seed_gives_one_model_and_another_another(toy_pairs: Pairs) -> None:
    first, again, other = (train.fit(run.start(toy_pairs, config.make("quick", seed=s, **TINY))) for s in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_batches_that_are_drawn_ahead_give_the_same_weights_resumed_too(
    toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = config.make("quick", **TINY)
    whole = train.fit(run.start(toy_pairs, told))
    monkeypatch.setattr(machine, "draws_ahead", lambda device: True)
    monkeypatch.setattr(train, "_SAVE_EVERY", 3)
    monkeypatch.setattr(train, "_LOG_EVERY", 7)
    assert same(train.fit(run.start(toy_pairs, told)), whole)
    for phase in ("encoder", "mechanisms", "draft", "denoiser"):
        begun = run.start(toy_pairs, told, tmp_path / phase)
        begun.log = partial(_killed, phase)
        with pytest.raises(InterruptedError):
            train.fit(begun)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]
        again = run.start(toy_pairs, told, tmp_path / phase)
        assert run.resume(again) and again.step == 6
        assert same(train.fit(again), whole), phase


def _killed(phase: str, line: dict[str, object]) -> None:
    if (line["phase"], line.get("step")) == (phase, 8):
        raise InterruptedError


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(
    toy_pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_SAVE_EVERY", 1)
    begun = run.start(toy_pairs, config.make("quick", **TINY), tmp_path)
    terms = coding.mechanism_terms

    def spoiled(model: CausalDiffusionModel, told: Config, batch: Batch, noise: Noise) -> Terms:
        computed = terms(model, told, batch, noise)
        early = noise.share < 5 / TINY["mechanism_steps"]
        return computed if early else {"likelihood": computed["likelihood"] * float("nan")}

    monkeypatch.setattr(coding, "mechanism_terms", spoiled)
    with pytest.raises(
        CdmError,
        match=r"^the loss of phase mechanisms is nan at step 5; the last good checkpoint is .*; begin anew",
    ):
        train.fit(begun)
    assert checkpoint.read(tmp_path)[0]["step"] == 5


def test_no_generator_is_needed(toy_data: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['scmgen'] = None\n"
        "from cdm import config\nfrom cdm.data import pairs\nfrom cdm.training import run, train\n"
        "from pathlib import Path\n"
        f"split = pairs.open_data({str(toy_data)!r}, 'train', Path({str(tmp_path)!r}))\n"
        f"train.fit(run.start(split, config.make('quick', **{TINY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_joint_phase_trains_everything_and_keeps_the_graph(toy_pairs: Pairs, tmp_path: Path) -> None:
    begun = run.start(toy_pairs, config.make("quick", graph="given", joint_steps=0, **TINY), given=GRAPH)
    without = train.fit(begun)
    joint = run.start(toy_pairs, config.make("quick", graph="given", joint_steps=6, **TINY), tmp_path, given=GRAPH)
    after = train.fit(joint)
    for part in ("encoder", "mechanisms", "style", "draft", "tokens", "denoiser"):
        weights = [torch.cat([p.flatten() for p in getattr(m, part).parameters()]) for m in (without, after)]
        assert not torch.equal(*weights), part
    assert torch.equal(after.adjacency, GRAPH)
    assert torch.equal(cdm.load(tmp_path).encode(toy_pairs.batch(torch.arange(3))["image"]), after.encode(
        toy_pairs.batch(torch.arange(3))["image"])
    )  # fmt: skip


def test_numbers_that_are_none_are_blamed_on_the_data(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick", **TINY))
    values = np.full_like(toy_pairs.arrays["do_value"], np.nan)  # as a file that changes under a run would have it
    spoiled = Pairs(toy_pairs.code, {**toy_pairs.arrays, "do_value": np.where([[1, 1, 0]], values, 0)})
    begun.source = replace(begun.source, pairs=spoiled)
    with pytest.raises(CdmError) as caught:
        train.fit(begun)
    told = "the data are at fault, not the rate: not all of do_value is finite in this batch"
    assert str(caught.value) == f"the loss of phase encoder is nan at step 0; {told}"


def test_before_the_first_step_no_rate_is_blamed(toy_pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = run.start(toy_pairs, config.make("quick", **TINY))
    lost = {"anchor": torch.tensor(float("inf"), requires_grad=True)}
    monkeypatch.setattr(coding, "encoder_terms", lambda model, told, batch, noise: lost)
    with pytest.raises(CdmError) as caught:
        train.fit(begun)
    told = "no step of this phase was taken, so its rate is not at fault: the data are, or another option"
    assert str(caught.value) == f"the loss of phase encoder is inf at step 0; {told}"
