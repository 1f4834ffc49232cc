"""The first samples of a data set as one picture, read from its shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.environments import passed
from scmgen.dataset.interventions.kinds import spelled as done
from scmgen.dataset.members import IMAGE, Member
from scmgen.errors import ScmgenError
from scmgen.scene.shown import STILL, changed, lines, moved, spelled

if TYPE_CHECKING:
    from PIL import Image

    from scmgen.storage.loading.reader import Data

_PAIRS, _SINGLE = 9, 18  # samples where nobody says how many
_COLUMNS = 6  # images side by side


def sheet(data: Data, split: str | None = None, n: int | None = None) -> Image.Image:
    """All worlds of the first samples; :meth:`scmgen.Data.show` tells the rest."""
    from scmgen.pictures.sheet import lay, strips

    split, worlds = next(iter(data.splits)) if split is None else split, data.worlds
    single = len(worlds) == 1
    n = (_SINGLE if single else _PAIRS) if n is None else n
    if n < 1:
        raise ScmgenError(f"n must be at least 1, found {n}")
    labels = list(_labels(data, split, n))
    images = [_images(data, split, Member(world, IMAGE.kind).name, len(labels)) for world in worlds]
    captions = [
        _told(data, label) if single else [_done(data, label, row)] for label, *row in zip(labels, *images, strict=True)
    ]
    note = "images and their labels" if single else " | ".join(("factual", *worlds[1:]))
    if data.frame.frames is not None:
        return lay(data.name, note.replace(" | ", ", and below it "), [strips(images)], captions, 1)
    return lay(data.name, note, images, captions, max(1, _COLUMNS // len(worlds)))


def _labels(data: Data, split: str, count: int) -> Iterator[dict[str, Any]]:
    """The first labels of a split; of each shard only those are decoded."""
    for shard in data.shards(split):
        some = min(count, shard.samples)
        if some:
            yield from data.archive(shard, keep=True).labels(range(some))
        count -= some


def _images(data: Data, split: str, member: str, count: int) -> NDArray[np.uint8]:
    return data.images(split, member)[:count]


def _told(data: Data, label: dict[str, Any]) -> list[str]:
    """A line a factor."""
    factors = data.manifest.factors
    if data.frame.frames is not None:
        return [str(label["index"])]
    return lines([f"{name}: {spelled(factors[name], value)}" for name, value in label["factors"].items()])


def _done(data: Data, label: dict[str, Any], images: Sequence[NDArray[np.uint8]]) -> str:
    """The environment, if there are any, and what each step did, as far as the label tells."""
    environments = data.manifest.environments
    where = [passed(environments, label["domain"])] if environments else []
    marked = [world for world, name in enumerate(data.worlds) if f"do_mask{name.removeprefix('cf')}" in label]
    steps = [_step(data, label, images, world) for world in marked if world]
    return ": ".join((*where, "; ".join(steps))) if steps else "".join(where)


def _step(data: Data, label: dict[str, Any], images: Sequence[NDArray[np.uint8]], world: int) -> str:
    """What led to a world: to each target the value before it and after it; and whether the image shows it."""
    ending, origin = data.worlds[world].removeprefix("cf"), _origin(data, world)
    marks = label[f"do_mask{ending}"]
    spans = np.array(marks).reshape(-1, len(data.factors)).T.tolist()  # of each factor a mark a frame
    acted = {name: span for name, span in zip(data.factors, spans, strict=True) if any(span)}
    hit = list(acted)
    if not hit:
        return "no intervention"
    if f"factors_cf{ending}" not in label:
        return f"on {', '.join(hit)}"
    before, after = label[f"factors_{data.worlds[origin]}" if origin else "factors"], label[f"factors_cf{ending}"]
    factors = data.manifest.factors
    if data.frame.frames is None:
        texts = [f"{name} = {moved(factors[name], before[name], after[name])}" for name in hit]
    else:
        texts = [f"{name} = {changed(factors[name], before[name], after[name], acted[name])}" for name in hit]
    still = STILL if np.array_equal(images[origin], images[world]) else ""
    return done(label[f"do_kind{ending}"], ", ".join(texts)) + still


def _origin(data: Data, world: int) -> int:
    """The world from which the step to another one starts: the one before it, or the factual one."""
    steps = data.manifest.get("spec", {}).get("interventions", [])
    return 0 if steps[world - 1 : world] and steps[world - 1].get("base") == "factual" else world - 1
