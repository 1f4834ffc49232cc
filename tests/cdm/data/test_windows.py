"""Clips as pairs of windows: which frames, what is told of them, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

import scmgen
from cdm.data import shards, windows
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse


def _built(out: Path, interventions: str = "hard:at=1-2,lasts=1", frames: int = 4, **more: Any) -> Path:
    told = {"n": 40, "size": 16, "interventions": parse(interventions), **more}
    build(catalogue.spec(catalogue.find("fall", frames=frames), **told), out, workers=1)
    return out


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(tmp_path_factory.mktemp("clips") / "fall")


@pytest.fixture(scope="module")
def pairs(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return open_data(str(clips), "train", tmp_path_factory.mktemp("cache"), lags=1)


def test_a_window_holds_two_frames_of_a_clip_and_of_its_twin_and_what_labels_tell_of_them(
    clips: Path, pairs: Pairs
) -> None:
    data = scmgen.load(clips)
    labels = list(data.rows("train"))
    images = {name: data.images("train", name)[:] for name in ("image", "image_cf")}
    assert len(pairs) == 64 and pairs.size == 16 and pairs.code.frames == 2
    assert pairs.code.names[:2] == ("gravity[-1]", "elasticity[-1]") and pairs.code.names[6:8] == (
        "gravity",
        "elasticity",
    )
    assert pairs.code.frame.names == tuple(data.factors)
    for clip, label in enumerate(labels):
        for row, end in zip((2 * clip, 2 * clip + 1), windows.ends(label["do_mask"], clip), strict=True):
            for name, clips_ in images.items():
                frames = pairs.arrays[name][row].reshape(2, 16, 16, 3)
                assert np.array_equal(frames, clips_[clip, end - 1 : end + 1])
            for name in ("do_mask", "do_value"):
                assert np.array_equal(pairs.arrays[name][row], np.ravel(label[name][end - 1 : end + 1]))
            for name in ("factors", "factors_cf"):
                both = [[values[frame] for values in label[name].values()] for frame in (end - 1, end)]
                assert np.array_equal(pairs.arrays[name][row], np.ravel(both))


def test_both_windows_are_pairs_of_one_do_whatever_the_clip_went_through_before(pairs: Pairs) -> None:
    mask, d = pairs.arrays["do_mask"], 6
    done = mask.any(axis=1)
    same = (pairs.arrays["image"][:, :16] == pairs.arrays["image_cf"][:, :16]).all(axis=(1, 2, 3))
    assert (mask.sum(axis=1)[done] == 1).all()
    assert same[~mask[:, :d].any(axis=1)].all()  # the frame before is the same, unless the do was in it
    assert mask[0::2, :d].sum() == 0 and mask[1::2, d:].sum() == 0
    assert mask[1::2, :d].any(axis=0).all() and mask[0::2, d:].any(axis=0).all()
    still = ~done
    assert (pairs.arrays["image"][still] == pairs.arrays["image_cf"][still]).all()


def test_batches_are_strips_and_codes_of_both_frames(pairs: Pairs) -> None:
    batch = pairs.batch(torch.arange(3))
    assert batch["image"].shape == (3, 3, 32, 16) and batch["factors"].shape == (3, 12) == batch["do_mask"].shape


def test_a_do_in_each_frame_gives_the_first_and_the_one_after() -> None:
    mask = [[0, 0], [0, 1], [1, 0], [0, 1]]
    assert windows.ends(mask, 0) == (1, 2)
    assert windows.ends(mask[1:], 0) == (1, 1)  # a do in the first frame was a frame ago, and was in no window before
    assert windows.ends([[0, 0], [0, 0], [0, 1]], 0) == (2, 2)  # and after the last there is none
    assert [windows.ends([[0, 0]] * 3, number) for number in range(3)] == [(1, 2), (2, 2), (1, 2)]


def test_the_graph_is_over_both_frames_and_the_same_in_each(clips: Path) -> None:
    graph = shards.read(str(clips), 1).manifest["graph"]["adjacency"]
    names, directed = graph["names"], np.array(graph["directed"])
    edges = {(names[i], names[j]) for i, j in np.argwhere(directed)}
    assert ("height[-1]", "speed") in edges and ("gravity", "height") in edges
    assert {(a, b) for a, b in edges if b.endswith("[-1]")} == {
        (f"{a}[-1]", f"{b}[-1]") for a, b in edges if not a.endswith("[-1]")
    }
    assert len(edges) == 4 + 2 * 6


def test_what_cannot_be_read_as_windows_is_refused_in_a_line(clips: Path, tmp_path: Path) -> None:
    still, alone = toy.write(tmp_path / "toy", 12), _built(tmp_path / "alone", "none")
    for where, lags, message in (
        (clips, 0, f"{clips}: clips of 4 frames; cdm train --lags 1 reads each frame beside the one before it"),
        (clips, 2, "--lags 2: 0 or 1 is allowed: the frame before is read, and none before that"),
        (still, 1, f"{still}: still images; --lags 1 reads clips: build a scene with frames"),
        (alone, 1, f"{alone}: clips without twins; the one before can be read beside each frame of twin "),
    ):
        with pytest.raises(CdmError, match=f"^{re.escape(message)}"):
            shards.read(str(where), lags)
    hidden = _built(tmp_path / "hidden", labels="hidden")
    with pytest.raises(CdmError, match="labels do not tell do_mask, without which nobody knows where clips and their"):
        open_data(str(hidden), "train", tmp_path / "cache", lags=1)


def test_a_label_of_another_number_of_frames_is_told(clips: Path, tmp_path: Path) -> None:
    other = _built(tmp_path / "other", frames=5)
    manifest = json.loads((other / "manifest.json").read_text())
    toy.sign(other, {**manifest, "frames": 4})
    with pytest.raises(CdmError, match=r"label\.json of sample 0: factors: 4 values are needed, found 5$"):
        open_data(str(other), "train", tmp_path / "cache", lags=1)
