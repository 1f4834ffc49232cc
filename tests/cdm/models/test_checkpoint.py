"""The file of a model: which kind it holds, and files from before there were several kinds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import torch
import toy
from safetensors.torch import save_file

import cdm
from cdm import config
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.models import checkpoint, protocol
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import run


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    home = tmp_path_factory.mktemp("toy")
    return open_data(str(toy.write(home / "toy", 80)), "train", home / "cache")


def _rewritten(file: Path, **changes: Any) -> None:
    """Write a checkpoint anew with other keys in its header, and with the sum of that; a key that is None goes."""
    header, tensors = checkpoint.read(file)
    header = {key: value for key, value in {**header, **changes}.items() if key != "sum" and value is not None}
    header["sum"] = checkpoint._sum(header, tensors)
    save_file(tensors, file, {"cdm": json.dumps(header)})


def test_a_header_names_the_kind(pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(pairs), linear.Options(ridge=0.5)), {})
    header, _ = checkpoint.read(file)
    assert (header["model"], header["config"]) == ("linear", {"seed": 0, "ridge": 0.5})


def test_a_checkpoint_from_before_there_were_kinds_is_a_causal_diffusion_model(pairs: Pairs, tmp_path: Path) -> None:
    file, begun = tmp_path / checkpoint.FILE, run.start(pairs, config.make("quick"))
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


def test_a_kind_that_is_not_known_is_told_with_the_file(pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(pairs), linear.Options()), {})
    _rewritten(file, model="liner")
    with pytest.raises(
        CdmError, match=rf"^{re.escape(str(file))}: no model 'liner'; did you mean 'linear'\? there are"
    ):
        cdm.load(file)


def test_weights_that_are_missing_are_the_file_s_fault(pairs: Pairs, tmp_path: Path) -> None:
    model, file = linear.fit(protocol.Job(pairs), linear.Options()), tmp_path / checkpoint.FILE
    checkpoint.save(file, model, {})
    header, tensors = checkpoint.read(file)
    del tensors["model.draws"]
    with pytest.raises(CdmError, match=r"^a checkpoint: does not fit its own header: 'draws'$"):
        checkpoint.build(header, tensors, linear.Options(), linear.Linear)


def test_options_of_another_kind_are_refused(pairs: Pairs, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, linear.fit(protocol.Job(pairs), linear.Options()), {})
    _rewritten(file, model="causal_diffusion")
    with pytest.raises(CdmError, match="a configuration that this cdm does not know: no option 'ridge'"):
        cdm.load(file)
