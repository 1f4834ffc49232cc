"""Training, and what is asked of a trained model, on shards that no scmgen wrote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import toy  # noqa: E402
from PIL import Image  # noqa: E402

import cdm  # noqa: E402
from cdm import config  # noqa: E402
from cdm.config import Config  # noqa: E402
from cdm.data import shards  # noqa: E402
from cdm.data.pairs import Pairs, open_data  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.evaluation import evaluate, reader  # noqa: E402
from cdm.models import checkpoint  # noqa: E402
from cdm.models.causal_diffusion import CausalDiffusionModel  # noqa: E402
from cdm.models.interventions import DoTable  # noqa: E402
from cdm.scm import codes  # noqa: E402
from cdm.training import coding, machine, run, train  # noqa: E402
from cdm.training.feed import Batch, Noise  # noqa: E402
from cdm.training.losses import Terms  # noqa: E402

TINY = {
    "encoder_steps": 20,
    "encoder_batch": 8,
    "mechanism_steps": 20,
    "draft_steps": 20,
    "draft_batch": 4,
    "denoiser_steps": 20,
    "denoiser_batch": 4,
}
LEARNS = {
    "encoder_steps": 700,
    "mechanism_steps": 300,
    "draft_steps": 800,
    "draft_batch": 8,
    "denoiser_steps": 300,
    "denoiser_batch": 8,
}


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toy"), 2400)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def pairs(where: Path, cache: Path) -> Pairs:
    return open_data(str(where), "train", cache)


@pytest.fixture(scope="module")
def learned(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that has learned the toy."""
    out = tmp_path_factory.mktemp("learned")
    train.fit(run.start(pairs, config.make("quick", **LEARNS), out))
    return out


@pytest.fixture(scope="module")
def model(learned: Path) -> CausalDiffusionModel:
    return cdm.load(learned)


# Data


def test_shards_are_read_pixel_for_pixel(pairs: Pairs) -> None:
    table = toy.values(np.random.default_rng(0), 2400)
    assert np.array_equal(pairs.arrays["image"], toy.draw(table["factors"]))
    assert np.array_equal(pairs.arrays["image_cf"], toy.draw(table["factors_cf"]))
    for name in ("factors", "factors_cf", "do_mask", "do_value"):
        assert np.array_equal(pairs.arrays[name], table[name])
    batch = pairs.batch(torch.arange(5))
    assert batch["image"].shape == (5, 3, 16, 16)
    assert batch["image"].min() >= -1 and batch["image"].max() <= 1
    assert batch["factors"].shape == (5, 5)


def test_the_cache_is_written_once(where: Path, pairs: Pairs, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards.ShardFolder, "samples", None)  # nobody may read a shard again
    again = open_data(str(where), "train", cache)
    assert np.array_equal(again.arrays["image"], pairs.arrays["image"])
    assert not [path for path in cache.rglob(".*")]


def _spoil(out: Path, how: str) -> None:
    shard = out / "toy-train-000000.tar"
    if how == "missing":
        shard.unlink()
    elif how == "changed":
        shard.write_bytes(shard.read_bytes()[:-700] + b"x" * 700)
    elif how == "format":
        told = json.loads((out / "manifest.json").read_text())
        (out / "manifest.json").write_text(json.dumps({**told, "format": 9}))
    elif how == "no json":
        (out / "manifest.json").write_text("{")
    elif how == "no manifest":
        (out / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "{out}: has no toy-train-000000.tar, though the manifest lists it"),
        ("changed", "{out}/toy-train-000000.tar: changed or cut short since it was written"),
        ("format", "{out}/manifest.json: format 9; this cdm reads format 1"),
        ("no json", "{out}/manifest.json: damaged: not valid JSON"),
        ("no manifest", "{out}: has no manifest.json: not a data set"),
    ],
)
def test_a_bad_data_set_is_one_clear_error(tmp_path: Path, how: str, message: str) -> None:
    out = toy.write(tmp_path / "toy", 40)
    _spoil(out, how)
    done = toy.call("train", str(out), "-o", str(tmp_path / "run"), home=tmp_path / "cache")
    assert done.returncode == 2
    assert done.stderr.startswith("cdm: " + message.format(out=out))
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_supervision_needs_what_the_shards_hold(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path / "cache")
    with pytest.raises(
        CdmError, match=r"the shards hold no image_cf, do_mask, do_value, which supervision 'interventions'"
    ):
        run.start(plain, config.make("quick"))
    told = config.make("quick", supervision="labels", graph="given", **TINY)
    with pytest.raises(CdmError, match=r"^graph 'given': the manifest holds no graph$"):
        run.start(plain, told)
    trained = train.fit(run.start(plain, told, given=torch.tensor(toy.ADJACENCY)))  # real images without pairs
    assert trained.do({"a": 0.5}).sample(2, steps=4).shape == (2, 3, 16, 16)


def test_splits_and_devices_that_are_not_there(where: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(where), "--split", "trian", "-o", str(tmp_path / "r"), home=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"cdm: {where}: no split 'trian'; did you mean 'train'? there are train, test\n",
    )
    done = toy.call("train", str(where), "--device", "cuda", "-o", str(tmp_path / "r"), home=tmp_path)
    assert (done.returncode, done.stderr[:19]) == (2, "cdm: --device cuda:") or torch.cuda.is_available()


# Training


def same(a: CausalDiffusionModel, b: CausalDiffusionModel) -> bool:
    one, other = a.state_dict(), b.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_one_seed_gives_one_model_and_another_another(pairs: Pairs) -> None:
    first, again, other = (train.fit(run.start(pairs, config.make("quick", seed=s, **TINY))) for s in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_batches_that_are_drawn_ahead_give_the_same_weights_resumed_too(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = config.make("quick", **TINY)
    whole = train.fit(run.start(pairs, told))
    monkeypatch.setattr(machine, "draws_ahead", lambda device: True)
    monkeypatch.setattr(train, "_SAVE_EVERY", 3)
    monkeypatch.setattr(train, "_LOG_EVERY", 7)
    assert same(train.fit(run.start(pairs, told)), whole)
    for phase in ("encoder", "mechanisms", "draft", "denoiser"):
        begun = run.start(pairs, told, tmp_path / phase)
        begun.log = partial(_killed, phase)
        with pytest.raises(InterruptedError):
            train.fit(begun)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]
        again = run.start(pairs, told, tmp_path / phase)
        assert run.resume(again) and again.step == 6
        assert same(train.fit(again), whole), phase


def _killed(phase: str, line: dict[str, object]) -> None:
    if (line["phase"], line.get("step")) == (phase, 8):
        raise InterruptedError


def test_a_run_of_another_configuration_is_not_taken_up(pairs: Pairs, tmp_path: Path) -> None:
    train.fit(run.start(pairs, config.make("quick", **TINY), tmp_path))
    other = run.start(pairs, config.make("quick", seed=3, **TINY), tmp_path)
    with pytest.raises(
        CdmError, match=r"holds a run of another configuration: seed: 0 there, 3 here; train with these, "
    ):
        run.resume(other)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_SAVE_EVERY", 1)
    begun = run.start(pairs, config.make("quick", **TINY), tmp_path)
    terms = coding.mechanism_terms

    def spoiled(model: CausalDiffusionModel, told: Config, batch: Batch, noise: Noise) -> Terms:
        computed = terms(model, told, batch, noise)
        return computed if noise.share < 5 / 20 else {"likelihood": computed["likelihood"] * float("nan")}

    monkeypatch.setattr(coding, "mechanism_terms", spoiled)
    with pytest.raises(
        CdmError,
        match=r"^the loss of phase mechanisms is nan at step 5; the last good checkpoint is .*; begin anew",
    ):
        train.fit(begun)
    assert checkpoint.read(tmp_path)[0]["step"] == 5


# What is learned


def test_the_graph_and_the_factors_come_out(model: CausalDiffusionModel, where: Path, cache: Path) -> None:
    assert model.adjacency.int().tolist() == toy.ADJACENCY
    pairs = open_data(str(where), "test", cache)
    read, true = model.encode(pairs.batch(torch.arange(200))["image"]), torch.tensor(pairs.arrays["factors"][:200])
    assert (read - true)[:, :2].abs().mean() < 0.02
    assert (read[:, 2] == true[:, 2]).float().mean() > 0.98


def test_counterfactuals_are_nearer_the_truth_than_the_factual_image(
    model: CausalDiffusionModel, where: Path, cache: Path, pairs: Pairs
) -> None:
    test = open_data(str(where), "test", cache)
    graph = json.loads((where / "manifest.json").read_text())["graph"]
    steps, samples = list[int](), list[int]()
    regressor = reader.fit(pairs, steps=300, progress=steps.append)
    told = evaluate.evaluate(model, test, regressor, graph, samples=200, progress=samples.append)
    assert sum(steps) == 300 and samples == [100, 100]
    assert told["graph"] == {"SHD": 0, "SID": 0, "parent-AID": 0, "precision": 1.0, "recall": 1.0}
    assert told["MCC"] > 0.99
    assert told["L1"]["model"]["changed"] < told["L1"]["identity"]["changed"] / 1.6  # after 20 seconds
    assert told["L1"]["identity"]["unchanged"] == told["L1"]["oracle"]["all"] == 0
    assert np.allclose(told["effects"]["model"], told["effects"]["truth"], atol=0.06)


def test_an_evaluation_needs_labels_of_the_model_s_kind(model: CausalDiffusionModel, pairs: Pairs) -> None:
    bare = Pairs(pairs.code, {name: array for name, array in pairs.arrays.items() if not name.startswith("factors")})
    with pytest.raises(CdmError, match=r"^an evaluation needs factors, which the shards do not hold$"):
        evaluate.check(model, bare)
    other = Pairs(codes.Code(pairs.code.factors[:2]), pairs.arrays)
    with pytest.raises(CdmError, match=r"^the model was trained on other factors than these shards have$"):
        evaluate.check(model, other)


def test_nothing_is_done_by_a_do_that_sets_what_is(model: CausalDiffusionModel, pairs: Pairs) -> None:
    image = pairs.batch(torch.arange(8))["image"]
    believed = model.abduct(image)
    still = model.predict(believed, DoTable(torch.ones(8, 3), believed.codes))
    assert torch.equal(still, model.predict(believed, DoTable(torch.zeros(8, 3), believed.codes)))


def test_a_do_moves_descendants_and_nothing_else(model: CausalDiffusionModel) -> None:
    free, done = (model.do(do).sample_codes(500, seed=4) for do in ({}, {"a": 0.9}))
    assert torch.allclose(model.code.decode(done)[:, 0], torch.tensor(0.9))
    assert torch.equal(free[:, 2:], done[:, 2:])
    assert (done[:, 1] - free[:, 1]).abs().mean() > 0.1
    below = model.do({"b": 0.2}).sample_codes(500, seed=4)
    assert torch.equal(below[:, :1], free[:, :1])


def test_a_do_that_cannot_be_is_refused(model: CausalDiffusionModel) -> None:
    with pytest.raises(CdmError, match=r"^no factor 'aa'; did you mean 'a'\? there are a, b, k$"):
        model.do({"aa": 0.1})
    with pytest.raises(CdmError, match=r"^a = 1.5: a number from 0 to 1 is needed \(1\)$"):
        model.do({"a": 1.5})


# Checkpoints


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
        CdmError, match=r"not a checkpoint of cdm, or one of another format \(None; this cdm reads 1\)$"
    ):
        cdm.load(tmp_path)


# The command line


def test_a_newcomer_trains_scores_and_asks(where: Path, tmp_path: Path) -> None:
    home, out = tmp_path / "cache", tmp_path / "run"
    steps = [text for name, count in TINY.items() for text in ("--set", f"{name}={count}")]
    done = toy.call("train", str(where), "-o", str(out), "--preset", "quick", *steps, home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{out}: trained in ")
    assert "to the manifest's graph)" in done.stdout
    assert {json.loads(line)["phase"] for line in (out / "log.jsonl").read_text().splitlines()} == {
        *(phase for phase in train.PHASES if phase != "joint"),
        "graph",
    }
    again = toy.call("train", str(where), "-o", str(out), "--preset", "quick", *steps, home=home)
    assert again.stdout == f"{out}: trained already; --force begins anew\n"
    for arguments, (width, height) in (
        (["counterfactual", "--data", str(where), "--do", "a=0.2", "--do", "k=blue", "--n", "4"], (4, 3)),
        (["sample", "--do", "a=0.2,k=red", "--n", "8"], (8, 1)),
        (["traverse", "--data", str(where), "--steps", "5"], (5, 3)),
    ):
        picture = tmp_path / f"{arguments[0]}.png"
        done = toy.call(arguments[0], str(out), *arguments[1:], "-o", str(picture), home=home)
        assert done.returncode == 0, done.stderr
        with Image.open(picture) as drawn:
            size = drawn.size
        assert size[0] > 96 * width and size[1] > 96 * height
    table = tmp_path / "codes.csv"
    assert toy.call("encode", str(out), "--data", str(where), "-o", str(table), home=home).returncode == 0
    assert table.read_text().splitlines()[0] == "index,a,b,k"
    assert len(table.read_text().splitlines()) == 601
    told = toy.call("effect", str(out), "--of", "a", "--on", "b", "--n", "200", home=home)
    assert re.search(r"average effect -?[\d.e-]+ \+- [\d.e-]+\n$", told.stdout), told.stderr
    assert toy.call("graph", str(out), "-f", "dot", home=home).stdout.startswith("digraph learned {")


def test_a_dry_run_writes_nothing(where: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(where), "-o", str(tmp_path / "run"), "--dry-run", home=tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout[: done.stdout.index("}") + 1])["preset"] == "standard"
    assert re.search(
        r"parameters: encoder [\d,]+, style [\d,]+, draft [\d,]+, mechanisms [\d,]+, tokens [\d,]+, denoiser [\d,]+\n"
        r"about [\d.]+ minutes on cpu \(encoder [\d.]+, refine [\d.]+, mechanisms [\d.]+, draft [\d.]+, "
        r"denoiser [\d.]+, codes [\d.]+\), besides the search for "
        r"the graph\nabout [\d.]+ GB of memory\n",
        done.stdout,
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["graph", "{learned}", "-f", "pdf"], "--format pdf: there are text, dot, json"),
        (["sample", "{learned}", "--do", "a:1", "-o", "{tmp}/x.png"], "--do a:1: write NAME=VALUE"),
        (["sample", "{learned}", "--do", "b=2", "-o", "{tmp}/x.png"], "b = 2: a number from 0 to 1 is needed (1)"),
        (["sample", "{tmp}", "-o", "{tmp}/x.png"], "{tmp}/model.safetensors: there is no checkpoint"),
        (["train", "{where}", "--set", "focus"], "--set focus: write NAME=VALUE"),
        (["train", "{where}", "--preset", "slow"], "no preset 'slow'; there are quick, standard, full"),
    ],
)
def test_misuse_is_one_message_and_status_two(
    where: Path, learned: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    names = {"where": where, "learned": learned, "tmp": tmp_path}
    done = toy.call(*(argument.format(**names) for argument in arguments), home=tmp_path / "cache")
    assert (done.returncode, done.stderr) == (2, f"cdm: {message.format(**names)}\n")
    assert not (tmp_path / "x.png").exists()


def test_help_does_not_wait_for_torch() -> None:
    code = (
        "import sys; from cdm.cli.main import main\ntry: main()\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("False\n")


def test_no_generator_is_needed(where: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['scmgen'] = None\n"
        "from cdm import config\nfrom cdm.data import pairs\nfrom cdm.training import run, train\n"
        "from pathlib import Path\n"
        f"split = pairs.open_data({str(where)!r}, 'train', Path({str(tmp_path)!r}))\n"
        f"train.fit(run.start(split, config.make('quick', **{TINY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
