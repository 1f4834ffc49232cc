"""The samples that questions are about: what each shows, and what it would show under other dos.

Of a generated set everything is drawn from the spec in its manifest, by one renderer: images that are right and images
that are wrong differ in what they show alone. A pair is a sample and its first counterfactual as the set itself has it,
where that is a hard do on one factor with the noise kept; a set without such pairs gets them from the spec as
``--interventions hard`` would make them. Every sample is there in these worlds:

=========  ==========================================================================================
factual    nothing is set
twin       the target is set: the true counterfactual
direct     the target is set, and what it causes does not follow
other      another factor is set
stranger   the target is set as in the twin, with the noise of another sample behind all factors; what
           is no factor (the colour of the wall) stays
=========  ==========================================================================================

Which factor was set is *ambiguous* in a pair if a do on another factor leads to the same picture. In numbers that
cannot be: the target moved, so only a do on it or on a cause of it could do the same; such a cause is no effect of the
target, keeps its value in the pair, and set to that value moves nothing. In pixels it can, where the target itself
hides (a disc that turns, a thing behind another one) and only what it causes is seen: a do on that effect alone looks
alike. So the target's own change must be seen in the ``direct`` world; and each other factor is set to the value that
it has in the twin, then to every level, or to four places spread over its range, and no picture may look like the
twin. One case is left: a value between these places whose picture looks like the twin though the factor's own value in
the twin does not. Such a factor reads twice, which ``scmgen audit`` looks for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, take
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.interventions.table import DoTable, table
from scmgen.dataset.labels import columns, key
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.errors import ScmgenError
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.publish.exports.vlm.visible import differ, far
from scmgen.publish.exports.writing import sampled
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scene.domain import Categorical
from scmgen.scm.vocabulary import Array
from scmgen.storage import png

LEAST, EACH = 256, 4  # samples that questions are about: so many, or so many for each question of a kind
WORLDS = ("factual", "twin", "direct", "other", "stranger")
_PLACES = 4  # of a range, at which it is seen whether a do looks like another one
_AT_ONCE = 64  # samples whose images are in memory
_MEMORY = 1 << 28  # bytes that the images of all samples would have

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Worlds:
    """Some samples of a split.

    Attributes:
        keys: of each sample, as the data set has it.
        draw: the image of a sample in a world, a PNG file.
        pairs: what was set in each; None of an imported set, which has its images and nothing else.
    """

    keys: list[str]
    draw: Callable[[str, int], bytes]
    pairs: Pairs | None = None


@dataclass(frozen=True)
class Pairs:
    """What is done to samples, and what follows.

    Attributes:
        dataset: the compiled spec; ``batch`` are the samples, ``values`` their variables in each world.
        targets: the number of the factor that is set in each, ``(n,)``; ``rivals`` that in the world ``other``.
        shift: to what the target is set, ``(n,)``.
    """

    dataset: Dataset
    batch: Batch
    values: Mapping[str, Mapping[str, Array]]
    targets: NDArray[np.int64]
    rivals: NDArray[np.int64]
    shift: Array

    @property
    def names(self) -> list[str]:
        """The factors."""
        return list(self.dataset.scene.factors)

    def image(self, world: str, row: int) -> bytes:
        """The image of a sample in a world, a PNG file."""
        return self._pictures.files[world][row]

    def apart(self, one: str, other: str) -> NDArray[np.bool_]:
        """Where the images of two worlds can be told apart, and some factor in them: ``(n,)``."""
        values, others = self.values[one], self.values[other]
        known = self.dataset.scene.factors.items()
        moved = [far(factor.domain, values[name], others[name]) for name, factor in known]
        return np.asarray(self._pictures.apart[frozenset((one, other))] & np.any(moved, axis=0))

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Where the target's own change can be seen, and the pair is no pair of like pictures: ``(n,)``."""
        return self.apart("direct", "factual") & self.apart("twin", "factual")

    @functools.cached_property
    def clear(self) -> NDArray[np.bool_]:
        """Where it is seen, and no do on another factor looks like it: ``(n,)``."""
        found = self.seen.copy()
        for rows in _blocks(np.flatnonzero(found)):
            twin = self._drawn("twin", rows)
            for number, name in enumerate(self.names):
                elsewhere = self.targets[rows] != number
                for value in self._tried(name):
                    found[rows] &= ~elsewhere | differ(self._done(rows, number, value[rows]), twin)
        return found

    def held(self, effect: str) -> Array:
        """What a factor would be if the target alone moved it: every factor between keeps its value, ``(n,)``."""
        free = np.zeros((len(self.targets), len(self.names)), np.int64)
        free[:, self.names.index(effect)] = 1
        done = _everything(self.dataset, self.values["direct"]).without(free)
        return self.dataset.solve(self.batch.split, self.batch.domain, self.batch.noise, done)[effect]

    def _tried(self, name: str) -> Iterator[Array]:
        domain = self.dataset.scene.factors[name].domain
        yield self.values["twin"][name]
        levels = np.arange(len(domain.levels)) if isinstance(domain, Categorical) else None
        places = domain.at((np.arange(_PLACES) + 0.5) / _PLACES) if levels is None else levels
        for place in places:
            yield np.full(len(self.targets), float(place))

    @functools.cached_property
    def _pictures(self) -> _Pictures:
        """Every world is drawn once."""
        files: dict[str, list[bytes]] = {world: [] for world in WORLDS}
        apart: dict[frozenset[str], list[NDArray[np.bool_]]] = {
            frozenset(two): [np.zeros(0, bool)] for two in combinations(WORLDS, 2)
        }
        for rows in _blocks(np.arange(len(self.targets))):
            drawn = {world: self._drawn(world, rows) for world in WORLDS}
            for world, images in drawn.items():
                files[world] += png.encode(images)
            for one, other in combinations(WORLDS, 2):
                apart[frozenset((one, other))].append(differ(drawn[one], drawn[other]))
        return _Pictures(files, {two: np.concatenate(parts) for two, parts in apart.items()})

    def _done(self, rows: NDArray[np.int64], number: int, value: Array) -> Pixels:
        """Images of some samples with one factor set."""
        some = take(self.batch, rows)
        values = _under(self.dataset, some, np.full(len(rows), number), value)
        drawn: Pixels = self.dataset.draw(some.split, some.domain, values)
        return drawn

    def _drawn(self, world: str, rows: NDArray[np.int64]) -> Pixels:
        values = {name: array[rows] for name, array in self.values[world].items()}
        drawn: Pixels = self.dataset.draw(self.batch.split, self.batch.domain[rows], values)
        return drawn


@dataclass(frozen=True)
class _Pictures:
    """The PNG files of each world, and where the images of any two worlds can be told apart."""

    files: Mapping[str, list[bytes]]
    apart: Mapping[frozenset[str], NDArray[np.bool_]]


def stored(source: Selection, split: str, questions: int) -> Worlds:
    """The first samples of an imported set, which has nothing but its images."""
    images = source.data.images(split)
    keys = [key(split, index) for index in range(_count(source, split, questions))]
    return Worlds(keys, lambda world, row: png.encode(images[[row]])[0])


def drawn(source: Selection, split: str, questions: int, lots: Lots) -> Worlds:
    """The first samples of a generated set in which one factor is set.

    Raises:
        ScmgenError: if the spec cannot be compiled, or something that is drawn is not finite.
    """
    dataset, count = sampled.generator(source), _count(source, split, questions)
    batch, rows = _single(dataset, split, count)
    if not rows.size:
        dataset = with_pairs(dataset)
        batch, rows = _single(dataset, split, count)
    known = _known(dataset, take(batch, rows), lots)
    return Worlds([key(split, int(index)) for index in rows], known.image, known)


def _single(dataset: Dataset, split: str, count: int) -> tuple[Batch, NDArray[np.int64]]:
    """The first samples of a split, and which of them have one factor set and their own noise."""
    batch, policies = dataset.samples(split, 0, count), dataset.regimes[split][0].steps
    if not batch.twins or policies[0].step.nuisance is not None:
        return batch, np.zeros(0, np.int64)
    done = batch.twins[0].table
    return batch, np.flatnonzero((done.kinds == "hard") & (done.mask.sum(axis=1) == 1))


def _count(source: Selection, split: str, questions: int) -> int:
    """How many samples questions are about: fewer of large images, whose files are in memory."""
    most = max(_AT_ONCE, _MEMORY // (3 * source.data.frame.pixels))
    return min(source.size(split), max(LEAST, EACH * questions), most)


def _blocks(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows, as many as have their images in memory."""
    return [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]


def with_pairs(dataset: Dataset) -> Dataset:
    """A data set with a hard do on one factor in place of its own interventions."""
    plain = tuple(part.model_copy(update={"interventions": None}) for part in dataset.spec.splits)
    changed = {"splits": plain, "interventions": (Hard(kind="hard"),)}
    return compile_spec(dataset.spec.model_copy(update=changed))


def _known(dataset: Dataset, batch: Batch, lots: Lots) -> Pairs:
    done, n, names = batch.twins[0].table, len(batch.domain), list(dataset.scene.factors)
    targets = done.mask.argmax(axis=1)
    shift = columns(batch.twins[0].values, names)[np.arange(n), targets] if n else np.zeros(0)
    rivals, moved = _rivals(dataset, targets, lots)
    factual = batch.values
    direct = {name: np.where(targets == k, shift, factual[name]) for k, name in enumerate(names)}
    values = {
        "factual": factual,
        "twin": batch.twins[0].values,
        "direct": dataset.solve(batch.split, batch.domain, batch.noise, _everything(dataset, direct)),
        "other": _under(dataset, batch, rivals, moved),
        "stranger": _under(dataset, _strange(dataset, batch, lots), targets, shift),
    }
    return Pairs(dataset, batch, values, targets, rivals, shift)


def _rivals(dataset: Dataset, targets: NDArray[np.int64], lots: Lots) -> tuple[NDArray[np.int64], Array]:
    """For each sample a factor that is not its target, and a value of it."""
    n, domains = len(targets), [factor.domain for factor in dataset.scene.factors.values()]
    turn = np.floor(lots.numbers(n, "rival") * max(1, len(domains) - 1)).astype(np.int64)
    rivals = (targets + 1 + turn) % len(domains)
    u = lots.numbers(n, "rival's value")
    values = np.stack([domain.at(u) for domain in domains], axis=1)
    return rivals, values[np.arange(n), rivals]


def _strange(dataset: Dataset, batch: Batch, lots: Lots) -> Batch:
    """Samples whose factors have the noise of another one; what is no factor keeps its own."""
    turned, own = lots.shuffled(range(len(batch.domain)), "stranger"), set(dataset.scene.nuisance)
    of = np.zeros(len(turned), np.int64)
    of[turned] = np.roll(turned, 1)
    noise = {name: array if name in own else array[of] for name, array in batch.noise.items()}
    return Batch(batch.split, batch.start, batch.stop, batch.domain, noise, batch.values, batch.twins)


def _under(dataset: Dataset, batch: Batch, targets: NDArray[np.int64], value: Array) -> dict[str, Array]:
    """Every variable with one factor set in each sample."""
    mask = np.zeros((len(targets), len(dataset.scene.factors)), np.int64)
    mask[np.arange(len(targets)), targets] = 1
    done = table("hard", mask, np.zeros(mask.shape), np.repeat(value[:, None], mask.shape[1], axis=1))
    return dataset.solve(batch.split, batch.domain, batch.noise, done)


def _everything(dataset: Dataset, values: Mapping[str, Array]) -> DoTable:
    """A do on every factor."""
    whole = columns(values, dataset.scene.factors)
    return table("hard", np.ones(whole.shape, np.int64), np.zeros(whole.shape), whole)


def refuse(where: str, family: str) -> ScmgenError:
    """What is said of an imported set, which has no equations."""
    told = f"{where}: --family {family} draws images of its own: an imported set has no equations"
    return ScmgenError(f"{told}; --family structure --shots 0 needs none")
