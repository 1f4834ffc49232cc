"""Batches made on the fly are the samples that a build writes."""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue


def test_batches_equal_what_a_build_writes(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum"), n=50, size=32), tmp_path / "d")
    batches = scmgen.stream("pendulum", n=50, size=32, batch_size=16)
    assert [len(batch["index"]) for batch in batches] == [16, 16, 8]
    with tarfile.open(tmp_path / "d" / "pendulum-train-000000.tar") as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        for batch in batches:
            for row, index in enumerate(batch["index"]):
                for name in ("image", "image_cf"):
                    file = files[f"train-{index:09d}.{name}.png"]
                    assert file is not None
                    assert np.array_equal(np.asarray(Image.open(io.BytesIO(file.read()))), batch[name][row])
                file = files[f"train-{index:09d}.label.json"]
                assert file is not None
                label = json.loads(file.read())
                for name in ("factors", "factors_cf", "noise"):
                    assert list(label[name].values()) == batch[name][row].tolist()
                for name in ("do_mask", "do_value", "do_scale", "do_shift"):
                    assert label[name] == batch[name][row].tolist()


def test_slices_restart_and_share_the_work() -> None:
    batches = scmgen.stream("pendulum", n=1000, size=16, batch_size=50)
    whole = [batch["index"].tolist() for batch in batches]
    assert [batch["index"].tolist() for batch in batches[3:]] == whole[3:]
    ranks = [[batch["index"].tolist() for batch in batches[rank::3]] for rank in range(3)]
    assert [ranks[k % 3][k // 3] for k in range(len(whole))] == whole
    assert batches[-1]["index"].tolist() == whole[-1]
    with pytest.raises(IndexError):
        batches[len(batches)]


def test_it_travels_between_processes_as_data() -> None:
    batches = scmgen.stream("pendulum-spurious", split="test", n=100, size=16)
    again = pickle.loads(pickle.dumps(batches))  # noqa: S301 - our own bytes
    assert again == batches and np.array_equal(again[0]["image"], batches[0]["image"])


def test_factual_images_only() -> None:
    batch = scmgen.stream("pendulum", n=20, size=16, intervene="none")[0]
    assert sorted(batch) == ["factors", "image", "index", "noise"]
    assert batch["image"].shape == (16, 16, 16, 3) and batch["factors"].shape == (16, 4)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_a_torch_loader_takes_it_as_it_is() -> None:
    from torch.utils.data import DataLoader

    batches = scmgen.stream("pendulum", n=400, size=16, batch_size=32)
    loaded = list(DataLoader(batches, batch_size=None, num_workers=2, multiprocessing_context="spawn"))
    assert len(loaded) == len(batches) == 10
    for mine, theirs in zip(batches, loaded, strict=True):
        assert all(np.array_equal(mine[name], theirs[name].numpy()) for name in mine)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "tets"}, "pendulum: no split 'tets'; did you mean 'test'?"),
        ({"batch_size": 0}, "batch_size: at least 1 is needed, found 0"),
        ({"n": 0}, "n: at least 1 is needed, found 0"),
        ({"intervene": "sfot"}, "no kind of intervention 'sfot'; did you mean 'soft'?"),
    ],
)
def test_what_does_not_fit_is_told(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(scmgen.ScmgenError) as caught:
        scmgen.stream("pendulum", **arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message
