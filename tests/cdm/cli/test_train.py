"""Training on the command line, on shards that no scmgen wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from PIL import Image
from trainings import SETTINGS, TINY, call

from cdm.errors import CdmError
from cdm.evaluation import reader
from cdm.models import causal_diffusion
from cdm.training import train


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


def test_splits_and_devices_that_are_not_there(toy_data: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(toy_data), "--split", "trian", "-o", str(tmp_path / "r"), home=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"cdm: {toy_data}: no split 'trian'; did you mean 'train'? there are train, test\n",
    )
    done = toy.call("train", str(toy_data), "--device", "cuda", "-o", str(tmp_path / "r"), home=tmp_path)
    assert (done.returncode, done.stderr[:19]) == (2, "cdm: --device cuda:") or torch.cuda.is_available()


def test_a_newcomer_trains_scores_and_asks(toy_data: Path, tmp_path: Path) -> None:
    home, out = tmp_path / "cache", tmp_path / "run"
    done = toy.call("train", str(toy_data), "-o", str(out), "--preset", "quick", *SETTINGS, home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{out}: trained in ")
    assert "to the manifest's graph)" in done.stdout
    assert {json.loads(line)["phase"] for line in (out / "log.jsonl").read_text().splitlines()} == {
        *(phase for phase in train.PHASES if phase != "joint"),
        "graph",
    }
    again = toy.call("train", str(toy_data), "-o", str(out), "--preset", "quick", *SETTINGS, home=home)
    assert again.stdout == f"{out}: trained already; --force begins anew\n"
    for arguments, (width, height) in (
        (["counterfactual", "--data", str(toy_data), "--do", "a=0.2", "--do", "k=blue", "--n", "4"], (4, 3)),
        (["sample", "--do", "a=0.2,k=red", "--n", "8"], (8, 1)),
        (["traverse", "--data", str(toy_data), "--steps", "5"], (5, 3)),
    ):
        picture = tmp_path / f"{arguments[0]}.png"
        done = toy.call(arguments[0], str(out), *arguments[1:], "-o", str(picture), home=home)
        assert done.returncode == 0, done.stderr
        with Image.open(picture) as drawn:
            size = drawn.size
        assert size[0] > 96 * width and size[1] > 96 * height
    table = tmp_path / "codes.csv"
    assert toy.call("encode", str(out), "--data", str(toy_data), "-o", str(table), home=home).returncode == 0
    assert table.read_text().splitlines()[0] == "index,a,b,k"
    assert len(table.read_text().splitlines()) == 101
    told = toy.call("effect", str(out), "--of", "a", "--on", "b", "--n", "200", home=home)
    assert re.search(r"average effect -?[\d.e-]+ \+- [\d.e-]+\n$", told.stdout), told.stderr
    assert toy.call("graph", str(out), "-f", "dot", home=home).stdout.startswith("digraph learned {")


def test_a_dry_run_writes_nothing(toy_data: Path, tmp_path: Path) -> None:
    done = toy.call("train", str(toy_data), "-o", str(tmp_path / "run"), "--dry-run", home=tmp_path / "cache")
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


def test_the_command_line_says_what_the_answers_mean(tmp_path: Path) -> None:
    where, out = toy.write(tmp_path / "toy", 240), tmp_path / "run"
    done = toy.call("train", str(where), "-o", str(out), "--supervision", "unknown", *SETTINGS, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(which is which of the manifest's factors is for `cdm evaluate` to match)" in done.stdout
    assert "SHD" not in done.stdout
    done = toy.call("sample", str(out), "--do", "a=0.5", "-o", str(tmp_path / "a.png"), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"cdm: {out}: {causal_diffusion.NOTES['unknown']}"
    assert "no factor 'a'" in done.stderr and "z1, z2, z3" in done.stderr


SHORT = [f"{name}={2 if name.endswith('steps') else count}" for name, count in TINY.items()]
BRIEF = [word for setting in SHORT for word in ("--set", setting)]


@pytest.mark.parametrize("size", [16, 20, 28, 33, 48, 64, 96])
def test_images_of_every_side_train_and_answer(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    where, out = toy.write(tmp_path / "toy", 24, size=size), tmp_path / "run"
    shared = ["--cache", str(tmp_path / "cache")]
    call("train", str(where), "-o", str(out), *BRIEF, "--no-tensorboard", *shared)
    asked = [str(out), "--data", str(where), "--n", "1", "--do", "a=0.2", *shared]
    call("counterfactual", *asked, "--mask", "both", "-o", str(tmp_path / "cf.png"))
    with Image.open(tmp_path / "cf.png") as drawn:
        assert min(drawn.size) > max(size, 96)
    if size in (28, 33):
        monkeypatch.setattr(reader, "STEPS", 2)
        call("evaluate", str(out), "--data", str(where), "--samples", "4", *shared)
        assert json.loads((out / "evaluation.json").read_text())["L1"]["oracle"]["all"] == 0


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ({"size": 12}, [], "images of 12 pixels a side: at least 16 are needed"),
        ({"n": 1}, [], "samples: at least 3 are needed, 2 to train on and 1 held out; found 1"),
        ({"n": 2}, [], "samples: at least 3 are needed, 2 to train on and 1 held out; found 2"),
        (
            {"pairs": False},
            [],
            "the shards hold no image_cf, do_mask, do_value, which supervision 'interventions' and graph "
            "'interventional' need; they allow --supervision labels with --graph notears, dagma, pc, fci, variational "
            "or given",
        ),
        (
            {"without": "factors_cf do_value"},
            ["--supervision", "labels", "--graph", "given", "--set", "labelled=7"],
            "labelled: a share from 0 to 1 is needed, found 7",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused_before_a_start(
    tmp_path: Path, data: dict[str, Any], options: list[str], message: str, dry: list[str]
) -> None:
    where = toy.write(tmp_path / "toy", **{"n": 8, **data})
    line = ["train", str(where), "-o", str(tmp_path / "run"), *options, *dry, "--cache", str(tmp_path / "cache")]
    with pytest.raises(CdmError) as caught:
        call(*line)
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


def test_a_dry_run_looks_at_the_directory_too(toy_run: Path, toy_data: Path, toy_cache: Path) -> None:
    before = sorted(path.name for path in toy_run.iterdir())
    line = ["train", str(toy_data), "-o", str(toy_run), *SETTINGS, "--dry-run", "--cache", str(toy_cache)]
    with pytest.raises(CdmError, match=r"holds a run of another configuration: encoder_steps: 1200 there, 20 here"):
        call(*line)
    assert call(*line, "--force").endswith(f"into {toy_run}\n")
    assert sorted(path.name for path in toy_run.iterdir()) == before


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_values_outside_their_ranges_are_noted_once(tmp_path: Path, dry: list[str]) -> None:
    where = toy.write(tmp_path / "toy", 200)
    toy.change(where, lambda manifest: manifest["factors"]["a"].update(range=[0.25, 0.75]))
    done = toy.call("train", str(where), "-o", str(tmp_path / "run"), *BRIEF, *dry, home=tmp_path)
    assert done.returncode == 0, done.stderr
    observed, set_ = [line for line in done.stderr.splitlines() if ": note: " in line]
    assert re.fullmatch(
        rf"cdm: {where}: note: a: \d+\.\d\d% of observations lie outside 0\.25 to 0\.75; they run \S+ to \S+", observed
    )
    assert "% of the values that were set lie outside 0.25 to 0.75; they run " in set_
