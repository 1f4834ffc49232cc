"""Reading shards one after the other: everybody's share together is the split, each sample once, in any order."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.storage.loading import epochs


@pytest.fixture(scope="module")
def pendulum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 130 pairs at 16 px; train: 104 in shards of 15, the last of 14."""
    out = tmp_path_factory.mktemp("iterable") / "d"
    build(catalogue.spec(catalogue.find("pendulum"), n=130, size=16, shard_size=15), out)
    return out


def indices(samples: Iterator[dict[str, Any]]) -> list[int]:
    return [int(sample["index"]) for sample in samples]


def test_in_order_it_gives_what_stream_computes(pendulum: Path) -> None:
    data, batch = scmgen.load(pendulum), scmgen.stream("pendulum", n=130, size=16, batch_size=200)[0]
    batches = list(data.iterate("train", batch_size=40))
    assert [len(found["index"]) for found in batches] == [40, 40, 24]
    for name, array in batch.items():
        whole = np.concatenate([found[name] for found in batches])
        assert whole.dtype == array.dtype and np.array_equal(whole, array)
    for row, sample in enumerate(data.iterate("train")):
        assert set(sample) == set(batch) and all(np.array_equal(sample[name], batch[name][row]) for name in batch)
    assert row == 103


def test_shuffled_every_sample_keeps_its_own_label(pendulum: Path) -> None:
    data = scmgen.load(pendulum)
    plain = list(data.iterate("train"))
    for sample in data.iterate("train", shuffle=30, seed=3):
        twin = plain[int(sample["index"])]
        assert all(np.array_equal(sample[name], twin[name]) for name in twin)


@pytest.mark.parametrize("shuffle", [0, 1, 20, 1000])
@pytest.mark.parametrize("parts", [1, 3, 8, 50, 200])
def test_parts_share_an_epoch_without_loss(pendulum: Path, shuffle: int, parts: int) -> None:
    data = scmgen.load(pendulum)
    found = [
        indices(data.iterate("train", shuffle=shuffle, seed=5, epoch=2, part=(i, parts), members=[]))
        for i in range(parts)
    ]
    assert sorted(itertools.chain(*found)) == list(range(104))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    if not shuffle:
        assert list(itertools.chain(*found)) == list(range(104))


def test_an_order_is_a_function_of_seed_and_epoch(pendulum: Path) -> None:
    data = scmgen.load(pendulum)

    def order(**how: int) -> tuple[int, ...]:
        return tuple(indices(data.iterate("train", shuffle=20, members=(), **how)))

    assert order(seed=1, epoch=1) == order(seed=1, epoch=1)
    assert len({order(), order(seed=1), order(epoch=1), order(seed=1, epoch=1)}) == 4


def test_a_shuffle_mixes_shards_and_neighbours(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("pendulum"), n=2500, size=16, shard_size=100, interventions=()), tmp_path / "d")
    data = scmgen.load(tmp_path / "d")
    found = np.array(indices(data.iterate("train", shuffle=500, members=())))
    assert np.array_equal(np.sort(found), np.arange(2000))
    assert abs(np.corrcoef(found, np.arange(2000))[0, 1]) < 0.4
    shards = found // 100
    together = np.mean(shards[1:] == shards[:-1])  # 0.05 if they were mixed perfectly, 0.99 in order
    assert together < 0.3
    assert np.mean(np.abs(np.diff(found)) == 1) < 0.02


def test_only_the_shards_of_a_part_are_read(pendulum: Path, tmp_path: Path) -> None:
    import shutil

    out = Path(shutil.copytree(pendulum, tmp_path / "d"))
    for number in (2, 3, 4, 5, 6):
        (out / f"pendulum-train-{number:06d}.tar").unlink()
    assert indices(scmgen.load(out).iterate("train", part=(0, 4))) == list(range(26))
    with pytest.raises(ScmgenError, match=r"pendulum-train-000002\.tar is missing, though the manifest lists it$"):
        indices(scmgen.load(out).iterate("train", part=(1, 4)))


def test_one_shard_at_a_time_is_in_memory(small: Path) -> None:
    data = scmgen.load(small)
    largest = max(shard.bytes for shard in data.shards("train"))
    for _ in data.iterate("test", batch_size=8):
        pass
    tracemalloc.start()
    for _ in data.iterate("train", batch_size=8):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * largest


def test_what_labels_withhold_is_added_if_asked_for(weak: Path) -> None:
    data = scmgen.load(weak)
    labels = data.labels("train", truth=True)
    for sample in data.iterate("train", truth=True, shuffle=10, members=["effect2"]):
        at = labels.sel(step="cf2").isel(sample=int(sample["index"]))
        assert np.array_equal(sample["do_mask2"], at.do_mask) and np.array_equal(sample["do_value2"], at.do_value)
    assert "do_mask" not in next(data.iterate("train"))


def test_shards_behind_a_url(pendulum: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.put(str(pendulum), "/far/pendulum", recursive=True)
    far = [sample["image"].tobytes() for sample in scmgen.load("memory://far/pendulum").iterate("train", shuffle=20)]
    assert far == [sample["image"].tobytes() for sample in scmgen.load(pendulum).iterate("train", shuffle=20)]
    system.rm("/far", recursive=True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"part": (2, 2)}, "part 2 of 2: parts are numbered from 0 to the number of parts less one"),
        ({"part": (0, 0)}, "part 0 of 0: parts are numbered from 0 to the number of parts less one"),
        ({"shuffle": -1}, "shuffle: at least 0 is needed, found -1"),
        ({"seed": -1}, "seed: at least 0 is needed, found -1"),
        ({"batch_size": 0}, "batch_size: at least 1 is needed, found 0"),
        ({"members": ["maks"]}, "pendulum: no member 'maks'; allowed: image, image_cf"),
    ],
)
def test_what_does_not_fit_is_told_at_once(pendulum: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(pendulum).iterate("train", **arguments)
    assert str(caught.value) == told


def test_shares_are_runs() -> None:
    for count in (0, 1, 7, 100):
        for parts in (1, 2, 3, 9):
            found = [epochs.share(range(count), (i, parts)) for i in range(parts)]
            assert list(itertools.chain(*found)) == list(range(count))
