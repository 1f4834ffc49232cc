"""Answers under a protocol on the command line: a model's own, and those of one that is not ours."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import toy
from PIL import Image
from trainings import call

import cdm
from cdm.evaluation import protocol, reader

HASH = "ab" * 32
TEXT = f"""
name = "toy"
version = 1
build = "scmgen build toy"
split = "test"
rows = 40
seeds = [0]
cpu_seconds = 60

[data]
name = "toy"
version = 1
size = {toy.SIZE}
spec_hash = "{HASH}"
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("asked")
    toy.write(home / "data", 200, spec_hash=HASH)
    (home / "toy.toml").write_text(TEXT)
    return home


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STEPS", 30)


def given(home: Path) -> list[str]:
    return ["--data", str(home / "data"), "--protocol", str(home / "toy.toml"), "--cache", str(home / "cache")]


def by_hand(out: Path, home: Path, twins: bool) -> Path:
    """What somebody writes without us: each factual image again, or the true answer, read from the shards."""
    out.mkdir()
    wanted = ".image_cf.png" if twins else ".image.png"
    with (
        tarfile.open(next((home / "data").glob("*-test-*.tar"))) as archive,
        tarfile.open(out / "mine.tar", "w", format=tarfile.USTAR_FORMAT) as mine,
    ):
        for member in archive.getmembers():
            key = member.name.partition(".")[0]
            if member.name.endswith(wanted) and int(key.rpartition("-")[2]) < 40:
                content = archive.extractfile(member).read()  # type: ignore[union-attr]
                info = tarfile.TarInfo(f"{key}.image_cf.png")
                info.size = len(content)
                mine.addfile(info, io.BytesIO(content))
    content = (out / "mine.tar").read_bytes()
    shard = {"name": "mine.tar", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    told = {"format": 1, "model": "by hand", "protocol": protocol.find(str(home / "toy.toml")).plain()}
    (out / "answers.json").write_text(json.dumps({**told, "shards": [shard]}))
    return out


def test_what_is_written_by_hand_is_scored_beside_its_floor(asked: Path, tmp_path: Path) -> None:
    truth, nothing = by_hand(tmp_path / "truth", asked, True), by_hand(tmp_path / "nothing", asked, False)
    out = tmp_path / "scores.json"
    call("score", str(truth), *given(asked), "--beside", str(nothing), "-o", str(out))
    scores = json.loads(out.read_text())
    assert scores["model"] == "by hand" and scores["protocol hash"] == protocol.find(str(asked / "toy.toml")).hash
    assert scores["L1"]["model"] == {"all": 0.0, "changed": 0.0, "unchanged": 0.0}
    assert scores["L1"]["nothing"] == scores["L1"]["identity"] and scores["L1"]["identity"]["changed"] > 0.1
    assert scores["effectiveness"]["model"] == scores["effectiveness"]["reader"]
    assert "graph" not in scores and "MCC" not in scores  # which it does not tell


def test_a_model_of_ours_goes_the_same_way(asked: Path, tmp_path: Path) -> None:
    run, answers = tmp_path / "run", tmp_path / "answers"
    call("train", str(asked / "data"), "--model", linear.Linear.name, "-o", str(run), "--cache", str(asked / "cache"))
    told = call("answer", str(run), *given(asked), "-o", str(answers))
    assert "40 answers of" in told
    call("score", str(answers), *given(asked), "-o", str(tmp_path / "ours.json"))
    ours = json.loads((tmp_path / "ours.json").read_text())
    call("evaluate", str(run), "--data", str(asked / "data"), "--samples", "40", "--cache", str(asked / "cache"))
    theirs = json.loads((run / "evaluation.json").read_text())
    for part, error in theirs["L1"]["model"].items():
        assert ours["L1"]["model"][part] == pytest.approx(error, abs=0.01), (
            part
        )  # PNG holds bytes, and nothing beyond white
    with Image.open(io.BytesIO(_first(answers))) as image:
        assert image.size == (toy.SIZE, toy.SIZE)


def _first(answers: Path) -> bytes:
    with tarfile.open(answers / "answers-000000.tar") as archive:
        return archive.extractfile(archive.getmembers()[0]).read()  # type: ignore[union-attr]


@pytest.mark.parametrize("what", ["data", "protocol", "answers"])
def test_what_does_not_belong_together_is_one_line(what: str, asked: Path, toy_data: Path, tmp_path: Path) -> None:
    words = given(asked)
    answers = by_hand(tmp_path / "a", asked, True)
    if what == "data":
        words[1] = str(toy_data)
    if what == "protocol":
        (tmp_path / "other.toml").write_text(TEXT.replace("seeds = [0]", "seeds = [1]"))
        words[3] = str(tmp_path / "other.toml")
    if what == "answers":
        (answers / "mine.tar").unlink()
    done = toy.call("score", str(answers), *words, "-o", str(tmp_path / "s.json"), home=tmp_path / "home")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and not (tmp_path / "s.json").exists()
    problem = {"data": "and protocol toy asks about", "protocol": "answers to protocol toy", "answers": "mine.tar"}
    assert problem[what] in done.stderr


def test_codes_and_graph_are_scored_where_they_are_told(asked: Path, tmp_path: Path) -> None:
    answers = by_hand(tmp_path / "a", asked, True)
    data = json.loads((asked / "data" / "manifest.json").read_text())
    names = list(data["factors"])
    told = json.loads((answers / "answers.json").read_text())
    told["graph"] = {"names": names, "directed": data["graph"]["adjacency"]["directed"]}
    (answers / "answers.json").write_text(json.dumps(told))
    call("score", str(answers), *given(asked), "-o", str(tmp_path / "s.json"))
    scores = json.loads((tmp_path / "s.json").read_text())
    assert scores["graph"]["SHD"] == 0 and np.isfinite(scores["L1"]["model"]["all"])


def test_no_reader_is_trained_where_no_image_is_told(asked: Path, tmp_path: Path) -> None:
    data = json.loads((asked / "data" / "manifest.json").read_text())
    graph = np.array(data["graph"]["adjacency"]["directed"])
    told = cdm.Answers("graph alone", graph=graph)
    cdm.write_answers(tmp_path / "a", cdm.find_protocol(str(asked / "toy.toml")), told, list(data["factors"]))
    words = [*given(asked)[:4], "--cache", str(tmp_path / "cache")]
    assert "graph alone: 40 answers" in call("score", str(tmp_path / "a"), *words)
    assert not list((tmp_path / "cache").rglob("reader*"))
