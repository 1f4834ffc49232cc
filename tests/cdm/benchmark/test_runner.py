"""A small benchmark, whole: floors, a model, one that fails; what is there stays, and tables tell it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.benchmark import cell, crew, plan, runner, tables
from cdm.data import pairs, shards
from cdm.errors import CdmError
from cdm.evaluation import answered, protocol, reader
from cdm.models import checkpoint
from cdm.runs import lock

HASH = "cd" * 32
NAMES = toy.FACTORS
PROTOCOL = f"""
name = "toy"
version = 1
build = "scmgen build toy"
split = "test"
rows = 40
seeds = [0, 1]
cpu_seconds = 3

[data]
name = "toy"
version = 1
size = {toy.SIZE}
spec_hash = "{HASH}"
"""
PLAN = """
name = "small"
protocols = ["toy.toml", "short.toml"]
[data]
toy = "data"
short = "data"
[methods.identity]
floor = "identity"
protocols = ["toy"]
[methods.oracle]
floor = "oracle"
protocols = ["toy"]
[methods.regression]
model = "direct_regression"
set = {steps = 1000}
[methods.typo]
model = "direct_regression"
protocols = ["toy"]
seeds = [1]
set = {stepps = 3}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("benchmark")
    toy.write(home / "data", 200, spec_hash=HASH)
    (home / "toy.toml").write_text(PROTOCOL)
    short = PROTOCOL.replace('name = "toy"', 'name = "short"', 1).replace("rows = 40", "rows = 20")
    (home / "short.toml").write_text(short.replace("seeds = [0, 1]", "seeds = [1]"))
    (home / "plan.toml").write_text(PLAN)
    keep_a_reader(home / "data", home / "cache")
    done = toy.call(
        "benchmark", str(home / "plan.toml"), "-o", str(home / "out"), "-j", "2", "--cache", str(home / "cache"),
        "--table", str(home / "table.md"), "--table", str(home / "table.csv"), "--table", str(home / "table.tex"),
        home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home


def keep_a_reader(data: Path, cache: Path) -> None:
    """Keep a reader of few steps that passes for one of all, which would take longer than all that is tested here."""
    source = shards.read(str(data))
    known = pairs.load(source, "train", cache)
    some = reader.fit(known, 100)
    some.config = reader.Options()
    told = {"data": {key: source.manifest[key] for key in ("name", "digest")}, "samples": len(known)}
    checkpoint.save(pairs.place_of(source, "train", cache) / reader.FILE, some, told)


def record(home: Path, key: str) -> dict:
    return json.loads((home / "out" / "cells" / f"{key}.json").read_bytes())


def test_floors_and_models_have_a_cell_a_seed(home: Path) -> None:
    oracle, nothing = record(home, "oracle--toy--0"), record(home, "identity--toy--0")
    assert oracle["scores"]["L1"]["model"]["all"] == 0.0 < nothing["scores"]["L1"]["model"]["changed"]
    for seed in (0, 1):
        one = record(home, f"regression--toy--{seed}")
        assert one["status"] == "done" and one["seed"] == seed and one["budget"] == 3
        assert one["parameters"] > 1000 and one["versions"]["torch"]
        assert one["options"]["steps"] == max(1, round(1000 * one["share of the steps"]))
        assert one["spent of it"] == pytest.approx(one["CPU-seconds"] / 3, abs=0.02)
    first, second = (record(home, f"regression--toy--{seed}")["scores"]["L1"]["model"] for seed in (0, 1))
    assert first != second
    assert len(list((home / "out" / "budgets").iterdir())) == 1


def test_data_are_decoded_and_their_reader_trained_before_any_cell(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STEPS", 3)
    whole = plan.read(home / "plan.toml")
    cell._data(whole, whole.cells[0], tmp_path, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob(reader.FILE)
    assert checkpoint.read(kept)[0]["config"]["steps"] == 3
    assert (kept.parent / "image.npy").exists()


def test_what_fails_is_a_cell_and_not_an_end(home: Path) -> None:
    typo = record(home, "typo--toy--1")
    assert typo["status"] == "failed" and typo["error"].startswith("no option 'stepps'; did you mean 'steps'?")
    assert "- typo, seed 1: failed: no option 'stepps'" in (home / "table.md").read_text()


def test_tables_tell_medians_and_every_cell(home: Path) -> None:
    page = (home / "table.md").read_text()
    assert "| oracle |  | 1 | 0.0000 | 0.0000 | 0.0000 |" in page and "| regression |  | 2 | 0." in page
    lines = (home / "table.csv").read_text().splitlines()
    assert len(lines) == 1 + 6 and lines[0].startswith("protocol,method,seed,status,")
    assert (home / "table.tex").read_text().count(r"\\") == (1 + 4) + (1 + 1)


def test_protocols_of_the_same_data_ask_one_model(home: Path) -> None:
    toys, shorts = (record(home, f"regression--{name}--1") for name in ("toy", "short"))
    assert shorts["scores"]["samples"] == 20 < toys["scores"]["samples"]
    assert shorts["CPU-seconds"] == toys["CPU-seconds"] and shorts["options"] == toys["options"]
    mine, theirs = (home / "out" / "answers" / f"regression--{name}--1" for name in ("short", "toy"))
    whole = answered.read(theirs, protocol.find(str(home / "toy.toml")), NAMES).images
    some = answered.read(mine, protocol.find(str(home / "short.toml")), NAMES).images
    assert np.array_equal(some, whole[:20])  # bit for bit, though one was read from its file
    assert len(list((home / "out" / "models").iterdir())) == 2


def lacking(home: Path, there: Path, *lost: str) -> Path:
    """A copy in which some cells are lost; budgets, by which the same bits come back, are known."""
    whole = shutil.copytree(home, there)
    for key in lost:
        (whole / "out" / "cells" / f"{key}.json").unlink()
    return whole


def test_parts_fill_what_one_run_fills(home: Path, tmp_path: Path) -> None:
    lost = ["oracle--toy--0", "regression--short--1"]
    whole = lacking(home, tmp_path / "home", *lost)
    there = whole / "out" / "cells"
    call(whole, "--part", "1/2")
    assert len(list(there.iterdir())) == 5
    call(whole, "--part", "0/2", "--only", "*--toy--*", "--only", "regression--*")
    again = {key: json.loads((there / f"{key}.json").read_bytes()) for key in lost}
    assert all(one["scores"] == record(home, key)["scores"] for key, one in again.items())


def test_any_executor_fills_cells(home: Path, tmp_path: Path) -> None:
    whole = lacking(home, tmp_path / "home", "oracle--toy--0", "regression--short--1")
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        read = plan.read(whole / "plan.toml")
        runner.run(read, whole / "plan.toml", whole / "out", 2, whole / "cache", executor=executor)
    assert [one["scores"] for one in runner.records(read, whole / "out") if "scores" in one] == [
        record(home, key)["scores"] for key in (one.key for one in read.cells) if "typo" not in key
    ]


def test_who_fills_the_whole_has_the_directory_alone(home: Path) -> None:
    held = re.escape("another run of this benchmark is under way in it; wait for it, or choose another --out")
    with lock.held(home / "out", shared=True), pytest.raises(CdmError, match=held):
        call(home)
    with lock.held(home / "out"), pytest.raises(CdmError, match=held):
        call(home, "--part", "0/2")
    with pytest.raises(CdmError, match=re.escape("--part 2/2: write I/K, part I of K, from 0 to K - 1")):
        call(home, "--part", "2/2")


def call(home: Path, *words: str) -> None:
    from trainings import call as said

    said("benchmark", str(home / "plan.toml"), "-o", str(home / "out"), "--cache", str(home / "cache"), *words)


def test_what_is_there_stays_and_what_is_lost_comes_back_as_it_was(home: Path, tmp_path: Path) -> None:
    whole = shutil.copytree(home, tmp_path / "home")
    lost = whole / "out" / "cells" / "regression--toy--1.json"
    before = json.loads(lost.read_bytes())
    kept = (whole / "out" / "cells" / "regression--toy--0.json").stat().st_mtime_ns
    lost.unlink()
    shutil.rmtree(whole / "out" / "answers" / "regression--toy--1")
    call(whole)
    again = json.loads(lost.read_bytes())
    assert again["scores"] == before["scores"]  # bit for bit: the budget is in steps, which are known
    assert (whole / "out" / "cells" / "regression--toy--0.json").stat().st_mtime_ns == kept


def test_cells_of_another_protocol_are_not_mixed_with_these(home: Path, tmp_path: Path) -> None:
    whole = shutil.copytree(home, tmp_path / "home")
    (whole / "toy.toml").write_text(PROTOCOL.replace("rows = 40", "rows = 30"))
    with pytest.raises(CdmError, match=r"out: holds cells of another protocol toy; choose another --out$"):
        call(whole)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("set = {stepps = 3}", "set = {steps = 3}", "typo"),
        ('name = "small"', 'name = "small"\ncpu_seconds = 9', "cpu_seconds"),
    ],
)
def test_cells_of_another_plan_are_not_mixed_with_these(
    old: str, new: str, what: str, home: Path, tmp_path: Path
) -> None:
    whole = shutil.copytree(home, tmp_path / "home")
    (whole / "plan.toml").write_text(PLAN.replace(old, new))
    with pytest.raises(CdmError, match=rf"out: holds cells of another {what}; choose another --out$"):
        call(whole)


def at_work(out: Path) -> list[int]:
    """The processes that fill cells of a directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            if "cdm.benchmark.cell" in words and str(out) in words:
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
def test_an_interrupted_run_ends_its_processes_and_leaves_no_record_of_them(home: Path, tmp_path: Path) -> None:
    whole = shutil.copytree(home, tmp_path / "home")
    shutil.rmtree(whole / "out")
    words = ["benchmark", str(whole / "plan.toml"), "-o", str(whole / "out"), "--cache", str(whole / "cache")]
    code = [sys.executable, "-c", "from cdm.cli.main import main; main()", *words]
    with subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not at_work(whole / "out"):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "the same command goes on" in told and len(told.splitlines()) == 1
    assert at_work(whole / "out") == [] and not list((whole / "out").glob("cells/*"))


def test_a_process_that_dies_is_a_cell(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = plan.read(home / "plan.toml")
    begun = []

    def died(self: crew.Crew, what: str, one: plan.Cell) -> str:
        begun.append(what)
        return "ended with status -9"

    monkeypatch.setattr(crew.Crew, "apart", died)
    runner.run(whole, home / "plan.toml", tmp_path / "out", 1, None)
    found = runner.records(whole, tmp_path / "out")
    assert {one["status"] for one in found} == {"crashed", "failed"} and len(found) == 6
    assert "ended with status -9" in tables.markdown(whole, found)
    assert begun.count("data") == 1  # both protocols are of the same
