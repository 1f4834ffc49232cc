"""A split as a pipeline of webdataset: its samples, its order, and who reads which shard."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.storage.loading.reader import Data


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Give 48 pairs in five shards."""
    out = tmp_path_factory.mktemp("five") / "pendulum"
    build(catalogue.spec(catalogue.find("pendulum"), n=60, shard_size=10, size=16), out, workers=1)
    return scmgen.load(out)


def indices(samples: Any) -> list[int]:
    return [int(sample["index"]) for sample in samples]


def same(one: Any, other: Any) -> bool:
    """Whether two samples have equal arrays under equal names."""
    pairs = ((one[name], other[name]) for name in one.keys() | other.keys())
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


def test_the_samples_are_those_of_iterate(case: tuple[Data, bool]) -> None:
    (data, truth), last = case, list(case[0].splits)[-1]
    for one, other in zip(data.webdataset(last, truth=truth), data.iterate(last, truth=truth), strict=True):
        assert same(one, other)


def test_a_shuffle_mixes_shards_and_samples_anew_in_each_pass(five: Data) -> None:
    mixed = five.webdataset("train", shuffle=20, seed=3)
    first, second = indices(mixed), indices(mixed)
    assert sorted(first) == sorted(second) == list(range(48))
    assert len({*map(tuple, (range(48), first, second))}) == 3
    assert indices(five.webdataset("train", shuffle=20, seed=3)) == first
    assert indices(five.webdataset("train", shuffle=20)) != indices(five.webdataset("train", shuffle=20))


def test_ranks_and_workers_read_each_sample_once(five: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("WORLD_SIZE", "2")
    seen: list[Any] = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        loader = torch.utils.data.DataLoader(five.webdataset("train", shuffle=7), batch_size=None, num_workers=2)
        seen.append(list(loader))
    assert all(len(part) >= 18 for part in seen)  # five shards for four
    together = sorted(itertools.chain(*seen), key=lambda sample: int(sample["index"]))
    whole = ({name: torch.as_tensor(array) for name, array in one.items()} for one in five.iterate("train"))
    for one, other in zip(together, whole, strict=True):
        assert all(torch.equal(torch.as_tensor(one[name]), other[name]) for name in other)


def test_stages_of_webdataset_go_on_from_it(five: Data) -> None:
    batches = list(five.webdataset("train", fields=("factors", "image")).batched(32))
    assert [batch["image"].shape for batch in batches] == [(32, 16, 16, 3), (16, 16, 16, 3)]
    assert set(batches[0]) == {"factors", "image"}


def test_only_the_fields_that_are_asked_for_are_decoded(five: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    from scmgen.storage.loading import pixels

    decoded: list[Any] = []
    decode = pixels.decode
    monkeypatch.setattr(pixels, "decode", lambda *given: (decoded.append(given[1]), decode(*given))[1])
    assert [list(sample) for sample in five.webdataset("test", fields="do_mask")] == [["do_mask"]] * 6
    assert not decoded
    list(five.webdataset("test", fields=["image_cf"]))
    assert all(name.endswith(".image_cf.png") for names in decoded for name in names) and decoded


def test_resampling_has_no_end_and_repeats_by_its_seed(five: Data) -> None:
    one, other = (indices(five.webdataset("train", resampled=True, seed=5).with_epoch(200)) for _ in range(2))
    assert one == other and len(one) == 200 and len({*one}) > 20
    assert indices(five.webdataset("train", resampled=True).with_epoch(200)) != one


def test_a_worker_without_a_shard_is_told(five: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "6")
    monkeypatch.setenv("RANK", "5")
    with pytest.raises(ScmgenError) as caught:
        next(iter(five.webdataset("train")))
    assert str(caught.value) == (
        "pendulum: split train has 5 shards, fewer than ranks times workers; build with a smaller --shard-size, "
        "take resampled=True, or scmgen.ShardStream, which shares samples"
    )
    assert next(iter(five.webdataset("train", resampled=True)))["image"].shape == (16, 16, 3)


@pytest.mark.parametrize(
    ("split", "more", "message"),
    [
        ("trian", {}, "{}: no split 'trian'; did you mean 'train'?"),
        ("train", {"fields": ("image", "do_msk")}, "pendulum: no field 'do_msk'; did you mean 'do_mask'?"),
        ("train", {"shuffle": -1}, "shuffle: at least 0 is needed, found -1"),
    ],
)
def test_what_is_not_there_is_told_at_once(five: Data, split: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        five.webdataset(split, **more)
    assert str(caught.value) == message.format(five.place)


def test_a_changed_shard_is_not_read(small: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(small, tmp_path / "copy")
    (shard,) = (tmp_path / "copy").glob("*-test-*.tar")
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with pytest.raises(ScmgenError, match="changed or cut short since it was written"):
        next(iter(scmgen.load(tmp_path / "copy").webdataset("test")))
