"""Shards: tars, PNGs and labels that any reader reads, and samples that depend on nothing but their position."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image
from scipy import stats

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.labels import key, labels
from scmgen.dataset.members import drawing_slices, suffixes
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec, Split
from scmgen.scene.document import parse
from scmgen.scene.factor import Factor
from scmgen.scene.scene import SceneDocument, read_scene
from scmgen.storage import png, tar
from scmgen.storage.shards import members, plan
from scmgen.storage.summary import Moments

SHAPES = """
name: shapes
equations:
  shape: category(1, 2, 1)
  tall: bernoulli(0.5)
  turn: uniform(0, 2 * pi)
  size: 0.1 + 0.05 * tall + 0.05 * shape + uniform(0, 0.05)
factors:
  shape: {levels: [ball, block, kite]}
  tall: {range: [0, 1]}
  turn: {range: [0, 6.2832], circular: true, unit: rad}
  size: {range: [0, 0.4]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: disc, x: 0.5, y: 0.5, radius: size, rgb: [0, 0, 0], when: shape == ball}
  - {mark: rect, x: 0.5, y: 0.5, width: size, height: size + tall/9, rotate: turn, rgb: [1, 0, 0], when: shape != ball}
"""
"""A scene whose values are mostly whole numbers, and without a hidden variable."""


def shapes(**overrides: Any) -> Spec:
    return catalogue.spec(
        Resolved("shapes", read_scene(parse(SHAPES, "shapes.yaml")), Recipe(scene="shapes")), **overrides
    )


def read(path: Path) -> dict[str, dict[str, bytes]]:
    """Give key -> ending -> bytes, as tarfile reads them."""
    samples: dict[str, dict[str, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, ending = member.name.partition(".")
            file = archive.extractfile(member)
            assert file is not None
            samples.setdefault(name, {})[ending] = file.read()
    return samples


def everything(out: Path) -> dict[str, dict[str, bytes]]:
    return {name: sample for path in sorted(out.glob("*.tar")) for name, sample in read(path).items()}


def manifest_of(out: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return data


def dataset_of(out: Path) -> Dataset:
    return compile_spec(Spec.model_validate(manifest_of(out)["spec"]))


def stored_labels(out: Path) -> dict[str, dict[str, Any]]:
    return {name: json.loads(sample["label.json"]) for name, sample in everything(out).items()}


# Tar


@given(
    name=st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=100),
    data=st.binary(max_size=2_000),
)
def test_a_member_is_the_bytes_that_tarfile_would_write(name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    assert tar.member(name, data) == info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def test_a_shard_holds_its_keys_and_members_in_order(small: Path) -> None:
    endings = ["image.png", "image_cf.png", "mask.png", "mask_cf.png", "label.json"]
    for shard in plan(dataset_of(small).spec):
        samples = read(small / shard.name)
        assert list(samples) == [f"{shard.split}-{index:09d}" for index in range(shard.start, shard.stop)]
        assert all(list(sample) == endings for sample in samples.values())


@pytest.mark.skipif(shutil.which("tar") is None, reason="there is no tar command")
def test_the_tar_command_lists_and_extracts_a_shard(small: Path, tmp_path: Path) -> None:
    shard = small / "pendulum-train-000002.tar"
    listed = subprocess.run(["tar", "tf", shard], capture_output=True, text=True, check=True)  # noqa: S607
    expected = [f"{name}.{ending}" for name, sample in read(shard).items() for ending in sample]
    assert (listed.stdout.splitlines(), listed.stderr) == (expected, "")
    subprocess.run(["tar", "xf", shard, "-C", tmp_path], check=True)  # noqa: S607
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {
        f"{name}.{ending}": data for name, sample in read(shard).items() for ending, data in sample.items()
    }


def test_a_tar_header_says_neither_when_nor_who_nor_where(small: Path) -> None:
    with tarfile.open(small / "pendulum-test-000000.tar") as archive:
        found = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.type, m.linkname) for m in archive}
        assert archive.pax_headers == {}
    assert found == {(0, 0, 0, "", "", 0o644, tarfile.REGTYPE, "")}


def test_nothing_follows_the_end_of_a_tar(small: Path) -> None:
    for path in small.glob("*.tar"):
        data = path.read_bytes()
        with tarfile.open(path) as archive:
            last = archive.getmembers()[-1]
        end = last.offset_data + last.size + -last.size % 512
        assert data[end:] == bytes(1024)


# PNG


@settings(max_examples=60)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)).flatmap(
            lambda s: st.sampled_from([s, (*s, 3)])
        ),
    )
)
def test_a_png_is_read_back_pixel_for_pixel(images: NDArray[np.uint8]) -> None:
    for image, data in zip(images, png.encode(images), strict=True):
        with Image.open(io.BytesIO(data)) as found:
            assert found.mode == ("RGB" if images.ndim == 4 else "L")
            assert np.array_equal(np.asarray(found), image)
            assert found.info == {}  # no time, no software


def test_a_png_has_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Some fast encoders do not promise that: ISA-L's level 1 fails here."""
    scene = catalogue.load_scene("pendulum")
    np.save(tmp_path / "images.npy", scene.render(scene.scm.solve(scene.noise(2_000))))
    load = "import sys, hashlib, numpy; from scmgen.storage import png; files = png.encode(numpy.load(sys.argv[1]))"
    script = f"{load}; print(hashlib.sha256(b''.join(files)).hexdigest())"
    command = [sys.executable, "-c", script, str(tmp_path / "images.npy")]
    assert len({subprocess.run(command, capture_output=True, check=True).stdout for _ in range(25)}) == 1


def test_stored_images_are_those_that_the_scene_renders(small: Path) -> None:
    dataset = dataset_of(small)
    batch = dataset.evaluate("test", 0, 30)
    twin = batch.twins[0]
    drawn = {
        "image.png": dataset.scene.render(batch.values),
        "image_cf.png": dataset.scene.render(twin.values),
        "mask.png": dataset.scene.masks(batch.values),
        "mask_cf.png": dataset.scene.masks(twin.values),
    }
    for row, sample in enumerate(read(small / "pendulum-test-000000.tar").values()):
        for ending, images in drawn.items():
            with Image.open(io.BytesIO(sample[ending])) as image:
                assert np.array_equal(np.asarray(image), images[row])


# Labels


def schema(value: Any) -> Any:
    """Give keys, lengths and types, without values."""
    if isinstance(value, dict):
        return {name: schema(part) for name, part in value.items()}
    return [schema(part) for part in value] if isinstance(value, list) else type(value).__name__


def leaves(value: Any) -> list[Any]:
    """Every value that stands in a label, empty lists and dicts included."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return [leaf for part in parts for leaf in leaves(part)] if parts else [value]


def test_every_label_of_a_data_set_has_one_schema(small: Path) -> None:
    found = list(stored_labels(small).values())
    factors = dict.fromkeys(["pendulum_angle", "light_angle", "shadow_length", "shadow_position"], "float")
    hidden = dict.fromkeys(["warmth", "haze", "cot", "cast"], "float")
    noise = dict.fromkeys(
        ["pendulum_angle", "light_angle", "warmth", "haze", "shadow_length", "shadow_position"], "float"
    )
    assert schema(found[0]) == {
        "index": "int",
        "split": "str",
        "factors": factors,
        "factors_cf": factors,
        "hidden": hidden,
        "hidden_cf": hidden,
        "noise": noise,
        "do_kind": "str",
        "do_mask": ["int"] * 4,
        "do_value": ["float"] * 4,
        "do_scale": ["float"] * 4,
        "do_shift": ["float"] * 4,
    }
    assert all(schema(label) == schema(found[0]) for label in found)
    assert [list(label) for label in found] == [list(found[0])] * len(found)  # in one order, too


@pytest.mark.parametrize("steps", [(), (Hard(),)], ids=["images", "pairs"])
def test_whole_numbers_are_floats_and_nothing_is_null_or_empty(steps: tuple[Hard, ...]) -> None:
    dataset = compile_spec(shapes(n=10, interventions=steps))
    found = [
        json.loads(orjson.dumps(label))
        for split in dataset.scenes
        for label in labels(dataset, dataset.evaluate(split, 0, 40))
    ]
    assert all(schema(label) == schema(found[0]) for label in found)
    assert not [leaf for label in found for leaf in leaves(label) if leaf is None or leaf in ([], {}, "")]
    assert {type(label["factors"]["shape"]) for label in found} == {float}
    assert {label["factors"]["shape"] for label in found} == {0.0, 1.0, 2.0}
    assert ("factors_cf" in found[0]) == ("do_kind" in found[0]) == bool(steps)
    assert "hidden" not in found[0]


def test_doubles_round_trip_bit_for_bit(small: Path) -> None:
    dataset, found = dataset_of(small), stored_labels(small)
    for split, size in dataset.spec.sizes().items():
        batch = dataset.evaluate(split, 0, size)
        twin = batch.twins[0]
        rows = [found[key(split, index)] for index in range(size)]
        for worlds, suffix in ((batch.values, ""), (twin.values, "_cf")):
            for name, values in worlds.items():
                part = ("factors" if name in dataset.scene.factors else "hidden") + suffix
                assert [row[part][name] for row in rows] == values.tolist()
        for name, values in batch.noise.items():
            assert [row["noise"][name] for row in rows] == values.tolist()
        assert [row["do_shift"] for row in rows] == twin.table.shift.tolist()
        assert [row["do_scale"] for row in rows] == twin.table.scale.tolist()


def test_do_mask_value_and_kind_tell_one_story(small: Path) -> None:
    for label in stored_labels(small).values():
        for k, name in enumerate(label["factors"]):
            targeted = label["do_mask"][k] == 1
            assert label["do_value"][k] == (label["factors_cf"] if targeted else label["factors"])[name]
            assert (label["do_scale"][k], label["do_shift"][k]) == (
                (0.0, label["do_value"][k]) if targeted else (1.0, 0.0)
            )
        assert label["do_kind"] == ("hard" if any(label["do_mask"]) else "none")


def test_a_pair_without_a_target_is_one_image_twice(small: Path) -> None:
    untouched = [sample for sample in everything(small).values() if b'"do_kind":"none"' in sample["label.json"]]
    assert untouched
    assert all(
        sample["image.png"] == sample["image_cf.png"] and sample["mask.png"] == sample["mask_cf.png"]
        for sample in untouched
    )


def test_a_pair_with_a_target_differs(small: Path) -> None:
    for sample in everything(small).values():
        if b'"do_kind":"hard"' in sample["label.json"]:
            assert sample["image.png"] != sample["image_cf.png"]


# Interventions


def test_targets_are_balanced_in_each_block(small: Path) -> None:
    found = stored_labels(small)
    for split, size in dataset_of(small).spec.sizes().items():
        masks = [found[key(split, index)]["do_mask"] for index in range(size)]
        for start in range(0, size - size % 5, 5):
            assert np.sum(masks[start : start + 5], axis=0).tolist() == [1, 1, 1, 1]
    assert manifest_of(small)["targets"] == [
        dict.fromkeys(["pendulum_angle", "light_angle", "shadow_length", "shadow_position", "none"], 60)
    ]
    assert manifest_of(small)["kinds"] == [{"hard": 240, "none": 60}]


def test_targets_come_in_no_fixed_order() -> None:
    table = compile_spec(shapes(n=10, interventions=(Hard(),))).evaluate("train", 0, 5_000).twins[0].table
    arms = table.mask @ np.arange(1, 5)
    blocks = arms.reshape(-1, 5)
    for place in range(5):  # at each place of a block each arm is as frequent as the others
        assert stats.chisquare(np.bincount(blocks[:, place], minlength=5)).pvalue > 1e-3


@pytest.mark.parametrize("seed", [0, 7])
def test_do_values_are_uniform_over_the_range(seed: int) -> None:
    factors = {
        "x": Factor(range=(-3.0, 5.0)),
        "level": Factor(levels=("a", "b", "c")),
        "y": Factor(range=(0.0, 1e-3), circular=True),
    }
    document = SceneDocument(
        name="free",
        equations={"x": "uniform(0, 1)", "level": "category(1, 1, 8)", "y": "uniform(0, 0.0001)"},
        factors=factors,
        draw=[{"mark": "fill", "rgb": ["x", "level", "y"]}],
    )
    spec = Spec(name="free", scene=document, n=10, seed=seed, interventions=(Hard(),))
    table = compile_spec(spec).evaluate("train", 0, 20_000).twins[0].table
    values = {name: table.shift[table.mask[:, k] == 1, k] for k, name in enumerate(factors)}
    assert {name: len(found) for name, found in values.items()} == dict.fromkeys(factors, 5_000)
    assert stats.kstest(values["x"], "uniform", (-3.0, 8.0)).pvalue > 1e-3
    assert stats.kstest(values["y"], "uniform", (0.0, 1e-3)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(values["level"].astype(int), minlength=3)).pvalue > 1e-3
    assert set(values["level"].tolist()) == {0.0, 1.0, 2.0}


def test_a_do_value_does_not_depend_on_the_factual_one() -> None:
    dataset = compile_spec(shapes(n=10, interventions=(Hard(),)))
    batch = dataset.evaluate("train", 0, 20_000)
    table = batch.twins[0].table
    rows = table.mask[:, 2] == 1
    assert abs(stats.spearmanr(batch.values["turn"][rows], table.shift[rows, 2]).statistic) < 0.05


# Position


def test_samples_do_not_depend_on_the_shard_size(tmp_path: Path) -> None:
    for shard_size in (7, 25, 1_000):
        build(shapes(n=60, size=16, shard_size=shard_size, interventions=(Hard(),)), tmp_path / str(shard_size))
    assert everything(tmp_path / "7") == everything(tmp_path / "25") == everything(tmp_path / "1000")
    assert len(everything(tmp_path / "7")) == 60


SPLITS = (Split(name="train", share=1), Split(name="rare", share=1, where="(turn < 1) * (size > 0.2)"))


@settings(max_examples=40, deadline=None)
@given(
    start=st.integers(0, 10_000),
    before=st.integers(0, 30),
    n=st.integers(1, 30),
    split=st.sampled_from(["train", "rare"]),
)
def test_a_sample_is_a_function_of_its_position(start: int, before: int, n: int, split: str) -> None:
    dataset = compile_spec(shapes(n=10, interventions=(Hard(),), splits=SPLITS))
    wide, narrow = (
        dataset.evaluate(split, start, start + before + n),
        dataset.evaluate(split, start + before, start + before + n),
    )
    assert labels(dataset, wide)[before:] == labels(dataset, narrow)


def test_large_images_are_drawn_in_parts_that_change_no_byte() -> None:
    dataset = compile_spec(shapes(n=10, size=512))
    assert len(list(drawing_slices(512, 40))) == 2
    parts = [dataset.evaluate("train", start, start + 10) for start in range(0, 40, 10)]
    assert list(members(dataset, dataset.evaluate("train", 0, 40))) == [
        piece for part in parts for piece in members(dataset, part)
    ]


# What the manifest says of it


def test_statistics_in_the_manifest_are_those_of_the_labels(small: Path) -> None:
    found = list(stored_labels(small).values())
    for name, factor in manifest_of(small)["factors"].items():
        values = np.array([label["factors"][name] for label in found])
        assert (factor["min"], factor["max"]) == (values.min(), values.max())
        assert np.allclose([factor["mean"], factor["std"]], [values.mean(), values.std()], rtol=1e-12, atol=1e-12)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), min_size=1, max_size=6))
def test_moments_merge_as_if_taken_at_once(parts: list[list[float]]) -> None:
    def moments(values: Any) -> Moments:
        array = np.asarray(values)
        mean = float(array.mean())
        return Moments(len(array), mean, float(((array - mean) ** 2).sum()), float(array.min()), float(array.max()))

    merged = moments(parts[0])
    for part in parts[1:]:
        merged = merged.merge(moments(part))
    whole = moments([x for part in parts for x in part])
    assert (merged.count, merged.least, merged.most) == (whole.count, whole.least, whole.most)
    assert np.allclose([merged.mean, merged.squares], [whole.mean, whole.squares], rtol=1e-9, atol=1e-3)


def test_members_of_a_spec() -> None:
    assert suffixes(shapes(n=1)) == [".image.png", ".label.json"]
    assert suffixes(shapes(n=1, masks=True)) == [".image.png", ".mask.png", ".label.json"]
    assert suffixes(shapes(n=1, interventions=(Hard(),))) == [".image.png", ".image_cf.png", ".label.json"]


def test_the_card_gives_the_parameters_as_they_were(tmp_path: Path) -> None:
    source = catalogue.find("pendulum")
    build(catalogue.spec(source, n=20, size=16, parameters={"length_noise": 0.1}), tmp_path / "d")
    card = (tmp_path / "d" / "README.md").read_text()
    assert "| `length_noise` | 0.1 | 0.25 in the scene |\n| `position_noise` | 0.25 |  |\n" in card
