"""Ways to read pairs that are compared: what this package offers, and what else people use."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 64
KEYS = ("factors", "factors_cf", "do_mask", "do_value")

Loader = Callable[[Path, Path], Iterator[Any]]
LOADERS: dict[str, tuple[str, str, str, Loader]] = {}
"""Name -> group, order, module needed, and a function of (data set, scratch folder) that gives batches for ever."""


def loader(name: str, group: str, order: str, needs: str = "scmgen") -> Callable[[Loader], Loader]:
    """Register a way to read."""

    def keep(function: Loader) -> Loader:
        LOADERS[name] = group, order, needs, function
        return function

    return keep


def for_ever(epoch: Callable[[int], Iterator[Any]]) -> Iterator[Any]:
    """One epoch after the other."""
    return itertools.chain.from_iterable(epoch(number) for number in itertools.count())


def shuffled(count: int) -> Iterator[np.ndarray[Any, Any]]:
    """Rows at random, in batches, for ever."""
    rng = np.random.default_rng(0)
    return for_ever(lambda epoch: iter(np.array_split(rng.permutation(count), max(1, count // BATCH))))


def samples(out: Path, scratch: Path) -> Any:
    """Our map-style data set; its cache was made before."""
    import scmgen

    return scmgen.load(out).samples("train", scratch / "cache")


@loader("scmgen: cache, batches", "in this process", "random")
def _cache(out: Path, scratch: Path) -> Iterator[Any]:
    data = samples(out, scratch)
    return (data[rows] for rows in shuffled(len(data)))


@loader("scmgen: cache, DataLoader, 0 workers", "in this process", "random")
def _collated(out: Path, scratch: Path) -> Iterator[Any]:
    return _torch(samples(out, scratch), batch_size=BATCH, shuffle=True)


@loader("scmgen: cache, DataLoader of batches, 0 workers", "in this process", "random")
def _whole(out: Path, scratch: Path) -> Iterator[Any]:
    return _torch_batches(samples(out, scratch), 0)


@loader("scmgen: cache, DataLoader, 2 workers", "two workers", "random")
def _collated_2(out: Path, scratch: Path) -> Iterator[Any]:
    return _torch(samples(out, scratch), batch_size=BATCH, shuffle=True, num_workers=2, persistent_workers=True)


@loader("scmgen: cache, DataLoader of batches, 2 workers", "two workers", "random")
def _whole_2(out: Path, scratch: Path) -> Iterator[Any]:
    return _torch_batches(samples(out, scratch), 2)


@loader("scmgen: shards, iterate", "in this process", "shuffle buffer")
def _iterate(out: Path, scratch: Path) -> Iterator[Any]:
    import scmgen

    data = scmgen.load(out)
    return for_ever(lambda epoch: data.iterate("train", batch_size=BATCH, shuffle=1000, epoch=epoch))


@loader("scmgen: shards, ShardStream, 2 workers", "two workers", "shuffle buffer")
def _stream(out: Path, scratch: Path) -> Iterator[Any]:
    from scmgen import ShardStream

    stream = ShardStream(out, shuffle=1000, batch_size=BATCH)
    return _torch(stream, batch_size=None, num_workers=2, persistent_workers=True)


@loader("scmgen: stream, no disk", "in this process", "in order")
def _drawn(out: Path, scratch: Path) -> Iterator[Any]:
    batches = drawn(out)
    return for_ever(lambda epoch: iter(batches))


@loader("scmgen: stream, no disk, 2 workers", "two workers", "in order")
def _drawn_2(out: Path, scratch: Path) -> Iterator[Any]:
    return _torch(drawn(out), batch_size=None, num_workers=2, persistent_workers=True)


def drawn(out: Path) -> Any:
    """The same pairs as no disk has seen: solved and drawn when they are asked for."""
    import scmgen

    return scmgen.stream(
        "pendulum", size=64, n=len(scmgen.load(out).images("train")), batch_size=BATCH, intervene="hard"
    )


def _torch(data: Any, **how: Any) -> Iterator[Any]:
    from torch.utils.data import DataLoader

    made = DataLoader(data, **how)
    return for_ever(lambda epoch: iter(made))


def _torch_batches(data: Any, workers: int) -> Iterator[Any]:
    from torch.utils.data import BatchSampler, RandomSampler

    sampler = BatchSampler(RandomSampler(data), BATCH, drop_last=False)
    return _torch(data, batch_size=None, sampler=sampler, num_workers=workers, persistent_workers=workers > 0)


def _webdataset(out: Path, workers: int) -> Iterator[Any]:
    import webdataset

    shards = [str(path) for path in sorted(out.glob("*-train-*.tar"))]
    data = webdataset.WebDataset(shards, shardshuffle=len(shards)).shuffle(1000).decode("rgb8").map(_arrays)
    made = webdataset.WebLoader(data.batched(BATCH), batch_size=None, num_workers=workers)
    return for_ever(lambda epoch: iter(made))


def _arrays(sample: dict[str, Any]) -> tuple[Any, ...]:
    label = sample["label.json"]
    return sample["image.png"], sample["image_cf.png"], *(_numbers(label[key]) for key in KEYS)


def _numbers(value: Any) -> np.ndarray[Any, Any]:
    return np.array(list(value.values()) if isinstance(value, dict) else value, np.float64)


@loader("webdataset, 0 workers", "in this process", "shuffle buffer", needs="webdataset")
def _webdataset_0(out: Path, scratch: Path) -> Iterator[Any]:
    return _webdataset(out, 0)


@loader("webdataset, 2 workers", "two workers", "shuffle buffer", needs="webdataset")
def _webdataset_2(out: Path, scratch: Path) -> Iterator[Any]:
    return _webdataset(out, 2)


def hugging_face(out: Path, scratch: Path, streaming: bool) -> Any:
    """A data set as the library datasets opens it: read at once into its tables, or as a stream."""
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    return load_dataset(str(out), split="train", streaming=streaming, cache_dir=str(scratch / "hf"))


def _rows(batch: dict[str, Any]) -> dict[str, Any]:
    """What datasets gives for a batch, as arrays."""
    arrays = {name: np.stack([np.asarray(image) for image in batch[f"{name}.png"]]) for name in ("image", "image_cf")}
    return {**arrays, **{key: np.stack([_numbers(label[key]) for label in batch["label.json"]]) for key in KEYS}}


@loader("datasets, map", "in this process", "random", needs="datasets")
def _map(out: Path, scratch: Path) -> Iterator[Any]:
    data = hugging_face(out, scratch, streaming=False)
    return (_rows(data[rows]) for rows in shuffled(len(data)))


@loader("datasets, map, DataLoader, 2 workers", "two workers", "random", needs="datasets")
def _map_2(out: Path, scratch: Path) -> Iterator[Any]:
    data = hugging_face(out, scratch, streaming=False).with_transform(_rows)
    return _torch(data, batch_size=BATCH, shuffle=True, num_workers=2, persistent_workers=True)


@loader("datasets, streaming", "in this process", "shuffle buffer", needs="datasets")
def _streaming(out: Path, scratch: Path) -> Iterator[Any]:
    data = hugging_face(out, scratch, streaming=True).shuffle(buffer_size=1000).batch(BATCH)
    return for_ever(lambda epoch: map(_rows, data))


def _hdf5(scratch: Path) -> Any:
    import h5py

    return h5py.File(scratch / "data.h5")["train"]


@loader("HDF5 (gzip 1, chunks of 64), in order", "in this process", "in order", needs="h5py")
def _in_order(out: Path, scratch: Path) -> Iterator[Any]:
    group = _hdf5(scratch)
    count, names = len(group["image"]), ("image", "image_cf", *KEYS)
    starts = range(0, count, BATCH)
    return for_ever(lambda epoch: ({name: group[name][at : at + BATCH] for name in names} for at in starts))


@loader("HDF5 (gzip 1, chunks of 64), at random", "in this process", "random", needs="h5py")
def _at_random(out: Path, scratch: Path) -> Iterator[Any]:
    group = _hdf5(scratch)
    names = ("image", "image_cf", *KEYS)
    return ({name: group[name][np.sort(rows)] for name in names} for rows in shuffled(len(group["image"])))
