"""A kind of model in one file goes all the way: fit, checkpoint, load, query."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import torch
import toy
from PIL import Image
from trainings import call

import cdm
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import reader
from cdm.models import protocol


@pytest.fixture(scope="module")
def learned(toy_data: Path, toy_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a linear model that the command line trained."""
    out = tmp_path_factory.mktemp("learned") / "run"
    said = call("train", str(toy_data), "--model", "linear", "-o", str(out), "--cache", str(toy_cache))
    assert re.fullmatch(rf"{re.escape(str(out))}: trained in \d+ s\n", said)
    return out


def test_what_was_fitted_is_what_is_loaded(learned: Path, toy_pairs: Pairs) -> None:
    fitted, loaded = linear.fit(protocol.Job(toy_pairs), linear.Options()), cdm.load(learned)
    assert type(loaded) is linear.Linear and loaded.config == linear.Options()
    images = toy_pairs.batch(torch.arange(50))["image"]
    assert torch.equal(fitted.reads, loaded.reads) and torch.equal(fitted.draws, loaded.draws)
    read, true = loaded.encode(images), torch.tensor(toy_pairs.arrays["factors"][:50])
    assert (read - true)[:, 0].abs().mean() < 0.1


def test_a_query_of_it(learned: Path, toy_data: Path, toy_cache: Path, tmp_path: Path) -> None:
    data = ["--data", str(toy_data), "--cache", str(toy_cache), "-o", str(tmp_path / "out.csv")]
    call("encode", str(learned), *data)
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "index,a,b,k"
    call("counterfactual", str(learned), *data[:-1], str(tmp_path / "cf.png"), "--do", "a=0.2", "--n", "4")
    call("traverse", str(learned), *data[:-1], str(tmp_path / "all.png"))
    with Image.open(tmp_path / "cf.png") as drawn:
        assert drawn.size[0] > 4 * 96


def test_an_evaluation_of_it_has_what_it_answers(
    learned: Path, toy_data: Path, toy_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STEPS", 20)
    file = tmp_path / "evaluation.json"
    said = call("evaluate", str(learned), "--data", str(toy_data), "--cache", str(toy_cache), "-o", str(file))
    told = json.loads(file.read_text())
    assert list(told["L1"]) == ["identity", "re-encoded", "oracle", "model"]  # no row of true factors
    assert list(told["effects"]) == ["truth", "shown", "shown in truth"]
    assert "graph" not in told and "edges" not in told
    assert told["MCC"] > 0.9 and told["composition"]["10"] < 1e-4 and told["null do"] < 1e-5
    assert told["L1"]["model"]["changed"] < told["L1"]["identity"]["changed"]
    assert said.startswith("L1 ") and "effectiveness" in said and "true factors" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "-o", "x.png"], "cannot sample"),
        (["graph"], "cannot show a graph"),
        (["effect", "--of", "a", "--on", "b"], "cannot say what factors become under a do"),
        (["counterfactual", "--data", "x", "--do", "a=1", "-o", "x.png", "--guidance", "2"], "cannot be guided"),
        (
            ["counterfactual", "--data", "x", "--do", "a=1", "-o", "x.png", "--mask", "both"],
            "cannot keep what is outside a region",
        ),
        (["evaluate", "--data", "{toy_data}", "--guidance", "2"], "cannot be guided"),
    ],
)
def test_what_it_does_not_answer_is_one_error(
    learned: Path, toy_data: Path, arguments: list[str], message: str
) -> None:
    given = [word.format(toy_data=toy_data) for word in arguments]
    with pytest.raises(CdmError) as caught:
        call(given[0], str(learned), *given[1:])
    assert str(caught.value) == f"{learned}: model 'linear' {message}; it answers encode, counterfactual"
    assert caught.value.status == 2


def test_in_python_too(learned: Path) -> None:
    with pytest.raises(CdmError, match=r"^model 'linear' cannot sample; it answers encode, counterfactual$"):
        cdm.load(learned).do({"a": 0.2}).sample(3)
    assert cdm.load(learned).graph is None


def test_a_model_under_a_do_that_cannot_be_is_refused_first(learned: Path) -> None:
    with pytest.raises(CdmError, match=r"^no factor 'aa'; did you mean 'a'\?"):
        cdm.load(learned).do({"aa": 0.2})


def test_the_nearest_kind_is_guessed(toy_data: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(toy_data), "--model", "causal-difusion", "-o", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    guess, _, known = done.stderr.partition("? there are ")
    assert guess == "cdm: no model 'causal-difusion'; did you mean 'causal_diffusion'"
    assert {"direct_regression", "causal_diffusion"} < {*known.strip().split(", ")}
