"""A data set of clips, from the command to arrays: built, verified, extended, loaded, streamed, shown."""

from __future__ import annotations

import io
import os
import re
import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from building import posix, shards
from checkout import ROOT
from here import run
from PIL import Image

import scmgen
from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.publish.sheet import contact_sheet, moving_sheet
from scmgen.storage.loading.reader import Data


def spec(n: int = 20, frames: int = 6, **more: Any) -> Spec:
    told = {"size": 32, "shard_size": 8, "interventions": parse("hard:sizes=1"), **more}
    return catalogue.spec(catalogue.find("fall", frames=frames), n=n, **told)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips") / "fall"
    build(spec(masks=True, effects=True), place)
    return place


@pytest.fixture(scope="module")
def data(built: Path) -> Data:
    return scmgen.load(built)


def test_it_is_what_its_equations_say(built: Path) -> None:
    report = verify(built, samples=None)
    assert not report.faults and report.counts["pixels"] == 20 and report.residual == 0.0


def test_a_clip_is_one_image_and_comes_back_as_frames(data: Data) -> None:
    assert data.manifest.frames == 6 and str(data.frame.px) == "32 px, 6 frames"
    assert data.images("train").shape == (16, 6, 32, 32, 3) and data.images("train", "mask").shape == (16, 6, 32, 32)
    clips = data.images("train")[:3]
    labels = data.labels("train")
    assert np.array_equal(clips, scene_of(data).render(labels.sel(world="factual").isel(sample=slice(3)), 32))
    effect = data.images("train", "effect")[:3] == 255
    assert np.array_equal(effect, (clips != data.images("train", "image_cf")[:3]).any(axis=-1))
    raw = next(data.archives("train")).content("image", 0)
    with Image.open(io.BytesIO(raw)) as image:
        assert image.size == (32, 6 * 32)


def scene_of(data: Data) -> Any:
    from scmgen.dataset.sampling import compile_spec
    from scmgen.storage.manifest import spec_of

    return compile_spec(spec_of(data.manifest, data.place)).scene


def test_labels_have_a_time(data: Data) -> None:
    labels = data.labels("train")
    assert labels["height"].dims == ("sample", "world", "time") and labels["noise"].dims == (
        "sample",
        "time",
        "exogenous",
    )
    assert labels["do_mask"].dims == ("sample", "step", "time", "factor")
    np.testing.assert_allclose(labels["time"], 0.12 * np.arange(6))
    assert (labels["gravity"].sel(world="factual") == labels["gravity"].sel(world="factual").isel(time=0)).all()


def test_every_way_of_reading_gives_the_same_arrays(data: Data, tmp_path: Path) -> None:
    whole = next(data.iterate("train", batch_size=16))
    assert whole["image"].shape == (16, 6, 32, 32, 3)
    assert whole["factors"].shape == whole["do_mask"].shape == (16, 6, 6)
    kept = data.samples("train", cache=tmp_path)
    assert all(np.array_equal(kept[:16][key], whole[key]) for key in whole)
    streamed = scmgen.stream("fall", batch_size=16, n=20, size=32, intervene="hard:sizes=1")[0]
    assert streamed["image"].shape == (16, 16, 32, 32, 3)
    for key in ("image", "factors", "noise"):  # six frames are the beginning of sixteen
        assert np.array_equal(streamed[key][:, :6], whole[key]), key


@posix
def test_bytes_depend_on_no_kill_no_worker_and_no_size(built: Path, tmp_path: Path) -> None:
    place, first = tmp_path / "fall", "fall-train-000000.tar"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which the child does not use
        child = os.fork()
    if not child:
        build(spec(masks=True, effects=True), place, progress=lambda samples: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert shards(place) == {first} and (place / ".build.json").exists() and not (place / "manifest.json").exists()
    build(spec(n=28, masks=True, effects=True), place, workers=2)
    for shard in (first, "fall-train-000001.tar"):
        assert (place / shard).read_bytes() == (built / shard).read_bytes()


def test_a_command_says_how_many_frames_and_longer_clips_begin_with_shorter_ones(data: Data, tmp_path: Path) -> None:
    line = ["build", "fall", "--frames", "9", "--n", "10", "--size", "32", "--interventions", "hard:sizes=1,at=4"]
    assert run(main, "scmgen", *line, "-j", 1, "-o", tmp_path / "long").returncode == 0
    assert not verify(tmp_path / "long", samples=None).faults
    long = scmgen.load(tmp_path / "long")
    assert long.manifest.frames == 9 and long.images("train").shape == (8, 9, 32, 32, 3)
    assert np.array_equal(long.images("train")[:][:, :6], data.images("train")[:8])
    for frames in ("0", "1000000"):
        refused = run(main, "scmgen", "build", "fall", "--frames", frames)
        assert refused.returncode == 2 and f"{frames} is not in the range 2<=x<=1024" in refused.stderr
    shown = run(
        main, "scmgen", "show", "fall", "--frames", "4", "--pairs", "1", "--size", "16", "-o", tmp_path / "a.gif"
    )
    assert shown.returncode == 0
    with Image.open(tmp_path / "a.gif") as moving:
        assert getattr(moving, "n_frames", 1) == 4


def test_a_recipe_says_how_many_frames(tmp_path: Path) -> None:
    recipe = tmp_path / "short.yaml"
    recipe.write_text("scene: fall\nframes: 5\n")
    assert catalogue.spec(catalogue.find(str(recipe))).scene.frames == 5
    assert catalogue.find(str(recipe), frames=7).scene.frames == 7
    recipe.write_text("scene: pendulum\nframes: 5\n")
    with pytest.raises(
        ScmgenError, match="frames: pendulum stands still; a scene moves that has frames: 16 at its top"
    ):
        catalogue.find(str(recipe))


def test_a_damaged_label_is_found(data: Data) -> None:
    shard = data.shards("train")[0]
    label = data.archive(shard).labels([0])[0]
    for part, value in (("factors", {**label["factors"], "height": [0.0] * 5}), ("do_mask", [[0] * 6] * 5)):
        with pytest.raises(ScmgenError, match=rf"{part}: .*6"):
            data.form.check([{**label, part: value}], ["x: train-000000000"])


def test_the_graph_has_lags_and_says_what_the_first_frame_has(data: Data) -> None:
    graph = data.graph
    assert graph is not None and ("height", "speed", 1) in {(a, b, lag) for a, b, lag in graph.edges(data="lag")}
    assert data.manifest.graph is not None and data.manifest.graph.first is not None
    kind = data.manifest["graph"]["equivalence_class"]["kind"]
    assert kind == "interventional essential graph in time"
    assert ["height[t-1]", "speed"] in data.manifest["graph"]["equivalence_class"]["directed"]


def test_sheets_are_strips_or_move(built: Path, data: Data) -> None:
    assert data.show(n=2).width > data.show(n=2).height / 2
    from scmgen.dataset.sampling import compile_spec

    dataset = compile_spec(spec())
    assert contact_sheet(dataset, 2).size == data.show(n=2).size
    assert len({sheet.size for sheet in moving_sheet(dataset, 2)}) == 1 and len(moving_sheet(dataset, 2)) == 6
    still = compile_spec(catalogue.spec(catalogue.find("pendulum")))
    with pytest.raises(ScmgenError, match="pendulum: it stands still; a picture that moves needs a scene with frames"):
        moving_sheet(still, 2)


def test_grey_clips_and_what_labels_withhold(tmp_path: Path) -> None:
    build(spec(n=10, channels="grey", labels="targets", effects=True), tmp_path / "fall")
    assert not verify(tmp_path / "fall", samples=None).faults
    data = scmgen.load(tmp_path / "fall")
    assert data.images("train").shape == (8, 6, 32, 32)
    assert next(data.iterate("train", batch_size=8, truth=True))["factors_cf"].shape == (8, 6, 6)


@pytest.mark.parametrize(
    ("frames", "said"), [(1, "frames: at least 2 is needed"), (10**6, "frames: at most 1024 is allowed")]
)
def test_clips_that_are_too_short_or_too_long_are_refused(frames: int, said: str, tmp_path: Path) -> None:
    text = catalogue.scenes()["fall"].read_text().replace("frames: 16", f"frames: {frames}")
    (tmp_path / "scene.yaml").write_text(text)
    with pytest.raises(ScmgenError, match=said):
        catalogue.load_scene(tmp_path / "scene.yaml")


def test_a_clip_of_too_many_pixels_is_refused() -> None:
    from scmgen.dataset.sampling import compile_spec

    large = spec(frames=600, size=512)
    with pytest.raises(ScmgenError, match=r"157,286,400 pixels of a clip \(600 frames of 512 px\); the most is 16,777"):
        compile_spec(large)


def test_what_does_not_know_clips_says_so(data: Data, tmp_path: Path) -> None:
    from scmgen.publish.exports.export import export

    with pytest.raises(
        ScmgenError, match="--to npz has no place for clips; clips have biscuit, causalverse, citris, mp4"
    ):
        export(data, "npz", tmp_path / "a.npz")


def test_a_function_with_a_state_of_a_plugin_is_stepped_from_frame_to_frame(tmp_path: Path) -> None:
    """The example of docs/reference/language.md."""
    page = (ROOT / "docs" / "reference" / "language.md").read_text("utf-8")
    for name, form in (("spring.py", "python"), ("spring.yaml", "yaml")):
        blocks = re.findall(rf"^```{form}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        (tmp_path / name).write_text(next(block for block in blocks if "spring" in block))
    plugin, line = ["--plugin", tmp_path / "spring.py"], ["--n", "10", "--size", "16", "-o", tmp_path / "set"]
    told = ["--interventions", "hard:at=4,lasts=2", *line]
    built = run(main, "scmgen", "build", tmp_path / "spring.yaml", *plugin, *told)
    assert built.returncode == 0, built.stderr
    checked = run(main, "scmgen", "verify", tmp_path / "set", "--all", *plugin)
    assert checked.returncode == 0, checked.stdout
    assert run(main, "scmgen", "verify", tmp_path / "set").returncode == 2  # the plug-in is asked for
    for label in scmgen.load(tmp_path / "set").rows("train"):
        for world in ("", "_cf"):
            place, swung = (np.array(label[f"hidden{world}"][name]) for name in ("place", "swung"))
            speed, stiffness = (np.array(label[f"factors{world}"][name]) for name in ("speed", "stiffness"))
            moved = speed[:-1] - 0.25 * (stiffness[1:] * place[:-1] + 0.2 * speed[:-1])
            np.testing.assert_allclose(swung[1:], moved, atol=1e-12)
            np.testing.assert_allclose(place[1:], place[:-1] + 0.25 * moved, atol=1e-12)
        hit = np.argwhere(label["do_mask"])
        assert set(hit[:, 0]) <= {4, 5}
        changed = [
            frame for frame in range(16) if label["hidden"]["place"][frame] != label["hidden_cf"]["place"][frame]
        ]
        assert not hit.size or changed[0] == (5 if hit[0, 1] else 4)
