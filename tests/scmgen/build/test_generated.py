"""Building: the same bytes for any number of workers, after any interruption, and for any larger n."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scmgen.build.generated import build, estimate
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.labels import labels
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import DEFAULT_SPLITS, Spec, Split
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene
from scmgen.storage.shards import plan

MAIN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from scmgen.cli.main import main; main()",
]
"""The command line, with Ctrl-C working even where the tests run in the background."""

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")


def pendulum(n: int = 300, **overrides: Any) -> Spec:
    return catalogue.spec(catalogue.find("pendulum"), n=n, **{"size": 16, "shard_size": 50, **overrides})


def swing(**overrides: Any) -> Spec:
    """A small scene with a parameter."""
    text = """
name: swing
parameters: {wobble: 0.01}
equations:
  angle: uniform(-0.7, 0.7)
  length: 0.3 + 0.2 * abs(angle) + uniform(-wobble, wobble)
factors:
  angle: {range: [-0.7, 0.7]}
  length: {range: [0.2, 0.5]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: line, x1: 0.5, y1: 1, x2: 0.5 + length * sin(angle), y2: 1 - length * cos(angle), width: 0.1, rgb: [0, 0, 0]}
"""
    return catalogue.spec(
        Resolved("swing", read_scene(parse(text, "swing.yaml")), Recipe(scene="swing")),
        **{"n": 100, "size": 16, **overrides},
    )


def sums(out: Path) -> dict[str, str]:
    """Give name -> sha256 of every file of a directory, hidden ones included."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def built(spec: Spec, out: Path, **how: Any) -> dict[str, str]:
    build(spec, out, **how)
    return sums(out)


def shards(out: Path) -> set[str]:
    return {path.name for path in out.glob("*.tar")}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MAIN, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


# Workers


def test_one_and_four_workers_write_the_same_bytes(tmp_path: Path) -> None:
    spec, told = pendulum(), []
    one = built(spec, tmp_path / "one", workers=1)
    four = built(spec, tmp_path / "four", workers=4, progress=told.append)
    assert one == four
    assert set(one) == {shard.name for shard in plan(spec)} | {
        "README.md",
        "croissant.json",
        "graph.json",
        "graph.svg",
        "manifest.json",
        "sheet.png",
        "wids-test.json",
        "wids-train.json",
        "wids-validation.json",
    }
    assert told == [50, 50, 50, 50, 40, 30, 30]


def test_a_finished_build_is_left_as_it_is(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    stamps = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.tar")}
    assert built(pendulum(), tmp_path) == before
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.tar")} == stamps


# Interruptions

LONG = ["build", "pendulum", "--n", "4000", "--shard-size", "20"]
"""200 shards: seconds of work, so that there is time to interrupt it."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("undisturbed")
    assert run(*LONG, "-j", 1, "-o", out).returncode == 0
    return sums(out)


def begin(out: Path, workers: int) -> subprocess.Popen[str]:
    """Start a long build in a process group of its own and return when some shards are there."""
    command = [*MAIN, *LONG, "-j", str(workers), "-o", str(out)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(shards(out)) < 5:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)
    return process


def alive(group: int) -> list[str]:
    """Give the processes of a group that are no zombies."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,pid="], capture_output=True, text=True, check=True)  # noqa: S607
    found = [line.split() for line in listed.stdout.splitlines()]
    return [pid for pgid, status, pid in found if int(pgid) == group and not status.startswith("Z")]


def assert_nobody_is_left(group: int) -> None:
    deadline = time.monotonic() + 10
    while alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(group) == []


def workers_of(group: int) -> list[str]:
    """Give the processes of a group that a pool started."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pgid=,pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    found = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [pid for pgid, pid, program in found if int(pgid) == group and "spawn_main" in program]


def assert_unfinished(out: Path) -> None:
    assert 0 < len(shards(out)) < 200
    assert not (out / "manifest.json").exists()
    assert (out / ".build.json").exists()
    refused = run("verify", out)
    problem = f"{out}: not a data set: it has no manifest.json (a build was begun here: run it again)"
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", f"scmgen: {problem}\n")


@posix
@pytest.mark.parametrize("whom", ["group", "parent"])
def test_a_killed_build_is_finished_by_the_next(whom: str, tmp_path: Path, undisturbed: dict[str, str]) -> None:
    process = begin(tmp_path, workers=2)
    kill = os.killpg if whom == "group" else os.kill  # the workers must notice that their parent is gone
    kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    complete = {name: total for name, total in sums(tmp_path).items() if name.endswith(".tar")}
    assert complete.items() <= undisturbed.items()  # a shard that has its name is whole
    assert run(*LONG, "-j", 1, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


@posix
def test_a_worker_that_dies_is_told_and_the_next_build_finishes(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    process = begin(tmp_path, workers=2)
    os.kill(int(workers_of(process.pid)[0]), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    told = "scmgen: a worker process died (killed, or out of memory); what is complete stays, the same command goes on"
    assert (process.returncode, out, err.strip()) == (2, "", told)
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    assert run(*LONG, "-j", 2, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


@posix
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_build_says_so_and_is_finished_by_the_next(
    workers: int, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    process = begin(tmp_path, workers)
    os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches every process of a terminal
    out, err = process.communicate(timeout=60)
    line = "scmgen: interrupted; nothing is half-written, the same command goes on with what is there"
    assert (process.returncode, out, err.strip()) == (130, "", line)
    assert_nobody_is_left(process.pid)
    assert_unfinished(tmp_path)
    assert not list(tmp_path.glob(".*.tmp"))
    assert run(*LONG, "-j", workers, "-o", tmp_path).returncode == 0
    assert sums(tmp_path) == undisturbed


# A larger n


def test_a_larger_n_extends_the_smaller_one_bit_for_bit(tmp_path: Path) -> None:
    small, large = pendulum(2_000, shard_size=200), pendulum(10_000, shard_size=200)
    few, many = built(small, tmp_path / "few"), built(large, tmp_path / "many")
    complete = [shard.name for shard in plan(small) if shard.stop - shard.start == 200]
    assert len(complete) == 10
    assert {name: few[name] for name in complete} == {name: many[name] for name in complete}
    assert built(large, tmp_path / "few") == many  # extended in place: every file, manifest included
    assert set(few) < set(many)


def test_a_shard_that_was_not_full_is_filled(tmp_path: Path) -> None:
    """310 samples: the last shard of each split is cut off by n."""
    built(pendulum(310), tmp_path / "grown")
    assert built(pendulum(777), tmp_path / "grown") == built(pendulum(777), tmp_path / "once")


def test_a_smaller_n_is_refused(tmp_path: Path) -> None:
    before = built(pendulum(300), tmp_path)
    with pytest.raises(ScmgenError) as caught:
        build(pendulum(200), tmp_path)
    hint = "choose another --out, or replace what is there with --force"
    assert str(caught.value) == f"{tmp_path}: holds 300 samples of this data set, more than the 200 asked for; {hint}"
    assert sums(tmp_path) == before
    assert built(pendulum(200), tmp_path, force=True) == built(pendulum(200), tmp_path / "fresh")


@pytest.mark.parametrize(
    ("n", "splits", "expected"),
    [
        (1_000, DEFAULT_SPLITS, [800, 100, 100]),
        (100_000, DEFAULT_SPLITS, [80_000, 10_000, 10_000]),
        (10, DEFAULT_SPLITS, [8, 1, 1]),
        (1, DEFAULT_SPLITS, [1, 0, 0]),
        (7_308, (Split(name="train", share=5_482), Split(name="test", share=1_826)), [5_482, 1_826]),
        (14_616, (Split(name="train", share=5_482), Split(name="test", share=1_826)), [10_964, 3_652]),
        (10_000, (Split(name="train", share=7_500), Split(name="test", share=2_500)), [7_500, 2_500]),
    ],
)
def test_sizes_of_splits(n: int, splits: tuple[Split, ...], expected: list[int]) -> None:
    assert list(swing(n=n, splits=splits).sizes().values()) == expected


@given(
    shares=st.lists(
        st.one_of(st.integers(1, 9_999), st.floats(0.01, 10).map(lambda x: round(x, 3))), min_size=1, max_size=6
    ),
    n=st.integers(1, 100_000),
)
def test_no_split_shrinks_when_n_grows(shares: list[float], n: int) -> None:
    splits = tuple(Split(name=f"s{i}", share=share) for i, share in enumerate(shares))
    spec = BASE.model_copy(update={"splits": splits, "n": n})
    sizes, more = list(spec.sizes().values()), list(spec.model_copy(update={"n": n + 1}).sizes().values())
    assert (sum(sizes), sum(more)) == (n, n + 1)
    assert sorted(after - before for before, after in zip(sizes, more, strict=True)) == [0] * (len(sizes) - 1) + [1]
    whole = sum(shares)
    for size, share in zip(sizes, shares, strict=True):
        assert abs(size - n * share / whole) < len(shares)


BASE = swing()


# What the directory holds


def test_another_spec_is_refused_and_both_are_named(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    done = run("build", "pendulum", "--n", 300, "--size", 16, "--shard-size", 50, "--seed", 3, "-j", 1, "-o", tmp_path)
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
    done = run("build", "pendulum", "--n", 100, "--size", 16, "--seed", 3, "-j", 1, "--force", "-o", tmp_path)
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
    done = run("build", "pendulum", "--n", 100, "-o", tmp_path, *(["--force"] if force else []))
    problem = f"{tmp_path}: holds files that no build of scmgen wrote; choose another directory with --out"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scmgen: {problem}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "flipped bit":
        data[3_000] ^= 4
    elif how == "flipped bit in a header":
        data[127] ^= 64  # in the octal digits of the first member's size
    elif how == "cut":
        del data[-5_000:]
    elif how == "cut at a member":
        del data[-1_024:]
    elif how == "empty":
        data.clear()
    path.write_bytes(data)


@pytest.mark.parametrize(
    "how", ["flipped bit", "flipped bit in a header", "cut", "cut at a member", "empty", "missing"]
)
def test_a_damaged_shard_of_a_finished_build_is_written_again(how: str, tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    shard = tmp_path / "pendulum-train-000001.tar"
    if how == "missing":
        shard.unlink()
    else:
        damage(shard, how)
    assert sums(tmp_path) != before
    assert built(pendulum(), tmp_path) == before


def test_a_damaged_shard_is_noticed_after_an_interruption_too(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    damage(tmp_path / "pendulum-test-000000.tar", "flipped bit")
    with pytest.raises(KeyboardInterrupt):
        build(pendulum(), tmp_path, progress=interrupt)
    assert not (tmp_path / "manifest.json").exists()
    assert built(pendulum(), tmp_path) == before


def interrupt(samples: int) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("file", ["manifest.json", ".build.json"])
def test_a_damaged_manifest_or_marker_is_refused_and_replaced_by_force(file: str, tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    (tmp_path / file).write_bytes(b'{"spec": ')
    with pytest.raises(ScmgenError) as caught:
        build(pendulum(), tmp_path)
    problem = f"{tmp_path}: its {file} is damaged or was changed by hand, so nobody can say what it holds"
    assert str(caught.value) == f"{problem}; choose another --out, or replace what is there with --force"
    assert built(pendulum(), tmp_path, force=True) == before


# Where nothing can be written


BEGUN = "; what is complete stays, the same command goes on"


def assert_full(done: subprocess.CompletedProcess[str], out: Path, reason: str, begun: str = BEGUN) -> None:
    problem = f"{out}: cannot be written: {reason}{begun}"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scmgen: {problem}\n")
    assert not (out / "manifest.json").exists()
    assert not list(out.glob(".*.tmp"))


@posix
@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_may_not_grow_is_told_and_the_next_build_finishes(workers: int, tmp_path: Path) -> None:
    command = [
        "build",
        "pendulum",
        "--n",
        "300",
        "--size",
        "16",
        "--shard-size",
        "70",
        "-j",
        str(workers),
        "-o",
        str(tmp_path),
    ]
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); {MAIN[2]}"
    assert_full(
        subprocess.run([sys.executable, "-c", limited, *command], capture_output=True, text=True, check=False),
        tmp_path,
        "File too large",
    )
    assert run(*command).returncode == 0
    assert sums(tmp_path) == built(pendulum(shard_size=70), tmp_path / "undisturbed")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 300 KB."""
    where = tmp_path / "disk"
    where.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", where], capture_output=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small file system")
    yield where
    subprocess.run(["umount", where], check=True)  # noqa: S607


def remount(where: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", where], check=True)  # noqa: S607


def test_a_full_disk_is_told_and_the_next_build_finishes(tiny_disk: Path, tmp_path: Path) -> None:
    out, command = tiny_disk / "data", ["build", "pendulum", "--n", 300, "--size", 16, "--shard-size", 50, "-j", 1]
    assert_full(run(*command, "-o", out), out, "No space left on device")
    assert shards(out) == {"pendulum-train-000000.tar"}
    remount(tiny_disk, "size=20m")
    assert run(*command, "-o", out).returncode == 0
    assert sums(out) == built(pendulum(), tmp_path / "undisturbed")


def test_a_read_only_disk_is_told(tiny_disk: Path) -> None:
    remount(tiny_disk, "ro")
    assert_full(
        run("build", "pendulum", "--n", 30, "-j", 1, "-o", tiny_disk / "data"),
        tiny_disk / "data",
        "Read-only file system",
        begun="",
    )


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_directory_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert_full(
            run("build", "pendulum", "--n", 30, "-j", 1, "-o", tmp_path / "data"),
            tmp_path / "data",
            "Permission denied",
            begun="",
        )
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_the_directory_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    done = run("build", "pendulum", "--n", 30, "-j", 1, "-o", tmp_path / "data")
    assert done.returncode == 2
    assert "'-o' / '--out'" in done.stderr and "is a file" in done.stderr
    assert (tmp_path / "data").read_text() == "a file"


# Splits


def columns(dataset: Dataset, split: str, n: int = 500) -> dict[str, np.ndarray]:
    found = labels(dataset, dataset.evaluate(split, 0, n))
    parts = [{**label["factors"], **{f"u_{name}": u for name, u in label["noise"].items()}} for label in found]
    return {name: np.array([part[name] for part in parts]) for name in parts[0]}


VARIED = (
    Split(name="train", share=2),
    Split(name="right", share=1, where="angle > 0.3"),
    Split(name="stiff", share=1, replace={"length": "0.5 - 0.3 * abs(angle) + uniform(-wobble, wobble)"}),
    Split(name="loose", share=1, parameters={"wobble": 0.05}),
    Split(
        name="odd",
        share=1,
        parameters={"wobble": 0.02},
        replace={"angle": "uniform(0, 0.5)"},
        where="(length > 0.35) * (angle < 0.4)",
    ),
)


def test_a_split_is_what_its_line_says() -> None:
    dataset = compile_spec(swing(splits=VARIED))
    of = {split: columns(dataset, split) for split in dataset.scenes}
    for split, wobble in (("train", 0.01), ("right", 0.01), ("loose", 0.05)):
        noise = -wobble + (wobble - -wobble) * of[split]["u_length"]
        assert np.array_equal(of[split]["length"], 0.3 + 0.2 * np.abs(of[split]["angle"]) + noise)
    stiff = of["stiff"]
    assert np.array_equal(
        stiff["length"], 0.5 - 0.3 * np.abs(stiff["angle"]) + (-0.01 + (0.01 - -0.01) * stiff["u_length"])
    )
    assert (of["right"]["angle"] > 0.3).all() and not (of["train"]["angle"] > 0.3).all()
    odd = of["odd"]
    assert ((odd["length"] > 0.35) & (odd["angle"] < 0.4) & (odd["angle"] > 0)).all()
    assert np.array_equal(odd["angle"], 0.0 + (0.5 - 0.0) * odd["u_angle"])


def test_a_predicate_keeps_the_samples_that_it_accepts() -> None:
    """Accepted rows are those of the split without the predicate; only rejected ones are drawn again."""
    free = columns(compile_spec(swing(splits=(Split(name="right", share=1),))), "right")
    kept = columns(compile_spec(swing(splits=(Split(name="right", share=1, where="angle > 0.3"),))), "right")
    accepted = free["angle"] > 0.3
    assert 0 < accepted.sum() < 500
    assert np.array_equal(kept["angle"][accepted], free["angle"][accepted])
    assert len(set(kept["angle"].tolist())) == 500


def test_varied_splits_build_extend_and_verify(tmp_path: Path) -> None:
    specs = [swing(n=n, splits=VARIED, interventions=(Hard(),), shard_size=9) for n in (50, 120)]
    built(specs[0], tmp_path / "grown")
    assert built(specs[1], tmp_path / "grown") == built(specs[1], tmp_path / "once", workers=2)
    assert verify(tmp_path / "grown", samples=None).faults == []


def test_an_impossible_predicate_is_told_before_anything_is_written(tmp_path: Path) -> None:
    spec = swing(splits=(Split(name="train", share=1), Split(name="steep", share=1, where="angle > 2")))
    with pytest.raises(ScmgenError) as caught:
        build(spec, tmp_path / "data")
    assert (
        str(caught.value)
        == "swing: split steep: where: 'angle > 2' accepts next to nothing: sample 0 failed 1000 times"
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"where": "angel > 0"}, "split odd: where: unknown name 'angel'\n  angel > 0\n  ^^^^^\ndid you mean 'angle'?"),
        ({"where": "uniform(0, 1) > 0.5"}, "split odd: where: a predicate has no noise"),
        ({"replace": {"lenght": "1"}}, "split odd: no equation 'lenght'; did you mean 'length'?"),
        ({"parameters": {"wobbel": 1}}, "split odd: no parameter 'wobbel'; did you mean 'wobble'?"),
        ({"replace": {"angle": "length + uniform(0, 1)"}}, "the equations form a cycle: "),
    ],
)
def test_a_split_that_does_not_fit_is_told(split: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        compile_spec(swing(splits=(Split(name="odd", share=1, **split),)))
    assert message in str(caught.value)


def test_two_splits_of_one_name_are_told() -> None:
    with pytest.raises(ScmgenError, match="swing: two splits have one name: odd, odd"):
        compile_spec(swing(splits=(Split(name="odd", share=1), Split(name="odd", share=2))))


# The spec


def test_the_estimate_is_near_the_truth(tmp_path: Path) -> None:
    guess = estimate(compile_spec(pendulum(1_000)))
    data = build(pendulum(1_000), tmp_path)
    written = sum(shard["bytes"] for shard in data["shards"])
    assert (guess.shards, guess.samples) == (len(data["shards"]), 1_000)
    assert abs(guess.bytes - written) < 0.02 * written


def test_the_spec_hash_leaves_out_n_and_the_words_of_the_card() -> None:
    changes: dict[str, Any] = {
        "seed": 1,
        "size": 32,
        "shard_size": 60,
        "parameters": {"wobble": 0.02},
        "masks": True,
    }
    hashes = {swing().hash, *(swing(**{name: value}).hash for name, value in changes.items())}
    assert len(hashes) == 1 + len(changes)
    assert swing(n=5).hash == swing(n=500, license="MIT", waives={"nuisance": "none"}).hash


def test_the_spec_travels_through_json() -> None:
    spec = swing(splits=VARIED, interventions=(Hard(),), parameters={"wobble": 0.1 + 0.2})
    again = Spec.model_validate_json(json.dumps(spec.data()))
    assert (again, again.hash) == (spec, spec.hash)
