"""The members of a sample: what they are called, which there are, and their pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.batch import Batch, part
from scmgen.dataset.labels import steps
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, differing

FACTUAL = "factual"  # the first world; a step leads to cf, the next ones to cf2, cf3, ...

_ASIDE = {"mask": "masks", "depth": "depth", "normals": "normals"}  # kinds drawn beside images -> what asks for them
_VECTORS = ("depth", "normals")  # kinds whose pixels have three channels in grey data sets, too
_NAME = re.compile(rf"((?P<kind>image|{'|'.join(_ASIDE)}|label)(_(?P<world>cf\d*))?|effect(?P<step>\d*))")
_DRAWN_AT_ONCE = 8_000_000  # pixels that one batch of images holds


@dataclass(frozen=True)
class Member:
    """A file of a sample. This record alone spells what it is called, in shards and as an array.

    Attributes:
        world: ``factual``, ``cf``, ``cf2``, ...: what it shows; of an effect, the world that the step led to.
        kind: ``image``, ``mask``, ``depth``, ``normals``, ``effect``, or ``label``, which tells of all worlds.

    >>> Member("cf2", "mask").suffix, Member("cf", "effect").name
    ('.mask_cf2.png', 'effect')
    """

    world: str
    kind: str

    @classmethod
    def named(cls, name: str) -> Member:
        """Read a name.

        Raises:
            ScmgenError: if no member is called so.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise ScmgenError(f"no member is called {name!r}; image, image_cf, image_cf2, mask, effect, label, ... are")
        if match["kind"] is None:
            return cls(f"cf{match['step']}", "effect")
        return cls(match["world"] or FACTUAL, match["kind"])

    @classmethod
    def of(cls, suffix: str) -> Member:
        """Read what follows the key in the name of a file."""
        return cls.named(suffix[1:].partition(".")[0])

    @property
    def name(self) -> str:
        """What its arrays are called: ``image``, ``image_cf``, ``mask_cf2``, ``effect2``, ``label``."""
        if self.kind == "effect":
            return f"effect{self.world.removeprefix('cf')}"
        return self.kind if self.world == FACTUAL else f"{self.kind}_{self.world}"

    @property
    def ending(self) -> str:
        """What its file is: ``png`` or ``json``."""
        return "json" if self.kind == "label" else "png"

    @property
    def suffix(self) -> str:
        """What follows the key of a sample in the name of the file."""
        return f".{self.name}.{self.ending}"

    def shape(self, frame: Frame) -> tuple[int, ...]:
        """The shape of one: ``(height, width, 3)``, or ``(height, width)`` of a mask and of a grey image.

        Those of a clip have the frames in front; the file is one image, ``shape(frame.strip)``.
        """
        if self.kind in _VECTORS:
            return (*frame.plane, 3)
        return frame.shape if self.kind == "image" else frame.plane


IMAGE, TWIN, LABEL = Member(FACTUAL, "image"), Member("cf", "image"), Member(FACTUAL, "label")


def members_of(spec: Spec) -> list[Member]:
    """The members of one sample, in their order."""
    changed = [f"cf{step}" for step in steps(spec)]
    worlds = [FACTUAL, *changed]
    aside = [Member(world, kind) for kind in _aside(spec) for world in worlds]
    effects = [Member(world, "effect") for world in changed] if spec.effects else []
    return [*(Member(world, "image") for world in worlds), *aside, *effects, LABEL]


def _aside(spec: Spec) -> list[str]:
    """The kinds of members that are drawn beside the images."""
    return [kind for kind, asked in _ASIDE.items() if getattr(spec, asked)]


def suffixes(spec: Spec) -> list[str]:
    """How the files of one sample end, in their order."""
    return [member.suffix for member in members_of(spec)]


def pictures(spec: Spec) -> list[str]:
    """The names of the members that :func:`images` gives."""
    return [member.name for member in members_of(spec) if member != LABEL]


def images(dataset: Dataset, batch: Batch, rows: slice) -> list[NDArray[np.uint8]]:
    """The pixels of some rows of a batch, one array for each member of :func:`pictures`."""
    spec, domain, split = dataset.spec, batch.domain[rows], batch.split
    worlds = [part(values, rows) for values in batch.worlds()]
    drawn: list[NDArray[np.uint8]] = [dataset.draw(split, domain, world) for world in worlds]
    aside = [dataset.draw(split, domain, world, kind) for kind in _aside(spec) for world in worlds]
    return drawn + aside + (effects(dataset, split, drawn) if spec.effects else [])


def effects(dataset: Dataset, split: str, drawn: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Masks ``(n, height, width)`` of each step: 255 where its image differs from the one that it started from."""
    frame = dataset.spec.frame
    stills = [array.reshape(-1, *frame.still.shape) for array in drawn]
    bases = [0 if policy.step.base == "factual" else k for k, policy in enumerate(dataset.regimes[split][0].steps)]
    changed = [differing(stills[base], stills[k + 1]) for k, base in enumerate(bases)]
    return [np.where(where, 255, 0).astype(np.uint8).reshape(-1, *frame.plane) for where in changed]


def drawing_slices(frame: Frame, count: int) -> Iterator[slice]:
    """Rows to draw at a time, so that memory does not grow with the size of images or shards."""
    step = max(1, _DRAWN_AT_ONCE // frame.pixels)
    return (slice(start, min(count, start + step)) for start in range(0, count, step))
