"""Precision, and processes that share a run."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from trainings import GRAPH, TINY, same

import cdm
from cdm import config
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.models import checkpoint
from cdm.training import machine, run, train


def test_bf16_trains_and_the_checkpoint_says_so(toy_pairs: Pairs, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    begun = run.start(toy_pairs, config.make("quick", precision="bf16", **TINY), tmp_path)
    begun.log = lines.append
    trained = train.fit(begun)
    assert checkpoint.read(tmp_path)[0]["config"]["precision"] == "bf16"
    assert {weight.dtype for weight in trained.parameters()} == {torch.float32}
    assert all(torch.isfinite(weight).all() for weight in trained.parameters())
    assert all(math.isfinite(v) for line in lines for v in line.values() if isinstance(v, float))
    assert not same(trained, train.fit(run.start(toy_pairs, config.make("quick", **TINY))))


def test_fp16_is_refused_where_it_would_be_fp32(toy_pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"^precision 'fp16' on cpu: it needs a GPU; there are fp32, bf16$"):
        train.fit(run.start(toy_pairs, config.make("quick", precision="fp16", **TINY)))


def test_the_scale_of_fp16_is_kept() -> None:
    one, other = (SimpleNamespace(scaler=torch.amp.GradScaler("cpu", init_scale=scale)) for scale in (8.0, 2.0))
    machine.rescale(other, machine.scaling(one))  # type: ignore[arg-type]
    assert other.scaler.get_scale() == 8.0
    assert machine.scaling(SimpleNamespace(scaler=None)) == {}  # type: ignore[arg-type]


def test_two_processes_end_with_the_weights_of_one_that_takes_their_batches_one_after_the_other(
    toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    code = (
        "import hashlib, os, sys; from pathlib import Path; from cdm import config; from cdm.data import pairs\n"
        "from cdm.training import run, train\n"
        f"split = pairs.open_data({str(toy_data)!r}, 'train', Path({str(toy_cache)!r}))\n"
        f"model = train.fit(run.start(split, config.make('quick', **{TINY!r}), Path({str(tmp_path)!r})))\n"
        "state = b''.join(t.numpy().tobytes() for t in model.state_dict().values())\n"
        f"Path({str(tmp_path)!r}, 'rank' + os.environ.get('RANK', '')).write_text(hashlib.sha256(state).hexdigest())"
    )
    (tmp_path / "go.py").write_text(code)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, str(tmp_path / "go.py")], check=True, timeout=300, env=environment, capture_output=True)
    sums = {(tmp_path / f"rank{number}").read_text() for number in (0, 1)}
    assert len(sums) == 1
    split, shared = open_data(str(toy_data), "train", toy_cache), cdm.load(tmp_path)
    once, twice = (
        train.fit(run.start(split, config.make("quick", accumulate=count, **TINY))).state_dict() for count in (1, 2)
    )
    assert [*twice] == [*shared.state_dict()]
    assert all(torch.equal(twice[name], weight) for name, weight in shared.state_dict().items())
    assert not torch.equal(once["encoder.head.0.weight"], twice["encoder.head.0.weight"])


@pytest.mark.filterwarnings("ignore")  # of torch, about itself
def test_what_is_compiled_trains_to_the_same_weights_under_the_same_names(
    toy_pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    real = torch.nn.Module.compile

    def eager(module: torch.nn.Module) -> None:  # all of it but the machine's own compiler, which takes minutes
        compiled.append(type(module).__name__)
        real(module, backend="aot_eager")

    monkeypatch.setattr(torch.nn.Module, "compile", eager)
    told = {**TINY, "graph": "given"}
    one, other = (
        train.fit(run.start(toy_pairs, config.make("quick", compile=choice, **told), given=GRAPH)).state_dict()
        for choice in (False, True)
    )
    assert compiled == ["Encoder", "Draft", "UNet"]
    assert [*one] == [*other]
    assert all(torch.allclose(one[name], other[name], rtol=1e-3, atol=1e-4) for name in one)


@pytest.mark.filterwarnings("ignore")  # of torch, about itself
def test_a_compiler_that_is_not_there_is_one_line(toy_pairs: Pairs) -> None:
    from torch._inductor import config as inductor

    none = {"cpp.cxx": ("no-such-compiler",), "force_disable_caches": True}
    with inductor.patch(none), pytest.raises(CdmError, match=r"^compile: [^\n]+$"):
        train.fit(run.start(toy_pairs, config.make("quick", compile=True, **TINY)))


def test_the_first_process_is_the_one_that_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert machine.rank() == 0  # it is alone
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert machine.rank() == 1


def test_a_device_that_is_not_there_is_one_line() -> None:
    with pytest.raises(CdmError, match=r"^--device abacus: [^\n]+$"):
        machine.pick("abacus")
    assert machine.pick("cpu") == "cpu"
