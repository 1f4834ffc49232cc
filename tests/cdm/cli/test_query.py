"""Questions on the command line: what the commands draw and print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy
from PIL import Image
from trainings import call

from cdm.data.images import to_bytes
from cdm.data.pairs import open_data
from cdm.errors import CdmError


def test_a_sequence_of_dos_keeps_what_was_set(toy_run: Path, toy_data: Path, toy_cache: Path, tmp_path: Path) -> None:
    """Set b, then a: b stays; what is drawn is the answer to both at once."""
    arguments = ["--data", str(toy_data), "--n", "3", "--cache", str(toy_cache)]
    for name, dos in (("both", ["b=0.8", "a=0.1"]), ("once", ["b=0.8,a=0.1"]), ("late", ["a=0.1", "b=0.8"])):
        words = [word for do in dos for word in ("--do", do)]
        call("counterfactual", str(toy_run), *arguments, *words, "-o", str(tmp_path / f"{name}.png"))
    rows = {}
    for name in ("both", "once", "late"):
        with Image.open(tmp_path / f"{name}.png") as drawn:
            rows[name] = np.asarray(drawn)[-100:, -300:]
    assert np.array_equal(rows["both"], rows["once"]) and np.array_equal(rows["both"], rows["late"])


def test_a_small_split_is_shown_whole_and_a_do_is_read_before_it(toy_run: Path, tmp_path: Path) -> None:
    data = toy.write(tmp_path / "few", 12)  # of them 3 to test on
    out, few = tmp_path / "few.png", ["--data", str(data), "--cache", str(tmp_path / "cache")]
    call("counterfactual", str(toy_run), *few, "--do", "b=0.8", "-o", str(out))
    call("counterfactual", str(toy_run), *few, "--do", "b=0.8", "--n", "3", "-o", str(tmp_path / "three.png"))
    assert out.read_bytes() == (tmp_path / "three.png").read_bytes()
    with pytest.raises(CdmError, match=r"^no factor 'bb'; did you mean 'b'\?"):
        call("counterfactual", str(toy_run), *few, "--do", "bb=0.8", "-o", str(out), "--n", "40")


def test_a_traversal_shows_the_image_that_it_starts_from(
    toy_run: Path, toy_data: Path, toy_cache: Path, tmp_path: Path
) -> None:
    out, of = tmp_path / "t.png", ["--data", str(toy_data), "--split", "test", "--row", "3"]
    call("traverse", str(toy_run), *of, "--steps", "2", "-o", str(out), "--cache", str(toy_cache))
    with Image.open(out) as drawn:
        shown = np.asarray(drawn).astype(int)
    data = open_data(str(toy_data), "test", toy_cache)
    image = to_bytes(data.batch(torch.tensor([3]))["image"]).numpy()[0].repeat(6, 0).repeat(6, 1)
    left = shown.shape[1] - 3 * 100  # k has three levels
    assert np.array_equal(shown[4:100, left : left + 96], image)


def test_one_seed_is_one_sample(toy_run: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        call("sample", str(toy_run), "--n", "2", "--seed", seed, "-o", str(tmp_path / f"{name}.png"))
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_images_of_another_kind_are_refused(toy_run: Path, tmp_path: Path) -> None:
    out = toy.write(tmp_path / "toy", 40)
    toy.change(out, lambda manifest: manifest["factors"]["a"].update(range=[0.0, 2.0]))
    with pytest.raises(CdmError, match=r"toy: other factors than the model was trained on \(a, b, k\)$"):
        call(
            "traverse",
            str(toy_run),
            "--data",
            str(tmp_path / "toy"),
            "-o",
            str(tmp_path / "t.png"),
            "--cache",
            str(tmp_path),
        )


def test_effects_on_the_command_line(toy_run: Path) -> None:
    lines = call("effect", str(toy_run), "--of", "k", "--on", "k", "--from", "red", "--to", "blue", "--n", "50")
    assert lines.splitlines()[:3] == [
        "do(k = red): mean P(k = red) 1", "do(k = blue): mean P(k = red) 0", "average effect -1 +- 0",
    ]  # fmt: skip
    told = call("effect", str(toy_run), "--of", "a", "--on", "b", "--n", "200")
    assert re.search(
        r"^do\(a = 0\.25\): mean b [\d.]+\ndo\(a = 0\.75\): mean b [\d.]+\naverage effect [\d.]+ \+- ", told
    )
