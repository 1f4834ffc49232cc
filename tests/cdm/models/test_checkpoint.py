"""The file of a model: which kind it holds, what is none, and files from before there were several kinds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import torch
from safetensors.torch import save_file

import cdm
from cdm import config
from cdm.data import files
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import checkpoint, protocol
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import run


def test_what_a_killed_process_left_is_removed(tmp_path: Path, toy_pairs: Pairs) -> None:
    (tmp_path / f".{checkpoint.FILE}.0123.tmp").write_bytes(b"half")
    files.sweep(tmp_path / checkpoint.FILE)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(toy_run: Path, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, cdm.load(toy_run), {"phase": 1})
    code = (
        "import resource, sys, cdm; from pathlib import Path; from cdm.models import checkpoint\n"
        f"model = cdm.load({str(toy_run)!r})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"checkpoint.save(Path({str(file)!r}), model, dict(phase=2))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert f"CdmError: {file}: cannot be written: " in done.stderr
    assert checkpoint.read(file)[0]["phase"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no checkpoint"),
        (b"", "no readable checkpoint"),
        (b"\x80\x04}q\x00.", "no readable checkpoint"),  # a pickle
    ],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "model.safetensors"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CdmError, match=f"^{re.escape(str(file))}: {message}"):
        cdm.load(tmp_path)


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"w": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(
        CdmError, match=r"not a checkpoint of cdm, or one of another format \(None; this cdm reads 2\)$"
    ):
        cdm.load(tmp_path)


def _rewritten(file: Path, **changes: Any) -> None:
    """Write a checkpoint anew with other keys in its header, and with the sum of that; a key that is None goes."""
    header, tensors = checkpoint.read(file)
    header = {key: value for key, value in {**header, **changes}.items() if key != "sum" and value is not None}
    header["sum"] = checkpoint._sum(header, tensors)
    save_file(tensors, file, {"cdm": json.dumps(header)})


def test_a_header_names_the_kind(toy_pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(toy_pairs), linear.Options(ridge=0.5)), {})
    header, _ = checkpoint.read(file)
    assert (header["model"], header["config"]) == ("linear", {"seed": 0, "ridge": 0.5})


def test_a_checkpoint_from_before_there_were_kinds_is_a_causal_diffusion_model(
    toy_pairs: Pairs, tmp_path: Path
) -> None:
    file, begun = tmp_path / checkpoint.FILE, run.start(toy_pairs, config.make("quick"))
    checkpoint.save(file, begun.model, {})
    _rewritten(file, model=None)
    assert "model" not in checkpoint.read(file)[0]
    loaded = cdm.load(file)
    assert isinstance(loaded, CausalDiffusionModel)
    assert all(torch.equal(a, b) for a, b in zip(begun.model.parameters(), loaded.parameters(), strict=True))
    content = bytearray(file.read_bytes())
    content[-1] ^= 4
    file.write_bytes(bytes(content))
    with pytest.raises(CdmError, match=r"damaged: its content does not have the sum that its header says$"):
        cdm.load(file)


def test_a_kind_that_is_not_known_is_told_with_the_file(toy_pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(toy_pairs), linear.Options()), {})
    _rewritten(file, model="liner")
    with pytest.raises(
        CdmError, match=rf"^{re.escape(str(file))}: no model 'liner'; did you mean 'linear'\? there are"
    ):
        cdm.load(file)


def test_weights_that_are_missing_are_the_file_s_fault(toy_pairs: Pairs, tmp_path: Path) -> None:
    model, file = linear.fit(protocol.Job(toy_pairs), linear.Options()), tmp_path / checkpoint.FILE
    checkpoint.save(file, model, {})
    header, tensors = checkpoint.read(file)
    del tensors["model.draws"]
    with pytest.raises(CdmError, match=r"^a checkpoint: does not fit its own header: 'draws'$"):
        checkpoint.build(header, tensors, linear.Options(), linear.Linear)


def test_options_of_another_kind_are_refused(toy_pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(toy_pairs), linear.Options()), {})
    _rewritten(file, model="causal_diffusion")
    with pytest.raises(CdmError, match="a configuration that this cdm does not know: no option 'ridge'"):
        cdm.load(file)
