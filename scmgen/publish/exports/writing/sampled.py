"""Samples that a layout asks for and a data set does not hold, drawn anew from its spec.

Each purpose has noise of its own, from a seed that follows from the data set's: the first seven bytes of the
SHA-256 of ``SEED:PURPOSE`` as a little-endian number, where the purpose is ``do FACTOR``, ``independent`` or
``recombined``. So an export is the same every time, and no regime shares noise with another or with the data set.
Of clips each frame is a sample of its own: frame by frame, clip by clip.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, joined
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.interventions.table import KIND, DoTable
from scmgen.dataset.labels import columns
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.errors import ScmgenError
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scene import plugins
from scmgen.scm.noise import filmed, uniforms
from scmgen.scm.vocabulary import Array
from scmgen.storage import embedded
from scmgen.storage.manifest import spec_of

STEP = 512  # samples of a regime that are drawn at once

Pictured = tuple[NDArray[np.uint8], Array]
"""Images ``(n, height, width, 3)`` and the factors ``(n, d)`` that they show."""


def generator(source: Selection) -> Dataset:
    """The compiled spec of a data set.

    Raises:
        ScmgenError: if it needs plug-ins that were not given, does not compile, or is not that of these samples.
    """
    plugins.load_installed()
    data = source.data
    spec = spec_of(data.manifest, data.place)
    if plugins.lacking(spec.plugins):
        plugins.load(embedded.given(data.place, spec, ()))
    missing = plugins.lacking(spec.plugins)
    if missing:
        raise ScmgenError(f"{data.place}: {plugins.needed(missing)}")
    dataset = compile_spec(spec)
    told = {"factors": list(data.manifest.factors), "size": data.frame, "splits": data.splits}
    own = {
        "factors": list(dataset.scene.factors),
        "size": spec.frame,
        "splits": {split: n for split, n in spec.sizes().items() if n},
    }
    for part, value in told.items():
        if own[part] != value:
            raise ScmgenError(f"{data.place}: {part}: the manifest says {value}, its spec {own[part]}")
    return dataset


def seed(dataset: Dataset, purpose: str) -> int:
    """The seed of all noise that is drawn for a purpose."""
    digest = hashlib.sha256(f"{dataset.spec.seed}:{purpose}".encode()).digest()
    return int.from_bytes(digest[:7], "little")


def adjacency(dataset: Dataset, split: str, lag: int | None = None) -> NDArray[np.int8]:
    """The directed edges between the factors in a split, ``(cause, effect)``; of clips those of a lag, if told."""
    names, graph = list(dataset.scene.factors), dataset.scenes[split].factor_graph
    edges = {
        (cause, effect)
        for cause, effect, told in graph.edges(data=True)
        if told["kind"] == "directed" and lag in (None, told.get("lag") or 0)
    }
    return np.array([[(cause, effect) in edges for effect in names] for cause in names], np.int8)


def regime(dataset: Dataset, split: str, factor: str, count: int) -> Iterator[Array]:
    """The factors of ``count`` samples of a split under a do that draws one of them uniformly, ``(n, d)`` at a time.

    The do is the hard one that a data set of pairs has; predicates of the split hold as they do there.

    Raises:
        ScmgenError: if a value is not finite, or a predicate accepts nothing.
    """
    step = Hard(kind="hard", sets=((factor,),))
    drawn = _changed(dataset, f"do {factor}", interventions=(step,))
    for start in range(0, count, STEP):
        batch = drawn.evaluate(split, start, min(count, start + STEP))
        yield columns(batch.twins[0].values, dataset.scene.factors)


def independent(dataset: Dataset, split: str, slices: Iterable[tuple[int, int]]) -> Iterator[Pictured]:
    """Images of which every factor was drawn from its whole range, whatever the others are; a slice at a time.

    No predicate of the split holds for them.

    Raises:
        ScmgenError: if something that is drawn is not finite.
    """
    fresh = _changed(dataset, "independent", predicates=False)
    for start, stop in slices:
        batch = fresh.evaluate(split, start, stop)
        own = fresh.spec.seed
        draws = [factor.at(_uniforms(dataset, own, batch, name)) for name, factor in dataset.scene.factors.items()]
        yield _pictured(fresh, batch, np.stack(draws, axis=1))


def recombined(dataset: Dataset, split: str, start: int, stop: int) -> tuple[Pictured, Pictured, Pictured, Array]:
    """Each sample, the one after it, and a third that has some factors of the one and some of the other.

    The third is the first under a do on all factors: it keeps the first's noise, and so all that is no factor.
    After the last sample comes the first. The last array is 1 where a factor is the second's, ``(n, d)``; where
    there are two factors or more, some are the first's and some the second's.
    """
    first, second = dataset.evaluate(split, start, stop), _after(dataset, split, start, stop)
    ones, twos = (_flat(dataset, columns(batch.values, dataset.scene.factors)) for batch in (first, second))
    mask = _mixed(dataset, first)
    return (
        (_drawn(dataset, first, first.values), ones),
        (_drawn(dataset, second, second.values), twos),
        _pictured(dataset, first, np.where(mask == 1, twos, ones)),
        mask,
    )


def _changed(dataset: Dataset, purpose: str, predicates: bool = True, interventions: Any = ()) -> Dataset:
    """The spec with the noise of a purpose, with other interventions, and without predicates if so told."""
    dropped = {"interventions": None} if predicates else {"interventions": None, "where": None, "hold_out": None}
    splits = tuple(split.model_copy(update=dropped) for split in dataset.spec.splits)
    update = {"seed": seed(dataset, purpose), "splits": splits, "interventions": interventions}
    return compile_spec(dataset.spec.model_copy(update=update))


def _after(dataset: Dataset, split: str, start: int, stop: int) -> Batch:
    size = dataset.spec.sizes()[split]
    rest = dataset.evaluate(split, 0, 1) if stop == size else None
    if start + 1 == size:
        return dataset.evaluate(split, 0, 1)
    following = dataset.evaluate(split, start + 1, min(stop + 1, size))
    return joined(following, rest) if rest else following


def _mixed(dataset: Dataset, batch: Batch) -> Array:
    own, names = seed(dataset, "recombined"), list(dataset.scene.factors)
    mask = np.stack([_uniforms(dataset, own, batch, name) < 0.5 for name in names], axis=1)
    same = np.flatnonzero(mask.all(axis=1) | ~mask.any(axis=1))
    turned = (_uniforms(dataset, own, batch, "/turned") * len(names)).astype(int)
    mask[same, turned[same]] ^= True
    return mask.astype(np.float64)


def _uniforms(dataset: Dataset, number: int, batch: Batch, name: str) -> Array:
    """A number for each sample, or for each frame of each."""

    def draw(stream: str) -> Array:
        return uniforms(number, batch.split, f"export:{stream}", batch.start, batch.stop)

    frames = dataset.scene.frames
    return draw(name) if frames is None else filmed(draw, name, frames, each=True).ravel()


def _flat(dataset: Dataset, array: Any) -> Any:
    """Frames of all clips one by one; what is no clip stays as it is."""
    return array if dataset.scene.frames is None else array.reshape(-1, *array.shape[2:])


def _pictured(dataset: Dataset, batch: Batch, chosen: Array) -> Pictured:
    """Samples under a do on every factor."""
    frames, n = dataset.scene.frames, len(batch.domain)
    whole = chosen if frames is None else chosen.reshape(n, frames, -1)
    table = DoTable(np.full(n, "hard", KIND), np.ones(whole.shape, np.int64), np.zeros(whole.shape), whole)
    values = dataset.solve(batch.split, batch.domain, batch.noise, table)
    return _drawn(dataset, batch, values), _flat(dataset, columns(values, dataset.scene.factors))


def _drawn(dataset: Dataset, batch: Batch, values: dict[str, Array]) -> NDArray[np.uint8]:
    drawn: NDArray[np.uint8] = _flat(dataset, dataset.draw(batch.split, batch.domain, values))
    return drawn
