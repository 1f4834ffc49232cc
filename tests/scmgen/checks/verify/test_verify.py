"""Verification: a good data set passes, and each fault is found and named, forged sums included."""

from __future__ import annotations

import hashlib
import io
import math
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from scmgen.checks.verify.findings import CHECKS, Verification
from scmgen.checks.verify.verify import verify
from scmgen.cli.main import main
from scmgen.storage import manifest, tar

TRAIN = "pendulum-train-000000.tar"

Samples = dict[str, dict[str, bytes]]
"""Key -> ending -> bytes."""


@pytest.fixture
def data(small: Path, tmp_path: Path) -> Path:
    """Give a copy of the small data set that a test may damage."""
    return Path(shutil.copytree(small, tmp_path / "pendulum"))


def read(path: Path) -> Samples:
    samples: Samples = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, ending = member.name.partition(".")
            samples.setdefault(name, {})[ending] = archive.extractfile(member).read()  # type: ignore[union-attr]
    return samples


def sign(out: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest as somebody would who knows of its digest."""
    path = out / manifest.FILE
    data = orjson.loads(path.read_bytes())
    change(data)
    path.write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def replace(out: Path, shard: str, content: bytes) -> None:
    """Put other bytes into a shard and make the manifest agree."""
    (out / shard).write_bytes(content)

    def change(data: dict[str, Any]) -> None:
        entry = next(entry for entry in data["shards"] if entry["name"] == shard)
        entry.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    sign(out, change)


def forge(out: Path, shard: str, change: Callable[[Samples], None]) -> None:
    """Change the samples of a shard and leave no trace in any sum."""
    samples = read(out / shard)
    change(samples)
    members = [
        tar.member(f"{name}.{ending}", part) for name, sample in samples.items() for ending, part in sample.items()
    ]
    replace(out, shard, b"".join([*members, tar.END]))


def relabel(out: Path, shard: str, name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change one label of a shard; give it as it was."""
    before: dict[str, Any] = {}

    def edit(samples: Samples) -> None:
        label = orjson.loads(samples[name]["label.json"])
        before.update(orjson.loads(samples[name]["label.json"]))
        change(label)
        samples[name]["label.json"] = orjson.dumps(label)

    forge(out, shard, edit)
    return before


def repaint(out: Path, shard: str, name: str, ending: str, change: Callable[[Any], None]) -> None:
    """Change the pixels of one image of a shard."""

    def edit(samples: Samples) -> None:
        with Image.open(io.BytesIO(samples[name][ending])) as image:
            pixels = np.array(image)
        change(pixels)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        samples[name][ending] = buffer.getvalue()

    forge(out, shard, edit)


def faults(out: Path, samples: int | None = None) -> list[tuple[str, str]]:
    return verify(out, samples=samples).faults


def targeted(out: Path, factor: int) -> str:
    """Find a sample of the first shard whose target is a factor."""
    labels = {name: orjson.loads(sample["label.json"]) for name, sample in read(out / TRAIN).items()}
    return next(name for name, label in labels.items() if label["do_mask"][factor])


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["scmgen", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


# A good data set


@pytest.mark.parametrize("workers", [1, 2])
def test_a_good_data_set_verifies(small: Path, workers: int) -> None:
    told: list[int] = []
    report = verify(small, samples=None, workers=workers, progress=told.append)
    counts = {"files": 14, "checksums": 5, "samples": 300, "noise": 300, "equations": 300, "untouched": 300}
    assert report == Verification(
        {**counts, "held-out": 0, "pixels": 300, "duplicates": 300, "graph": 1}, [], 0.0, 300 * 2 * 64 * 64 * (3 + 1), 0
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


# Files


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("place", [0, 124, 700, 50_000, -1])
def test_a_flipped_bit_is_found(data: Path, place: int) -> None:
    flip(data / TRAIN, place)
    size = (data / TRAIN).stat().st_size
    assert faults(data) == [("checksums", f"{TRAIN}: changed or cut short since it was written ({size} bytes)")]


@pytest.mark.parametrize("left", [0, 1, 512, 100_000])
def test_a_truncated_shard_is_found(data: Path, left: int) -> None:
    (data / TRAIN).write_bytes((data / TRAIN).read_bytes()[:left])
    assert faults(data) == [("checksums", f"{TRAIN}: changed or cut short since it was written ({left} bytes)")]


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


# The manifest


def test_a_shard_that_the_manifest_leaves_out_is_found(data: Path) -> None:
    sign(data, lambda written: written["shards"].pop(0))
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
    assert capsys.readouterr() == ("", f"scmgen: {tmp_path}: not a data set: it has no manifest.json\n")


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


# Forged shards, whose sums and digest are right


def test_a_truncated_shard_with_a_right_sum_is_found(data: Path) -> None:
    """tarfile reads a tar that ends between two members without a complaint."""
    whole = (data / TRAIN).read_bytes()
    with tarfile.open(data / TRAIN) as archive:
        cut = archive.getmember("train-000000002.image.png").offset
    replace(data, TRAIN, whole[:cut])
    assert faults(data) == [("samples", f"{TRAIN}: 2 samples, not the 100 from train-000000000 on")]
    replace(data, TRAIN, whole[: cut - 700])
    assert faults(data) == [("samples", f"{TRAIN}: cannot be read: ReadError: unexpected end of data")]


def test_a_member_too_few_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000007"].pop("mask.png"))
    members = "['.image.png', '.image_cf.png', '.mask.png', '.mask_cf.png', '.label.json']"
    found = members.replace("'.mask.png', ", "")
    assert faults(data) == [("samples", f"{TRAIN}: train-000000007 has members {found}, not {members}")]


@pytest.mark.parametrize(("part", "suffix"), [("factors", ""), ("factors_cf", "_cf")])
def test_a_changed_factor_is_found(data: Path, part: str, suffix: str) -> None:
    name = targeted(data, 0)  # the shadow's length is then not set by hand
    before = relabel(
        data, TRAIN, name, lambda label: label[part].update(shadow_length=label[part]["shadow_length"] + 1e-6)
    )
    gap = 1e-6 / before[part]["shadow_length"]
    assert faults(data, 0) == [
        ("equations", f"{TRAIN}: shadow_length{suffix} of sample {before['index']} is off by {gap:.3g}")
    ]


def test_a_changed_hidden_variable_is_found(data: Path) -> None:
    relabel(data, TRAIN, "train-000000005", lambda label: label["hidden"].update(warmth=label["hidden"]["warmth"] / 2))
    assert [check for check, _ in faults(data, 0)] == ["equations", "untouched"]


def test_a_changed_noise_is_found(data: Path) -> None:
    def change(label: dict[str, Any]) -> None:
        """Tell another story that is consistent in itself."""
        label["noise"]["warmth"] = label["hidden"]["warmth"] = label["hidden_cf"]["warmth"] = 0.5

    relabel(data, TRAIN, "train-000000005", change)
    assert faults(data, 0) == [("noise", f"{TRAIN}: sample 5 is not the one of this seed and position")]


def test_a_changed_intervention_is_found(data: Path) -> None:
    def change(label: dict[str, Any]) -> None:
        """Claim another do on a leaf: every equation holds."""
        label["do_shift"][2] = label["do_value"][2] = label["factors_cf"]["shadow_length"] = 5.0

    name = targeted(data, 2)
    before = relabel(data, TRAIN, name, change)
    value = before["do_value"][2]
    gap = abs(5 - value) / value
    assert faults(data, 0) == [
        ("noise", f"{TRAIN}: {part} of sample {before['index']} is off by {gap:.3g}")
        for part in ("do_shift", "do_value")
    ]


def test_a_do_value_that_tells_another_story_is_found(data: Path) -> None:
    before = relabel(
        data, TRAIN, "train-000000005", lambda label: label["do_value"].__setitem__(0, label["do_value"][0] + 0.5)
    )
    assert abs(before["do_value"][0]) <= 0.5
    assert faults(data, 0) == [("noise", f"{TRAIN}: do_value of sample 5 is off by 0.5")]


def test_a_changed_target_is_found(data: Path) -> None:
    relabel(data, TRAIN, targeted(data, 0), lambda label: label["do_mask"].reverse())
    assert faults(data, 0)[0][0] == "noise"


@pytest.mark.parametrize("name", ["pendulum_angle", "light_angle", "shadow_position"])
def test_a_non_descendant_that_differs_in_its_last_bit_is_found(data: Path, name: str) -> None:
    sample = targeted(data, 2)  # the shadow's length causes nothing
    before = relabel(
        data,
        TRAIN,
        sample,
        lambda label: label["factors_cf"].update({name: math.nextafter(label["factors_cf"][name], 99)}),
    )
    assert faults(data, 0) == [("untouched", f"{TRAIN}: {name} of sample {before['index']} changed without a cause")]


@pytest.mark.parametrize(
    "change",
    [
        lambda label: label.pop("noise"),
        lambda label: label.pop("do_mask"),
        lambda label: label["factors"].pop("light_angle"),
        lambda label: label["factors"].update(light_angle=None),
        lambda label: label["factors"].update(light_angle="1"),
        lambda label: label["do_shift"].pop(),
        lambda label: label["do_mask"].__setitem__(0, float(label["do_mask"][0])),
        lambda label: label.update(do_kind=None),
        lambda label: label.update(more=1),
    ],
)
def test_a_label_of_another_schema_is_found(data: Path, change: Callable[[dict[str, Any]], None]) -> None:
    relabel(data, TRAIN, "train-000000005", change)
    assert faults(data, 0) == [("samples", f"{TRAIN}: the label of sample 5 has another schema than docs/format.md")]


def test_a_label_that_is_no_mapping_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"label.json": b"[1, 2]"}))
    assert faults(data, 0) == [("samples", f"{TRAIN}: the label of sample 5 has another schema than docs/format.md")]


def test_a_noise_outside_of_its_range_is_found(data: Path) -> None:
    relabel(data, TRAIN, "train-000000005", lambda label: label["noise"].update(warmth=2.0))
    assert faults(data, 0) == [
        ("noise", f"{TRAIN}: sample 5 is not the one of this seed and position"),
        ("equations", f"{TRAIN}: the labels do not fit the scene: the noise of warmth must lie inside (0, 1)"),
    ]


def test_a_label_that_is_no_json_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"label.json": b"{"}))
    ((check, problem),) = faults(data, 0)
    assert check == "samples" and problem.startswith(f"{TRAIN}: cannot be read: JSONDecodeError: ")


@pytest.mark.parametrize("ending", ["image.png", "image_cf.png"])
def test_a_changed_image_is_found(data: Path, ending: str) -> None:
    repaint(data, TRAIN, "train-000000005", ending, lambda pixels: np.subtract(255, pixels, out=pixels))
    (first, *rest) = faults(data)
    size = 64 * 64 * 3
    assert first == ("pixels", f"{TRAIN}: train-000000005.{ending}: {size} of {size} bytes differ when drawn again")
    assert rest == [("pixels", f"{size} of {300 * 2 * 64 * 64 * 4} bytes differ when drawn again")]


def test_a_small_square_in_an_image_is_found(data: Path) -> None:
    repaint(data, TRAIN, "train-000000005", "image.png", lambda pixels: pixels[40:46, 0:6].fill(0))
    assert faults(data) == [("pixels", f"108 of {300 * 2 * 64 * 64 * 4} bytes differ when drawn again")]


def test_a_changed_mask_is_found(data: Path) -> None:
    repaint(data, TRAIN, "train-000000005", "mask.png", lambda pixels: pixels.fill(9))
    assert faults(data)[0] == (
        "pixels",
        f"{TRAIN}: train-000000005.mask.png: 4096 of 4096 bytes differ when drawn again",
    )


def test_an_image_of_another_size_is_found(data: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "PNG")
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"image.png": buffer.getvalue()}))
    assert faults(data) == [("pixels", f"{TRAIN}: train-000000005.image.png: shape (32, 32, 3), not (64, 64, 3)")]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_an_image_that_is_no_png_is_found(data: Path, content: bytes) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"image.png": content}))
    ((check, problem),) = faults(data)
    assert check == "pixels" and problem.startswith(f"{TRAIN}: train-000000005.image.png: no readable PNG: ")


def test_a_sample_that_stands_in_two_places_is_found(data: Path) -> None:
    """Copied within a shard, and from the training into the test split."""

    def copy(samples: Samples) -> None:
        samples["train-000000007"] = dict(samples["train-000000005"])

    forge(data, TRAIN, copy)
    assert ("duplicates", "1 samples have the same values as another one") in faults(data, 0)
    source = read(data / TRAIN)["train-000000050"]
    forge(data, "pendulum-test-000000.tar", lambda samples: samples["test-000000003"].update(source))
    assert ("duplicates", "2 samples have the same values as another one") in faults(data, 0)
