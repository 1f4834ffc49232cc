"""Every setting of every kind of model is listed, with the value that a preset gives it and what it does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.models.protocol import MODELS
from cdm.runs import models

OTHERS = {"linear", "told"}
"""Kinds that other tests bring."""
KINDS = sorted(set(models.MODELS) - OTHERS)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what is said of each kind of model."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in OTHERS:
            patch.delitem(MODELS, kind, raising=False)
        done = toy.call("options", home=tmp_path_factory.mktemp("options"))
    assert (done.returncode, done.stderr) == (0, "")
    parts = re.split(r"^cdm train DATA --model (\w+) --preset standard --set ...:\n", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_kind_is_listed_and_the_usual_one_first(listed: dict[str, str]) -> None:
    assert sorted(listed) == KINDS and next(iter(listed)) == "causal_diffusion"


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_has_a_value_and_a_meaning(listed: dict[str, str], kind: str) -> None:
    rows = dict(re.findall(r"^  (\w+)=\S+(?:  +|\n +)(\S.*)", listed[kind], re.MULTILINE))
    assert list(rows) == [field.name for field in fields(MODELS[kind].config) if field.name != "preset"]
    assert not any(text.startswith("(") for text in rows.values())


def test_a_preset_gives_its_values_and_settings_their_choices(tmp_path: Path) -> None:
    said = toy.call("options", "causal_diffusion", "--preset", "tiny", home=tmp_path).stdout
    assert re.search(r"^  encoder_steps=500 +of the first phase", said, re.MULTILINE)
    assert re.search(r"^  affine=true +whether", said, re.MULTILINE)
    assert "what the denoiser predicts (x0, v, eps)" in said and "cdm." not in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["diffea"], "no model 'diffea'; did you mean 'diffae'? there are "),
        (["--preset", "slow"], "no preset 'slow'; there are tiny, quick, standard, full"),
    ],
)
def test_what_is_not_there(tmp_path: Path, words: list[str], message: str) -> None:
    done = toy.call("options", *words, home=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith(f"cdm: {message}")
