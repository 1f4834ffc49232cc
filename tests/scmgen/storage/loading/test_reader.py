"""Reading a data set: what comes back is what was written, and what is damaged is told in one message."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from forged import faces, replace, rewrite
from stored import files

import scmgen
from scmgen import ScmgenError


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


def test_rows_are_the_labels_as_json_has_them(small: Path) -> None:
    written = [json.loads(data) for name, data in files(small, "test").items() if name.endswith("label.json")]
    assert list(scmgen.load(small).rows("test")) == written


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


# Damage and misuse


def test_where_there_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: not a data set: nothing is there"
    with pytest.raises(ScmgenError, match=r"^pendulum: .*: nothing is there; `scmgen build pendulum` writes one$"):
        scmgen.load("pendulum")


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
