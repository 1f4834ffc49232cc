"""Checkpoints that are damaged, or foreign, in every way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from safetensors import safe_open
from safetensors.torch import save_file

import cdm
from cdm import config
from cdm.data import pairs
from cdm.errors import CdmError
from cdm.models import causal_diffusion, checkpoint
from cdm.training import run, train

TINY = {
    "encoder_steps": 4,
    "encoder_batch": 4,
    "mechanism_steps": 2,
    "draft_steps": 2,
    "draft_batch": 2,
    "denoiser_steps": 2,
    "denoiser_batch": 2,
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 60)


@pytest.fixture(scope="module")
def learned(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("learned")
    train.fit(run.start(pairs.open_data(str(good), "train", out / "cache"), config.make("quick", **TINY), out / "run"))
    return out / "run" / checkpoint.FILE


def _spoiled(learned: Path, out: Path, change: Any) -> Path:
    """A checkpoint with another header, without its sum."""
    with safe_open(learned, framework="pt") as opened:
        header = json.loads(opened.metadata()["cdm"])
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    header.pop("sum")
    save_file(tensors, out, {"cdm": json.dumps(change(header))})
    return out


def test_each_key_of_a_checkpoint_s_header_is_missed(learned: Path, good: Path, tmp_path: Path) -> None:
    header, _ = checkpoint.read(learned)
    begun = run.start(pairs.open_data(str(good), "train", tmp_path), config.make("quick", **TINY), tmp_path)
    for key in header:
        file = _spoiled(
            learned, tmp_path / checkpoint.FILE, lambda plain, key=key: {k: v for k, v in plain.items() if k != key}
        )
        if key in ("format", "config", "factors", "size"):
            with pytest.raises(
                CdmError, match=f"^{re.escape(str(file))}: (a header that does not fit|not a checkpoint)"
            ):
                cdm.load(file)
        else:
            assert cdm.load(file).size == 16
        if key in ("phase", "step", "samples"):
            with pytest.raises(CdmError, match=f"^{re.escape(str(file))}: holds no run: has no {key}$"):
                run.resume(begun)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "not a checkpoint of cdm, or one of another format (2; this cdm reads 1)"),
        ({"size": "big"}, 'a header that does not fit: size: a whole number from 0 on is needed, found "big"'),
        ({"size": 10**9}, "does not fit its own header: images of 1000000000 pixels a side"),
        ({"size": 64}, "does not fit its own header: Error(s) in loading state_dict"),
        ({"factors": [{}]}, "a header that does not fit: factors[0] has no name, kind, low, high, levels, unit"),
        ({"phase": "last"}, 'a header that does not fit: phase: a whole number from 0 on is needed, found "last"'),
        ({"graph": {"adjacency": 3}}, "a header that does not fit: graph has no probability, undecided"),
        ({"config": {"colour": 3}}, "a configuration that this cdm does not know: no option 'colour'; "),
        (
            {"config": {"denoiser_steps": "many"}},
            "a configuration that this cdm does not know: denoiser_steps: a whole",
        ),
    ],
)
def test_a_header_of_another_form_is_told_where(learned: Path, tmp_path: Path, changes: Any, message: str) -> None:
    file = _spoiled(learned, tmp_path / checkpoint.FILE, lambda plain: {**plain, **changes})
    with pytest.raises(CdmError, match=f"^{re.escape(f'{file}: {message}')}"):
        cdm.load(file)


def _built(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Any:
    options = checkpoint.config_of(header, config.Config, "a file")
    return checkpoint.build(header, tensors, options, causal_diffusion.load, where="a file")


def test_a_checkpoint_without_one_of_its_tensors_or_with_a_cycle(learned: Path, tmp_path: Path) -> None:
    header, tensors = checkpoint.read(learned)
    for name in ("model.encoder.head.0.weight", "model.mechanisms.adjacency"):
        with pytest.raises(CdmError, match=r"^a file: does not fit its own header: "):
            _built(header, {n: t for n, t in tensors.items() if n != name})
    circle = {**tensors, "model.mechanisms.adjacency": torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, 0]])}
    with pytest.raises(CdmError, match=r"^a file: does not fit its own header: a cycle among factors"):
        _built(header, circle)


def test_no_byte_of_a_checkpoint_may_change(learned: Path, tmp_path: Path) -> None:
    whole, file = learned.read_bytes(), tmp_path / checkpoint.FILE
    for at in (*range(0, 6000, 331), *range(6000, len(whole), len(whole) // 12)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :])
        with pytest.raises(CdmError, match=f"^{re.escape(str(file))}"):
            cdm.load(file)
    for end in (7, 300, 5000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(CdmError, match=f"^{re.escape(str(file))}: no readable checkpoint"):
            cdm.load(file)
