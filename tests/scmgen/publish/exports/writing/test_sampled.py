"""Samples that exports draw anew: from the spec, with noise of their own, and only if the spec is that of the set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import made
from forged import rewrite
from stored import dataset_of

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports
from scmgen.publish.exports.writing import sampled
from scmgen.publish.exports.writing.selection import Selection

PLUGIN = """
import scmgen

@scmgen.function()
def doubled(x):
    return 2 * x
"""
SCENE = """
name: doubling
equations:
  a: uniform(0, 0.5)
  b: doubled(a)
factors:
  a: {range: [0, 0.5]}
  b: {range: [0, 1]}
draw:
  - {mark: fill, rgb: [b, b, b]}
"""


def test_the_seed_of_a_purpose_is_that_of_the_documentation(small: Path) -> None:
    dataset = dataset_of(small)
    digest = hashlib.sha256(f"{dataset.spec.seed}:do light_angle".encode()).digest()
    assert sampled.seed(dataset, "do light_angle") == int.from_bytes(digest[:7], "little")
    assert len({sampled.seed(dataset, purpose) for purpose in ("independent", "recombined", "do a", "do b")}) == 4


def test_a_regime_is_the_same_in_pieces_and_longer_ones_extend_it(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_of(small)
    whole = np.concatenate(list(sampled.regime(dataset, "train", "light_angle", 60)))
    monkeypatch.setattr(sampled, "STEP", 7)
    pieces = np.concatenate(list(sampled.regime(dataset, "train", "light_angle", 50)))
    np.testing.assert_array_equal(whole[:50], pieces)


def test_recombined_samples_of_the_end_meet_the_beginning(small: Path) -> None:
    dataset = dataset_of(small)
    (_, first), (_, second), (_, third), mask = sampled.recombined(dataset, "test", 27, 30)
    (_, beginning), *_ = sampled.recombined(dataset, "test", 0, 1)
    np.testing.assert_array_equal(second[:2], first[1:])
    np.testing.assert_array_equal(second[2:], beginning)
    np.testing.assert_array_equal(third, np.where(mask == 1, second, first))
    pieces = [sampled.recombined(dataset, "test", start, start + 1)[3] for start in (27, 28, 29)]
    np.testing.assert_array_equal(np.concatenate(pieces), mask)


def test_recombined_samples_are_those_of_a_split_that_draws_again(tmp_path: Path) -> None:
    splits = [{"name": "train", "share": 1, "hold_out": "shadow_length > 6"}]
    data = made(tmp_path / "data", "pendulum", splits=splits)
    (images, _), *_ = sampled.recombined(dataset_of(tmp_path / "data"), "train", 0, 40)
    np.testing.assert_array_equal(images, data.images("train")[:])


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda data: data.update(size=32), "size"),
        (lambda data: data["spec"].update(n=30), "splits"),
    ],
)
def test_a_spec_of_another_data_set_is_refused(change: Any, part: str, tmp_path: Path) -> None:
    made(tmp_path / "data", "pendulum")
    rewrite(tmp_path / "data", change)
    data = scmgen.load(tmp_path / "data")
    with pytest.raises(ScmgenError) as caught:
        sampled.generator(Selection(data, ("train",)))
    assert str(caught.value).startswith(f"{tmp_path / 'data'}: {part}: the manifest says ")


def test_a_set_of_a_plug_in_needs_it(tmp_path: Path, shell: Any) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "doubling.yaml").write_text(SCENE)
    more = ["--n", "20", "--size", "16", "-o", "data", "-j", "1", "--plugin", "mine.py"]
    assert shell("build", "doubling.yaml", *more).status == 0
    assert shell("export", "data", "--to", "enco", "--plugin", "mine.py").status == 0
    from scmgen.scene import plugins

    plugins._loaded.clear()
    done = shell("export", "data", "--to", "gies")
    told = "data: was built with the plug-in mine.py; give the same file with --plugin"
    assert done == (2, "", f"scmgen: {told}\n")
    with pytest.raises(ScmgenError, match="give the same file with --plugin"):
        exports.export(scmgen.load(tmp_path / "data"), "dcdi", tmp_path / "out")
