"""Whose a place is: a build takes what is empty or its own, and names what it finds instead."""

from __future__ import annotations

import os
import re
from pathlib import Path

import here
import orjson
import pytest
from building import built, pendulum, sums, swing

from scmgen.build.generated import build
from scmgen.cli.main import main
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError


def test_another_spec_is_refused_and_both_are_named(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    done = here.run(
        main,
        "scmgen",
        "build",
        "pendulum",
        "--n",
        300,
        "--size",
        16,
        "--shard-size",
        50,
        "--seed",
        3,
        "-j",
        1,
        "-o",
        tmp_path,
    )
    names = (
        f"holds data set 'pendulum' (spec {pendulum().hash[:12]}), not 'pendulum' (spec {pendulum(seed=3).hash[:12]})"
    )
    hint = "seed: 0 there, 3 here; choose another --out, or replace what is there with --force"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scmgen: {tmp_path}: {names}: {hint}\n")
    assert sums(tmp_path) == before


def test_another_scene_is_refused_and_both_are_named(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    with pytest.raises(
        ScmgenError,
        match=re.escape(f"{tmp_path}: holds data set 'pendulum' (spec {pendulum().hash[:12]}), not 'swing' (spec "),
    ):
        build(swing(), tmp_path)
    assert sums(tmp_path) == before


def test_an_unfinished_build_of_another_spec_is_refused_too(tmp_path: Path) -> None:
    built(pendulum(), tmp_path)
    (tmp_path / ".build.json").write_bytes(orjson.dumps({"spec": pendulum().data(), "sums": {}}))
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(ScmgenError, match="holds data set 'pendulum'"):
        build(pendulum(seed=3), tmp_path)
    assert built(pendulum(), tmp_path) == built(pendulum(), tmp_path / "fresh")


@pytest.mark.parametrize("told", [[], 7, "x", {"pendulum-train-000000.tar": 7}, None])
def test_a_marker_whose_sums_are_none_is_damaged(tmp_path: Path, told: object) -> None:
    built(pendulum(), tmp_path)
    (tmp_path / ".build.json").write_bytes(orjson.dumps({"spec": pendulum().data(), "sums": told}))
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(ScmgenError, match=r"its \.build\.json is damaged or was changed by hand"):
        build(pendulum(), tmp_path)
    build(pendulum(), tmp_path, force=True)


@pytest.mark.parametrize("name", [".build.json", "manifest.json"])
def test_a_marker_that_is_no_file_or_has_no_end_is_never_read(tmp_path: Path, name: str) -> None:
    built(pendulum(), tmp_path)
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(ScmgenError, match="is a FIFO; a regular file is needed"):
        build(pendulum(), tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, 1 << 40)
    with pytest.raises(ScmgenError, match="has 1,099,511,627,776 bytes; at most 67,108,864 are read"):
        build(pendulum(), tmp_path)


def test_force_replaces_what_a_build_wrote_and_nothing_else(tmp_path: Path) -> None:
    built(pendulum(), tmp_path)
    foreign = {
        "notes.txt": b"mine",
        "other-train-000000.tar": b"also mine",
        "pendulum-train-000000.tar.bak": b"mine, too",
    }
    for name, data in foreign.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    done = here.run(
        main, "scmgen", "build", "pendulum", "--n", 100, "--size", 16, "--seed", 3, "-j", 1, "--force", "-o", tmp_path
    )
    other = "not the catalogue's pendulum, version 1: seed is 3, not 0; size is 16, not 64\n"
    assert (done.returncode, done.stderr) == (0, other)
    for name, data in foreign.items():
        assert (tmp_path / name).read_bytes() == data
        (tmp_path / name).unlink()
    (tmp_path / "folder").rmdir()
    assert sums(tmp_path) == built(pendulum(100, seed=3, shard_size=1_000), tmp_path / "fresh")


@pytest.mark.parametrize("force", [False, True])
def test_a_directory_with_foreign_files_is_refused(force: bool, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    done = here.run(main, "scmgen", "build", "pendulum", "--n", 100, "-o", tmp_path, *(["--force"] if force else []))
    problem = f"{tmp_path}: holds files that no build of scmgen wrote; choose another directory with --out"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scmgen: {problem}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_smaller_n_is_refused(tmp_path: Path) -> None:
    before = built(pendulum(300), tmp_path)
    with pytest.raises(ScmgenError) as caught:
        build(pendulum(200), tmp_path)
    hint = "choose another --out, or replace what is there with --force"
    assert str(caught.value) == f"{tmp_path}: holds 300 samples of this data set, more than the 200 asked for; {hint}"
    assert sums(tmp_path) == before
    assert built(pendulum(200), tmp_path, force=True) == built(pendulum(200), tmp_path / "fresh")


@pytest.mark.parametrize("file", ["manifest.json", ".build.json"])
def test_a_damaged_manifest_or_marker_is_refused_and_replaced_by_force(file: str, tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    (tmp_path / file).write_bytes(b'{"spec": ')
    with pytest.raises(ScmgenError) as caught:
        build(pendulum(), tmp_path)
    problem = f"{tmp_path}: its {file} is damaged or was changed by hand, so nobody can say what it holds"
    assert str(caught.value) == f"{problem}; choose another --out, or replace what is there with --force"
    assert built(pendulum(), tmp_path, force=True) == before


def test_what_differs_is_named_to_the_equation_and_the_channel(tmp_path: Path) -> None:
    there = swing().data()
    build(swing(), tmp_path)
    there["scene"]["equations"]["lamp"] = "uniform(0.2, 0.8)"
    there["scene"]["draw"][0]["rgb"][0] = "0.5"
    with pytest.raises(ScmgenError) as caught:
        build(Spec.model_validate(there), tmp_path)
    told = str(caught.value).partition("not 'swing' (spec ")[2]
    assert "): equations.lamp: " in told and " there, uniform(0.2, 0.8) here; draw.0.rgb.0: " in told
    assert told.count("; choose another --out") == 1 and "scene" not in told
