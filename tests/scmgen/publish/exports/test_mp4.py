"""Clips as videos: what is read back is near what was drawn, and the labels are whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from exported import contents, made
from libraries import need

from scmgen import ScmgenError
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


@pytest.fixture(scope="module")
def pong(tmp_path_factory: pytest.TempPathFactory) -> Data:
    need("av")
    return made(tmp_path_factory.mktemp("clips") / "pong", "pong", n=5)


def frames(path: Path) -> np.ndarray:
    import av

    with av.open(str(path)) as video:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)])


def test_a_video_has_the_frames_of_its_clip_nearly(pong: Data, tmp_path: Path) -> None:
    out = exports.export(pong, "mp4", tmp_path / "set")
    for member in ("image", "image_cf"):
        clips = pong.images("train", member)[:]
        for row, clip in enumerate(clips):
            shown = frames(out / "train" / f"train-{row:09d}.{member}.mp4")
            assert shown.shape == clip.shape
            assert np.abs(shown.astype(int) - clip).mean() < 8  # at 16 px all is edges
    lines = (out / "train.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line) for line in lines] == [
        {"key": f"train-{row['index']:09d}", **row} for row in pong.rows("train")
    ]
    assert {path.name for path in out.iterdir()} == {
        "source.json",
        *(name for split in pong.splits for name in (split, f"{split}.jsonl")),
    }


def test_an_export_is_the_same_every_time(pong: Data, tmp_path: Path) -> None:
    one, two = (exports.export(pong, "mp4", tmp_path / name, splits=["validation"]) for name in ("one", "two"))
    assert contents(one) == contents(two)


def test_grey_clips_are_grey_videos(tmp_path: Path) -> None:
    need("av")
    data = made(tmp_path / "fall", "fall", n=5, channels="grey")
    shown = frames(exports.export(data, "mp4", tmp_path / "set") / "train" / "train-000000000.image.mp4")
    assert np.abs(shown.mean(axis=-1) - data.images("train")[0]).mean() < 8


def test_without_its_library_it_says_what_to_install(
    pong: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    for to, what in (("mp4", "--to mp4"), ("causalverse", "--to causalverse of clips")):
        with pytest.raises(ScmgenError) as caught:
            exports.export(pong, to, tmp_path / "set")
        assert str(caught.value) == f"{what}: needs av: pip install 'scmgen[video]'"
    assert not (tmp_path / "set").exists()


def test_clips_for_causalverse_are_videos_with_what_stands_and_what_moves(pong: Data, tmp_path: Path) -> None:
    out = exports.export(pong, "causalverse", tmp_path / "set") / "train"
    row = next(pong.rows("train"))
    told = orjson.loads((out / "meta" / "train-000000000.json").read_bytes())
    assert told["Global"]["Scene"] == {"scene": "pong"}
    with np.load(out / "meta" / "train-000000000.npz", allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["position"].shape == (1, 16, 6) and arrays["rotation"].shape == (1, 16, 1)
    for kind in ("position", "rotation"):
        for column, name in enumerate(arrays[f"{kind}_names"]):
            np.testing.assert_array_equal(arrays[kind][0, :, column], row["factors"][name])
    assert frames(out / "video" / "train-000000000_front_color.mp4").shape == (16, 16, 16, 3)
    fall = made(tmp_path / "fall", "fall", n=5)
    out = exports.export(fall, "causalverse", tmp_path / "falls") / "train"
    told = orjson.loads((out / "meta" / "train-000000000.json").read_bytes())["Global"]["Scene"]
    assert list(told) == ["scene", "gravity", "elasticity", "size", "drag"]
    assert told["gravity"] == next(fall.rows("train"))["factors"]["gravity"][0]
    with np.load(out / "meta" / "train-000000000.npz") as file:
        assert file["rotation"].shape == (1, 16, 0) and file["position_names"].tolist() == ["height", "speed"]
