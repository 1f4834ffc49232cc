"""Shards for a torch loader: ranks and workers share the samples, and nothing else here knows torch."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.dataset import catalogue

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def pendulum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 130 pairs at 16 px; train: 104 in shards of 15, the last of 14."""
    out = tmp_path_factory.mktemp("iterable") / "d"
    build(catalogue.spec(catalogue.find("pendulum"), n=130, size=16, shard_size=15), out)
    return out


def indices(samples: Iterator[dict[str, Any]]) -> list[int]:
    return [int(sample["index"]) for sample in samples]


# With torch


def stream(*arguments: Any, **how: Any) -> Any:
    from scmgen.storage.loading.torch_stream import ShardStream

    return ShardStream(*arguments, **how)


def loaded(dataset: Any, **how: Any) -> list[Any]:
    from torch.utils.data import DataLoader

    return list(DataLoader(dataset, **how))


def test_a_loader_collates_samples_and_takes_batches(pendulum: Path) -> None:
    batch = scmgen.stream("pendulum", n=130, size=16, batch_size=200)[0]
    collated = loaded(stream(pendulum), batch_size=40)
    ready = loaded(stream(pendulum, batch_size=40), batch_size=None)
    for found in (collated, ready):
        assert [len(one["index"]) for one in found] == [40, 40, 24]
        for name, array in batch.items():
            assert np.array_equal(torch.cat([one[name] for one in found]).numpy(), array)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_share_the_samples_and_follow_the_epoch(pendulum: Path, start: str) -> None:
    from torch.utils.data import DataLoader

    dataset = stream(pendulum, shuffle=20, members=["image"])
    loader = DataLoader(dataset, batch_size=8, num_workers=2, persistent_workers=True, multiprocessing_context=start)
    orders = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
        for epoch in (0, 1, 0):
            dataset.set_epoch(epoch)
            orders.append(torch.cat([batch["index"] for batch in loader]).tolist())
    assert all(sorted(order) == list(range(104)) for order in orders)
    assert orders[0] == orders[2] != orders[1]
    assert len(dataset) == 104


@pytest.mark.parametrize("ranks", [2, 3, 7])
def test_ranks_and_their_workers_share_the_samples(pendulum: Path, ranks: int) -> None:
    parts = [stream(pendulum, shuffle=9, members=(), rank=(rank, ranks)) for rank in range(ranks)]
    found = [
        torch.cat([b["index"] for b in loaded(part, batch_size=5, num_workers=rank % 2 * 2)]).tolist()
        for rank, part in enumerate(parts)
    ]
    assert [len(part) for part in parts] == [len(order) for order in found]
    assert sorted(itertools.chain(*found)) == list(range(104))


def test_even_ranks_have_equally_many_and_drop_others_each_epoch(pendulum: Path) -> None:
    parts = [stream(pendulum, shuffle=9, members=(), rank=(rank, 10), even=True) for rank in range(10)]
    assert [len(part) for part in parts] == [10] * 10
    dropped = []
    for epoch in range(4):
        for part in parts:
            part.set_epoch(epoch)
        seen = [index for part in parts for index in indices(part)]
        assert len(set(seen)) == len(seen) == 100
        dropped.append(tuple(sorted(set(range(104)) - set(seen))))
    assert len(set(dropped)) > 1


DISTRIBUTED = """
import json, sys
import torch.distributed as dist
from scmgen.storage.loading.torch_stream import ShardStream
rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
print(json.dumps([int(s["index"]) for s in ShardStream(sys.argv[3], shuffle=20, members=())]))
dist.destroy_process_group()
"""


def test_it_knows_its_rank_from_torch_distributed(pendulum: Path, tmp_path: Path) -> None:
    if not torch.distributed.is_available():
        pytest.skip("this torch has no distributed")
    line = [sys.executable, "-W", "ignore", "-c", DISTRIBUTED]
    more = [str(tmp_path / "store"), str(pendulum)]
    processes = [subprocess.Popen([*line, str(rank), *more], stdout=subprocess.PIPE, text=True) for rank in (0, 1)]
    found = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert [len(order) for order in found] == [52, 52] and sorted(itertools.chain(*found)) == list(range(104))


def test_the_number_of_batches_is_not_guessed(pendulum: Path) -> None:
    with pytest.raises(TypeError, match=r"^the number of batches depends on the number of workers$"):
        len(stream(pendulum, batch_size=8))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"split": "trian"}, "no split 'trian'; did you mean 'train'?"),
        ({"rank": (3, 3)}, "part 3 of 3: parts are numbered from 0 to the number of parts less one"),
        ({"members": ["imag"]}, "pendulum: no member 'imag'; did you mean 'image'?"),
        ({"batch_size": 0}, "batch_size: at least 1 is needed, found 0"),
    ],
)
def test_misuse_is_told_when_the_stream_is_made(pendulum: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        stream(pendulum, **arguments)
    assert str(caught.value).endswith(told)


# What knows torch


def test_nothing_else_of_the_generator_loads_torch() -> None:
    """But what is for webdataset, which loads torch where it is installed, and does without where it is not."""
    program = """
import importlib, pkgutil, sys, scmgen
names = [found.name for found in pkgutil.walk_packages(scmgen.__path__, "scmgen.")]
for name in names:
    if name not in ("scmgen.storage.loading.torch_stream", "scmgen.storage.loading.pipeline"):
        importlib.import_module(name)
assert len(names) > 50, names
assert "torch" not in sys.modules
import scmgen.storage.loading.torch_stream
assert "torch" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
