"""Verification: a good data set passes, and each fault is found and named, forged sums included."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import damaged
import pytest
from damaged import TRAIN, Samples, faults, flip, forge, read, replace, sign

from scmgen.checks.verify.findings import CHECKS, Verification
from scmgen.checks.verify.verify import verify
from scmgen.cli.main import main
from scmgen.publish import comparison

data = damaged.data


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["scmgen", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_good_data_set_verifies(small: Path, workers: int) -> None:
    told: list[int] = []
    report = verify(small, samples=None, workers=workers, progress=told.append, companions=comparison.problems)
    more = {"manifest": 25, "companions": 8}
    counts = {"files": 14, "checksums": 5, "samples": 300, "noise": 300, "equations": 300, "untouched": 300}
    assert report == Verification(
        {**counts, "held-out": 0, "pixels": 300, "duplicates": 300, "graph": 1, **more},
        [],
        0.0,
        300 * 2 * 64 * 64 * (3 + 1),
        0,
    )
    assert told == [100, 100, 40, 30, 30]
    assert set(report.counts) == set(CHECKS)


@pytest.mark.parametrize(("samples", "expected"), [(0, 0), (1, 1), (7, 7), (300, 300), (1_000, 300)])
def test_as_many_samples_are_drawn_again_as_asked_for(small: Path, samples: int, expected: int) -> None:
    report = verify(small, samples=samples)
    assert (report.counts["pixels"], report.counts["noise"], report.faults) == (expected, 300, [])


def test_the_command_line_says_what_it_checked(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "verify", small, "--all", "-j", 1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-2]] == [["-" if name == "held-out" else "ok", name] for name in CHECKS]
    assert lines[-2:] == ["largest residual 0; 0 of 9,830,400 pixel bytes differ", f"{small}: verified"]


def test_a_missing_shard_is_found(data: Path) -> None:
    (data / TRAIN).unlink()
    assert faults(data) == [("files", f"{TRAIN}: missing")]


def test_a_shard_too_many_is_found(data: Path) -> None:
    shutil.copy(data / TRAIN, data / "pendulum-train-000009.tar")
    assert faults(data) == [("files", "pendulum-train-000009.tar: not part of this data set")]


@pytest.mark.parametrize("name", ["README.md", "croissant.json", "graph.json"])
def test_a_missing_file_beside_the_shards_is_found(data: Path, name: str) -> None:
    (data / name).unlink()
    assert faults(data) == [("files", f"{name}: missing")]


def test_two_exchanged_shards_are_found(data: Path) -> None:
    first, second = (data / TRAIN).read_bytes(), (data / "pendulum-train-000001.tar").read_bytes()
    replace(data, TRAIN, second)
    replace(data, "pendulum-train-000001.tar", first)
    assert faults(data) == [
        ("samples", f"{TRAIN}: 100 samples, not the 100 from train-000000000 on"),
        ("samples", "pendulum-train-000001.tar: 100 samples, not the 100 from train-000000100 on"),
    ]


def test_a_shard_that_the_manifest_leaves_out_is_found(data: Path) -> None:
    sign(data, lambda written: (written["shards"].pop(0), written["splits"].update(train=140)))
    assert faults(data) == [("files", f"{TRAIN}: not listed in the manifest")]


def test_a_graph_that_is_not_that_of_the_equations_is_found(data: Path) -> None:
    sign(data, lambda written: written["graph"]["adjacency"]["directed"][0].__setitem__(1, 1))
    assert faults(data) == [("graph", "the graph in the manifest is not the one of its equations")]


def test_another_seed_in_the_manifest_is_found(data: Path) -> None:
    sign(data, lambda written: written["spec"].update(seed=1))
    found = dict(reversed(faults(data)))
    assert found["noise"] == f"{TRAIN}: sample 0 is not the one of this seed and position"


def test_another_equation_in_the_manifest_is_found(data: Path) -> None:
    text = "sqrt(9 + (9 * cast) ** 2) + uniform(-length_noise, length_noise)"
    sign(data, lambda written: written["spec"]["scene"]["equations"].update(shadow_length=text))
    found = faults(data)
    assert {check for check, _ in found} == {"equations", "noise"}
    assert any(problem.startswith(f"{TRAIN}: shadow_length of sample ") for _, problem in found)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "damaged: not valid JSON"),
        (b'{"format": 1', "damaged: not valid JSON"),
        (b"[]", "format 'list'; this scmgen reads format 1"),
        (b'{"format": 99}', "format 99; this scmgen reads format 1"),
        (b'{"format": 1}', "changed since it was written (its digest does not match)"),
    ],
)
def test_a_manifest_that_is_none_is_misuse(
    data: Path, content: bytes, problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "manifest.json").write_bytes(content)
    assert call(monkeypatch, "verify", data) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"scmgen: {data}/manifest.json: {problem}") and err.count("\n") == 1


def test_a_manifest_edited_by_hand_is_misuse(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (data / "manifest.json").read_text()
    (data / "manifest.json").write_text(text.replace('"license": "CC0-1.0"', '"license": "MIT"', 1))
    assert call(monkeypatch, "verify", data) == 2
    problem = "changed since it was written (its digest does not match); build again with --force to restore it"
    assert capsys.readouterr() == ("", f"scmgen: {data}/manifest.json: {problem}\n")


def test_a_directory_without_a_manifest_is_misuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "verify", tmp_path) == 2
    assert capsys.readouterr() == ("", f"scmgen: {tmp_path}: not a data set: nothing is there\n")


def test_a_fault_is_exit_status_1(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(data / TRAIN, 700)
    assert call(monkeypatch, "verify", data, "-j", 1) == 1
    out, err = capsys.readouterr()
    size = (data / TRAIN).stat().st_size
    assert f"        {TRAIN}: changed or cut short since it was written ({size} bytes)" in out.splitlines()
    assert (out.splitlines()[-1], err) == (f"{data}: FAULTS FOUND", "")
    assert "  FAULT checksums " in out


def test_a_sample_that_stands_in_two_places_is_found(data: Path) -> None:
    """Copied within a shard, and from the training into the test split."""

    def copy(samples: Samples) -> None:
        samples["train-000000007"] = dict(samples["train-000000005"])

    forge(data, TRAIN, copy)
    assert ("duplicates", "1 samples have the same values as another one") in faults(data, 0)
    source = read(data / TRAIN)["train-000000050"]
    forge(data, "pendulum-test-000000.tar", lambda samples: samples["test-000000003"].update(source))
    assert ("duplicates", "2 samples have the same values as another one") in faults(data, 0)
