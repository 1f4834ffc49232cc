"""Reading a data set: what comes back is what was written, and what is damaged is told in one message."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import orjson
import pytest
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.scene.domain import Categorical, Circular
from scmgen.storage import manifest, png, tar
from scmgen.storage.loading import pixels

KINDS = ("do_mask", "do_value", "do_scale", "do_shift")


def files(out: Path, split: str) -> dict[str, bytes]:
    """Give the content of every member of a split's shards, as tarfile reads them."""
    found = {}
    for path in sorted(out.glob(f"*-{split}-*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                found[member.name] = archive.extractfile(member).read()  # type: ignore[union-attr]
    return found


def pillow(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)))


def rewrite(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest and sign it again."""
    data = json.loads((out / "manifest.json").read_text())
    change(data)
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))


def replace(out: Path, name: str, content: bytes) -> None:
    """Give a shard another content, and the manifest its sum."""
    (out / name).write_bytes(content)

    def sign(data: dict[str, Any]) -> None:
        for shard in data["shards"]:
            for file in filter(None, (shard, shard.get("truth"))):
                if file["name"] == name:
                    file.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    rewrite(out, sign)


def imported(out: Path, images: list[bytes], labels: list[Any]) -> Path:
    """Write a set of real images as docs/format.md has it, with factors ``x`` and ``kind``, and no graph."""
    out.mkdir()
    pieces = []
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        pieces += [tar.member(f"train-{i:09d}.image.png", image)]
        pieces += [tar.member(f"train-{i:09d}.label.json", orjson.dumps(label))]
    content = b"".join([*pieces, tar.END])
    (out / "faces-train-000000.tar").write_bytes(content)
    sums = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    plain = {"unit": "1", "long_name": "", "levels": [], "circular": False, "mean": 0.5, "std": 0.5, "min": 0, "max": 1}
    data = {
        "format": 1,
        "origin": "imported",
        "name": "faces",
        "spec": None,
        "spec_hash": None,
        "size": 16,
        "splits": {"train": len(images)},
        "members": [".image.png", ".label.json"],
        "pixels": {"mean": [0.5] * 3, "std": [0.25] * 3, "samples": len(images)},
        "factors": {
            "x": {**plain, "type": "continuous", "range": [0, 1]},
            "kind": {**plain, "type": "categorical", "range": [0, 1], "levels": ["not smiling", "smiling"]},
        },
        "hidden": [],
        "environments": [],
        "graph": None,
        "shards": [{"name": "faces-train-000000.tar", "split": "train", "samples": len(images), **sums}],
    }
    (out / "manifest.json").write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))
    return out


def faces(out: Path) -> Path:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    rows = [
        {"index": i, "split": "train", "source": f"{i}.jpg", "factors": {"x": i / 2, "kind": float(i % 2)}}
        for i in range(3)
    ]
    return imported(out, png.encode(pictures), rows)


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """Give a copy of a data set, to be damaged."""
    return Path(shutil.copytree(small, tmp_path / "d"))


# What comes back


def test_what_a_data_set_says_of_itself(small: Path) -> None:
    data = scmgen.load(small)
    assert (data.name, data.size, data.splits) == ("pendulum", 64, {"train": 240, "validation": 30, "test": 30})
    assert data.members == ("image", "image_cf", "mask", "mask_cf")
    assert data.worlds == ("factual", "cf")
    assert list(data.factors) == ["pendulum_angle", "light_angle", "shadow_length", "shadow_position"]
    assert data.graph is not None
    assert nx.utils.graphs_equal(data.graph, scmgen.load_scene("pendulum").factor_graph)


@pytest.mark.parametrize("member", ["image", "image_cf", "mask", "mask_cf"])
def test_images_are_those_that_pillow_reads(small: Path, member: str) -> None:
    written = files(small, "train")
    images = scmgen.load(small).images("train", member)
    grey = member.startswith("mask")
    assert len(images) == 240 and images.dtype == np.uint8
    assert images.shape == ((240, 64, 64) if grey else (240, 64, 64, 3))
    whole = np.asarray(images)
    assert all(np.array_equal(whole[i], pillow(written[f"train-{i:09d}.{member}.png"])) for i in range(240))
    for key in (slice(95, 205, 7), [3, 1, 4, -1, 199], np.array([100, 99]), np.arange(240) % 50 == 0, slice(0, 0)):
        assert np.array_equal(images[key], whole[key])
    assert np.array_equal(images[-2], whole[-2])
    for missing in (240, -241):
        with pytest.raises(IndexError):
            images[missing]


def test_rows_are_the_labels_as_json_has_them(small: Path) -> None:
    written = [json.loads(data) for name, data in files(small, "test").items() if name.endswith("label.json")]
    assert list(scmgen.load(small).rows("test")) == written


def test_labels_are_labelled_arrays(small: Path) -> None:
    data, scene = scmgen.load(small), scmgen.load_scene("pendulum")
    labels, rows = data.labels("train"), list(data.rows("train"))
    assert dict(labels.sizes) == {
        "sample": 240,
        "world": 2,
        "exogenous": 6,
        "step": 1,
        "factor": 4,
        "cause": 4,
        "effect": 4,
    }
    assert labels.world.values.tolist() == ["factual", "cf"] and labels.sample.values[239] == "train-000000239"
    for name in scene.factors:
        assert labels[name].sel(world="factual").values.tolist() == [row["factors"][name] for row in rows]
        assert labels[name].sel(world="cf").values.tolist() == [row["factors_cf"][name] for row in rows]
    for name in scene.hidden:
        assert labels[name].sel(world="cf").values.tolist() == [row["hidden_cf"][name] for row in rows]
    assert labels.noise.values.tolist() == [list(row["noise"].values()) for row in rows]
    for name in KINDS:
        assert labels[name].sel(step="cf").values.tolist() == [row[name] for row in rows]
    assert labels.do_kind.sel(step="cf").values.tolist() == [row["do_kind"] for row in rows]
    angle = labels.light_angle.attrs
    assert (angle["units"], angle["role"], angle["circular"]) == ("rad", "factor", 0) and len(angle["valid_range"]) == 2
    assert labels.adjacency.sel(cause="light_angle", effect="shadow_length") == 1
    assert labels.adjacency.sel(cause="shadow_length", effect="light_angle") == 0


def test_labels_redraw_what_the_images_show(small: Path) -> None:
    data, scene = scmgen.load(small), scmgen.load_scene("pendulum")
    labels = data.labels("test")
    for world, member in (("factual", "image"), ("cf", "image_cf")):
        values = labels.sel(world=world)
        assert np.array_equal(scene.render(values, size=64), data.images("test", member)[:])


def test_a_chain_in_environments_that_withholds_its_labels(weak: Path) -> None:
    data = scmgen.load(weak)
    assert data.worlds == ("factual", "cf", "cf2")
    assert data.members[-2:] == ("effect", "effect2") and data.images("train", "effect2").shape == (32, 16, 16)
    told = data.labels("train")
    assert told.world.values.tolist() == ["factual"] and "step" not in told.dims and "do_mask" not in told
    assert told.domain.attrs["flag_meanings"].split() == data.manifest["environments"]
    labels = data.labels("train", truth=True)
    assert labels.world.values.tolist() == ["factual", "cf", "cf2"] and labels.step.values.tolist() == ["cf", "cf2"]
    lines = (weak / "pendulum-train-000000.truth.jsonl").read_text().splitlines()
    assert labels.do_mask.sel(step="cf2").values.tolist() == [json.loads(line)["do_mask2"] for line in lines]
    assert "key" not in next(data.rows("train", truth=True))


def test_an_imported_set_is_read_alike(tmp_path: Path) -> None:
    data = scmgen.load(faces(tmp_path / "d"))
    labels = data.labels("train")
    assert data.graph is None and data.worlds == ("factual",) and data.images("train").shape == (3, 16, 16, 3)
    assert set(labels.variables) == {"sample", "world", "index", "source", "x", "kind"}
    assert labels.source.values.tolist() == ["0.jpg", "1.jpg", "2.jpg"]
    assert labels.kind.attrs["flag_meanings"] == "not_smiling smiling"  # CF separates them by blanks
    assert labels.x.sel(world="factual").values.tolist() == [0.0, 0.5, 1.0]


def test_a_url_is_read_like_a_directory(small: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.put(str(small), "/shelf/pendulum", recursive=True)
    far, near = scmgen.load("memory://shelf/pendulum"), scmgen.load(small)
    assert far.manifest == near.manifest and str(far.place) == "memory://shelf/pendulum"
    assert np.array_equal(far.images("test")[5:9], near.images("test")[5:9])
    assert list(far.rows("test")) == list(near.rows("test"))
    system.rm("/shelf", recursive=True)


# PNG files, ours and others


@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize("kind", ["flat", "noise", "across", "down"])
def test_our_png_files_are_decoded_as_pillow_does(kind: str, channels: int) -> None:
    wave = np.arange(16, dtype=np.uint8)
    images = {
        "flat": np.full((6, 16, 16, 3), 200, np.uint8),
        "noise": np.random.default_rng(1).integers(0, 256, (6, 16, 16, 3), np.uint8),
        "across": np.broadcast_to((wave * 37)[:, None], (6, 16, 16, 3)).copy(),
        "down": np.broadcast_to((wave * 37)[:, None, None], (6, 16, 16, 3)).copy(),
    }[kind]
    images = images if channels == 3 else np.ascontiguousarray(images[..., 0])
    written = png.encode(images)
    found = pixels.decode(written, ["x"] * 6, 16, channels)
    assert np.array_equal(found, images) and found.flags.writeable
    assert all(np.array_equal(one, pillow(bytes(file))) for one, file in zip(found, written, strict=True))


def test_any_other_png_is_read_too() -> None:
    image = np.random.default_rng(2).integers(0, 256, (16, 16, 3), np.uint8)
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8)
    files = {"pillow": Image.fromarray(image), "grey": Image.fromarray(smooth), "rgba": Image.fromarray(image)}
    files["rgba"] = files["rgba"].convert("RGBA")
    files["palette"] = Image.fromarray(image).quantize(16)
    for name, picture in files.items():
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", interlace=1)
        expected = np.asarray(picture.convert("RGB"))
        assert np.array_equal(pixels.decode([buffer.getvalue()], [name], 16, 3)[0], expected), name
    mixed = [png.encode(image[None])[0], buffer.getvalue()]
    assert np.array_equal(pixels.decode(mixed, ["a", "b"], 16, 3)[0], image)


def test_a_png_whose_data_is_too_short_for_its_size_is_refused() -> None:
    whole = bytearray(png.encode(np.zeros((1, 16, 16, 3), np.uint8))[0])
    small = png.encode(np.zeros((1, 8, 16, 3), np.uint8))[0]
    lying = bytes(whole[:33]) + bytes(small[33:])
    with pytest.raises(ScmgenError, match=r"^a\.png: damaged PNG: it holds 392 bytes of 784$"):
        pixels.decode([lying], ["a.png"], 16, 3)


# Damage and misuse


def test_where_there_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: not a data set: it has no manifest.json"


def test_another_format_is_refused(copy: Path) -> None:
    rewrite(copy, lambda data: data.update(format=2))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy)
    assert str(caught.value).startswith(f"{copy}/manifest.json: format 2; this scmgen reads format 1")


def test_a_manifest_from_before_the_reading_side_is_refused(copy: Path) -> None:
    rewrite(copy, lambda data: data.pop("pixels"))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy)
    assert str(caught.value) == f"{copy}/manifest.json: pixels: this key is missing"


def test_a_missing_shard(copy: Path) -> None:
    (copy / "pendulum-test-000000.tar").unlink()
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy).images("test")[0]
    assert str(caught.value) == f"{copy}: pendulum-test-000000.tar is missing, though the manifest lists it"


@pytest.mark.parametrize("change", [lambda data: data[:5_000], lambda data: data[:3_000] + b"!" + data[3_001:]])
def test_a_cut_or_changed_shard(copy: Path, change: Callable[[bytes], bytes]) -> None:
    path = copy / "pendulum-test-000000.tar"
    path.write_bytes(change(path.read_bytes()))
    told = f"{path}: changed or cut short since it was written ({path.stat().st_size:,} bytes)"
    data = scmgen.load(copy)
    for read in (lambda: data.labels("test"), lambda: next(data.iterate("test")), lambda: data.images("test")[0]):
        with pytest.raises(ScmgenError) as caught:
            read()
        assert str(caught.value) == told


def test_a_shard_that_cannot_be_read(copy: Path) -> None:
    path = copy / "pendulum-test-000000.tar"
    path.unlink()
    path.mkdir()
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(copy).labels("test")
    assert str(caught.value) == f"{path}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (["image.png", "label.json"], "2 samples, not 3 as the manifest says"),
        (["image.png", "label.json", "image.png"], "ends in the middle of the sample 'train-000000002'"),
        (["image.png", "image.png"], "found 'train-000000000.image.png' where .label.json of a sample is due"),
    ],
)
def test_a_shard_that_holds_something_else(tmp_path: Path, pieces: list[str], told: str) -> None:
    out = faces(tmp_path / "d")
    if "samples" in told:
        content = b"".join(tar.member(f"train-{i:09d}.{p}", b"{}") for i in range(2) for p in pieces)
    elif "middle" in told:
        names = [f"train-{i:09d}.{p}" for i in range(2) for p in pieces[:2]] + ["train-000000002.image.png"]
        content = b"".join(tar.member(name, b"{}") for name in names)
    else:
        content = b"".join(tar.member(f"train-000000000.{p}", b"{}") for p in pieces)
    replace(out, "faces-train-000000.tar", content + tar.END)
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    assert str(caught.value) == f"{out}/faces-train-000000.tar: {told}"


def test_members_of_two_samples_mixed_up(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    content = tar.member("a.image.png", b"") + tar.member("b.label.json", b"{}") + tar.END
    replace(out, "faces-train-000000.tar", content)
    with pytest.raises(ScmgenError, match=r": 'b\.label\.json' does not belong to the sample 'a' before it$"):
        scmgen.load(out).labels("train")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", r"an object is needed, found \[1\]"),
    ],
)
def test_a_label_that_is_none(tmp_path: Path, label: bytes, told: str) -> None:
    out = faces(tmp_path / "d")
    content = tar.member("train-000000000.image.png", b"") + tar.member("train-000000000.label.json", label)
    replace(out, "faces-train-000000.tar", content + tar.END)
    rewrite(out, lambda data: data["shards"][0].update(samples=1))
    with pytest.raises(ScmgenError, match=rf"faces-train-000000\.tar: train-000000000\.label\.json: {told}"):
        list(scmgen.load(out).rows("train"))


def test_labels_that_differ_in_their_keys(tmp_path: Path) -> None:
    image = png.encode(np.zeros((2, 16, 16, 3), np.uint8))
    rows = [{"index": 0, "factors": {"x": 0.5, "kind": 1.0}}, {"index": 1, "factors": {"x": 0.5}}]
    data = scmgen.load(imported(tmp_path / "d", image, rows))
    with pytest.raises(ScmgenError) as caught:
        data.labels("train")
    assert str(caught.value) == "faces: train: labels differ in their keys: 'kind'"
    with pytest.raises(
        ScmgenError, match=r"train-000000000: 'factors' differs in this label or those after it: 'kind'"
    ):
        list(data.iterate("train"))


def test_a_variable_that_is_called_like_an_array(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    rows = [{"index": i, "factors": {"x": 0.5, "source": 1.0}, "source": "a.jpg"} for i in range(2)]
    out = imported(tmp_path / "e", png.encode(np.zeros((2, 16, 16, 3), np.uint8)), rows)
    rewrite(out, lambda data: data["factors"].update(source=data["factors"].pop("kind")))
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out).labels("train")
    assert str(caught.value) == "faces: a variable is called 'source', as an array of labels() is; use rows()"


def test_images_that_are_none_or_of_another_size(tmp_path: Path) -> None:
    row = {"index": 0, "split": "train", "factors": {"x": 0.5, "kind": 1.0}}
    where = "faces-train-000000.tar: train-000000000.image.png"
    cases = {
        "no PNG": b"GIF89a",
        "8 x 12 pixels, not 16 x 16 as the manifest says": png.encode(np.zeros((1, 8, 12, 3), np.uint8))[0],
    }
    for number, (told, image) in enumerate(cases.items()):
        out = imported(tmp_path / str(number), [image], [row])
        with pytest.raises(ScmgenError) as caught:
            scmgen.load(out).images("train")[0]
        assert str(caught.value) == f"{out}/{where}: {told}"


@pytest.mark.filterwarnings("error")
def test_an_image_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    whole = bytes(png.encode(np.zeros((1, 16, 16, 3), np.uint8))[0])
    header = b"IHDR" + (60_000).to_bytes(4) * 2 + whole[24:29]
    huge = whole[:12] + header + zlib.crc32(header).to_bytes(4) + whole[33:]
    row = {"index": 0, "split": "train", "factors": {"x": 0.5, "kind": 1.0}}
    data = scmgen.load(imported(tmp_path / "d", [huge], [row]))
    with pytest.raises(ScmgenError, match="damaged PNG"):
        data.images("train")[0]


def test_unknown_splits_and_members(small: Path) -> None:
    data = scmgen.load(small)
    with pytest.raises(ScmgenError) as caught:
        data.labels("trian")
    assert str(caught.value) == f"{small}: no split 'trian'; did you mean 'train'?"
    for read in (lambda: data.images("train", "imag"), lambda: data.iterate("train", members=["imag"])):
        with pytest.raises(ScmgenError) as caught:
            read()
        assert str(caught.value) == "pendulum: no member 'imag'; did you mean 'image'?"


def test_a_truth_file_that_was_changed_or_is_short(weak: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(weak, tmp_path / "d"))
    name = "pendulum-train-000000.truth.jsonl"
    lines = (out / name).read_bytes().splitlines(keepends=True)
    (out / name).write_bytes(b"".join(lines[:-1]))
    with pytest.raises(ScmgenError, match=r"truth\.jsonl: changed or cut short since it was written"):
        list(scmgen.load(out).rows("train", truth=True))
    assert len(list(scmgen.load(out).rows("train"))) == 32  # nobody asked for it
    replace(out, name, b"".join(lines[:-1]))
    with pytest.raises(ScmgenError, match=r"truth\.jsonl: 31 lines, not 32 as the manifest says$"):
        list(scmgen.load(out).rows("train", truth=True))


# Normalisation


def test_normalised_factors_and_channels_have_mean_0_and_deviation_1(small: Path) -> None:
    data = scmgen.load(small)
    parts = [next(data.iterate(split, batch_size=300)) for split in data.splits]
    factors = np.concatenate([part["factors"] for part in parts])
    norm = data.normalisation
    found = norm.normalise_factors(factors)
    assert found.dtype == np.float32 and norm.columns == tuple(data.factors) and norm.owner.tolist() == [0, 1, 2, 3]
    assert np.allclose(found.mean(axis=0), 0, atol=1e-5) and np.allclose(found.std(axis=0), 1, atol=1e-5)
    assert np.allclose(norm.denormalise_factors(found), factors, atol=1e-5)
    images = norm.normalise_images(parts[0]["image"])
    assert images.dtype == np.float32 and images.shape == (240, 64, 64, 3)
    wide = images.astype(np.float64)
    assert np.allclose(wide.mean(axis=(0, 1, 2)), 0, atol=1e-5) and np.allclose(wide.std(axis=(0, 1, 2)), 1, atol=1e-5)
    assert np.array_equal(norm.denormalise_images(images), parts[0]["image"])


def test_circular_and_categorical_factors_become_circles_and_levels(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("shapes-fixed"), n=60, size=16), tmp_path / "d")
    data = scmgen.load(tmp_path / "d")
    norm = data.normalisation
    values = next(data.iterate("train", batch_size=48))["factors"]
    columns = norm.normalise_factors(values)
    hue = norm.names.index("hue_left")
    kinds = [i for i, domain in enumerate(norm.domains) if isinstance(domain, Categorical)]
    assert isinstance(norm.domains[hue], Circular) and kinds
    circle = columns[:, norm.owner == hue]
    assert [norm.columns[i] for i in np.flatnonzero(norm.owner == hue)] == ["hue_left:cos", "hue_left:sin"]
    assert np.allclose((circle**2).sum(axis=1), 1) and np.allclose(
        circle[:, 0], np.cos(2 * np.pi * values[:, hue]), atol=1e-6
    )
    for kind in kinds:
        ours = columns[:, norm.owner == kind]
        assert ours.shape[1] == len(norm.domains[kind].levels) and np.array_equal(ours.argmax(axis=1), values[:, kind])
        assert set(np.unique(ours)) <= {0, 1}
    assert np.allclose(norm.denormalise_factors(columns), values, atol=1e-5)
    almost = values[0].copy()
    almost[hue] = 1 - 1e-6  # nearly a full turn is nearly none
    none = np.where(np.arange(len(almost)) == hue, 0, almost)
    assert np.allclose(norm.normalise_factors(almost), norm.normalise_factors(none), atol=1e-5)


def test_what_never_varies_is_only_shifted(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    rewrite(out, lambda data: data["factors"]["x"].update(std=0.0))
    rewrite(out, lambda data: data["pixels"].update(std=[0.0, 0.25, 0.25]))
    norm = scmgen.load(out).normalisation
    assert norm.normalise_factors([[0.75, 1.0]]).tolist() == [[0.25, 0.0, 1.0]]
    assert np.isfinite(norm.normalise_images(np.zeros((1, 2, 2, 3), np.uint8))).all()
