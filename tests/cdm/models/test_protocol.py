"""A kind of model in one file goes all the way: fit, checkpoint, load, query, evaluate."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import torch
import toy
from click.testing import CliRunner
from PIL import Image

import cdm
from cdm import config
from cdm.cli import main
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.evaluation import evaluate, reader
from cdm.models import protocol
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.interventions import DoTable
from cdm.scm.graph import from_edges
from cdm.training import run

GRAPH = from_edges(toy.FACTORS, [("a", "b")])


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toy"), 400)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def pairs(where: Path, cache: Path) -> Pairs:
    return open_data(str(where), "train", cache)


@pytest.fixture(scope="module")
def learned(where: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a linear model that the command line trained."""
    out = tmp_path_factory.mktemp("learned") / "run"
    said = call("train", str(where), "--model", "linear", "-o", str(out), "--cache", str(cache))
    assert re.fullmatch(rf"{re.escape(str(out))}: trained in \d+ s\n", said)
    return out


def call(*arguments: str) -> str:
    """Run a command in this process; give what it printed."""
    done = CliRunner().invoke(main.cli, list(arguments), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


# All the way


def test_what_was_fitted_is_what_is_loaded(learned: Path, pairs: Pairs) -> None:
    fitted, loaded = linear.fit(protocol.Job(pairs), linear.Options()), cdm.load(learned)
    assert type(loaded) is linear.Linear and loaded.config == linear.Options()
    images = pairs.batch(torch.arange(50))["image"]
    assert torch.equal(fitted.reads, loaded.reads) and torch.equal(fitted.draws, loaded.draws)
    read, true = loaded.encode(images), torch.tensor(pairs.arrays["factors"][:50])
    assert (read - true)[:, 0].abs().mean() < 0.1


def test_a_query_of_it(learned: Path, where: Path, cache: Path, tmp_path: Path) -> None:
    data = ["--data", str(where), "--cache", str(cache), "-o", str(tmp_path / "out")]
    call("encode", str(learned), *data)
    assert (tmp_path / "out").read_text().splitlines()[0] == "index,a,b,k"
    call("counterfactual", str(learned), *data[:-1], str(tmp_path / "cf.png"), "--do", "a=0.2", "--n", "4")
    call("traverse", str(learned), *data[:-1], str(tmp_path / "all.png"))
    with Image.open(tmp_path / "cf.png") as drawn:
        assert drawn.size[0] > 4 * 96


def test_an_evaluation_of_it_has_what_it_answers(
    learned: Path, where: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STEPS", 20)
    file = tmp_path / "evaluation.json"
    said = call("evaluate", str(learned), "--data", str(where), "--cache", str(cache), "-o", str(file))
    told = json.loads(file.read_text())
    assert list(told["L1"]) == ["model", "identity", "re-encoded", "oracle"]  # no row of true factors
    assert list(told["effects"]) == ["truth"]
    assert "graph" not in told and "edges" not in told
    assert told["MCC"] > 0.9 and told["composition"] < 1e-5
    assert told["L1"]["model"]["changed"] < told["L1"]["identity"]["changed"]
    assert said.startswith("latents      MCC ") and "effectiveness" in said and "true factors" not in said


def test_a_model_that_reads_no_factors_is_told_the_true_ones(pairs: Pairs) -> None:
    fitted = linear.fit(protocol.Job(pairs), linear.Options())
    told = linear.Told(fitted.code, fitted.size, fitted.config, dict(fitted.named_buffers()))
    scores = evaluate.evaluate(told, pairs, reader.fit(pairs, 5), None, 40)
    assert "MCC" not in scores and set(scores["L1"]) >= {"model", "true factors"}
    assert scores["L1"]["model"]["changed"] < scores["L1"]["identity"]["changed"]
    batch = pairs.batch(torch.arange(2))
    del batch["factors"]
    with pytest.raises(CdmError, match=r"^model 'told' reads no factors: it needs labels, which the shards do not"):
        protocol.abducted(told, batch)


def test_an_evaluation_without_pairs_scores_what_is_read(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 80, pairs=False)), "train", tmp_path / "cache")
    model = linear.fit(protocol.Job(plain), linear.Options())
    told = evaluate.evaluate(model, plain, reader.fit(plain, 5), None, 40)
    assert {"MCC", "R2"} <= set(told) and not {"L1", "effectiveness", "composition", "effects"} & set(told)


# What it does not answer


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
        (["evaluate", "--data", "{where}", "--guidance", "2"], "cannot be guided"),
    ],
)
def test_what_it_does_not_answer_is_one_error(learned: Path, where: Path, arguments: list[str], message: str) -> None:
    given = [word.format(where=where) for word in arguments]
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


def test_the_nearest_kind_is_guessed(where: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(where), "--model", "causal-difusion", "-o", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "cdm: no model 'causal-difusion'; did you mean 'causal_diffusion'? there are causal_diffusion\n"
    )


# The causal diffusion model


def test_a_prediction_reads_the_noise_that_was_abducted(pairs: Pairs) -> None:
    model = run.start(pairs, config.make("quick", graph="given"), given=GRAPH).model.eval()
    abduction = model.abduct(pairs.batch(torch.arange(6))["image"], steps=4)
    do = model.table({"a": 0.3}, 6)
    codes, other = model.act(abduction, do), model.act(replace(abduction, noise=abduction.noise + 0.5), do)
    assert torch.equal(codes, model.mechanisms.counterfactual(abduction.codes, do.mask, do.value))
    below, a, b = model.code.blocks[2], *model.code.blocks[:2]
    assert torch.equal(codes[:, below], abduction.codes[:, below]) and torch.equal(other[:, below], codes[:, below])
    assert torch.equal(codes[:, a], other[:, a])  # it is set
    assert (other[:, b] - codes[:, b]).abs().min() > 0.01  # it has another noise
    assert not torch.equal(
        model.predict(replace(abduction, noise=abduction.noise + 0.5), do, 4), model.predict(abduction, do, 4)
    )


def test_each_row_has_a_do_of_its_own(pairs: Pairs) -> None:
    model = run.start(pairs, config.make("quick", graph="given"), given=GRAPH).model.eval()
    assert isinstance(model, CausalDiffusionModel) and model.answers == frozenset(protocol.ANSWERS)
    abduction = model.abduct(pairs.batch(torch.arange(2))["image"], steps=4)
    one, other = model.table({"a": 0.3}, 1), model.table({"k": 2}, 1)
    both = DoTable(torch.cat([one.mask, other.mask]), torch.cat([one.value, other.value]))
    codes = model.act(abduction, both)
    assert torch.allclose(model.code.decode(codes)[0, 0], torch.tensor(0.3)) and model.code.decode(codes)[1, 2] == 2
    assert torch.equal(codes[1, :2], abduction.codes[1, :2])
