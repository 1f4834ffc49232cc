"""The U-Net of diffusers, where diffusers is not installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.errors import CdmError
from cdm.networks import denoisers


def test_a_missing_diffusers_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "denoiser 'diffusers' needs diffusers: pip install 'scmgen[diffusers]'"
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(CdmError) as error:
        denoisers.make("diffusers", 16, 3)
    assert str(error.value) == message
    where = toy.write(tmp_path / "toy", 40)
    done = toy.call("train", str(where), "--denoiser", "diffusers", "-o", str(tmp_path / "run"), home=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"cdm: {message}")
    assert not (tmp_path / "run").exists()
