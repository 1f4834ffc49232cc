"""The tables of CausalVerse (Chen et al. 2025, arXiv 2510.14049): a csv a split, a line an image.

Its loaders (``dataset/dataset_multisplit.py`` and ``evaluation/image_part`` of the authors' code) take ``render_path``
relative to where the table lies, ``id`` and ``view``, and every other column as a latent. Of clips its loaders
(``video_part/src/data_modules/fall_dataset.py``) take ``video/KEY_front_color.mp4``, what is constant from
``meta/KEY.json``, and what moves from ``meta/KEY.npz``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import orjson

from scmgen.dataset.labels import key
from scmgen.dataset.members import IMAGE
from scmgen.publish.exports.writing import naming, video
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout, require
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scene.domain import Circular
from scmgen.scm.vocabulary import Array

_OWN = ("id", "view", "render_path", "domain")


@layout(
    "causalverse",
    "a csv a split with render_path and latents beside PNG, or videos with meta files, as CausalVerse reads them",
    ending="-causalverse",
    mark="source.json",
    needs=("factors",),
    clips=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT.csv`` with ``id``, ``view``, ``render_path`` and the factors, and ``SPLIT/KEY.png``.

    ``view`` is the number of the sample's environment, 0 where there are none; a level is its index. Of clips a split
    is a folder with ``meta`` and ``video``.
    """
    if source.data.frame.frames is not None:
        return _write_clips(source, out)
    factors = source.data.manifest.factors
    naming.check_columns("causalverse", factors, _OWN)
    out.mkdir()
    for split in source.splits:
        (out / split).mkdir()
        with (out / f"{split}.csv").open("w", newline="", encoding="utf-8") as table:
            csv.writer(table).writerow(["id", "view", "render_path", *factors])
            for block in source.blocks(split):
                _write_block(out, split, block, table)
    source.describe(out)


def _write_clips(source: Selection, out: Path) -> None:
    """A folder a split: of each clip the video, what is constant, and what moves."""
    naming.check_columns("causalverse", source.data.manifest.factors, ("scene",))
    require("av", "video", "--to causalverse of clips")
    for split in source.splits:
        for folder in ("meta", "video"):
            (out / split / folder).mkdir(parents=True)
        for block in source.blocks(split):
            for named, label, frames in zip(block.keys, block.labels, block.images(IMAGE.name), strict=True):
                _write_clip(source, out / split, named, label["factors"])
                video.write(out / split / "video" / f"{named}_front_color.mp4", frames)
    source.describe(out)


def _write_clip(source: Selection, folder: Path, named: str, factors: Mapping[str, Sequence[float]]) -> None:
    """What a clip shows: a circular factor that moves is a rotation, any other one a place."""
    graph, known = source.data.graph, source.data.manifest.factors
    still = {name for name, told in (graph.nodes(data=True) if graph is not None else ()) if told.get("constant")}
    constants = {name: factors[name][0] for name in known if name in still}
    told = {"Global": {"Scene": {"scene": source.data.name, **constants}, "Object": {}}}
    (folder / "meta" / f"{named}.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    turning = [name for name, factor in known.items() if name not in still and isinstance(factor.domain, Circular)]
    moving = [name for name in known if name not in still and name not in turning]
    places, angles = (_columns(factors, names, source.data.frame.frames or 0) for names in (moving, turning))
    np.savez(
        folder / "meta" / f"{named}.npz",
        position=places,
        rotation=angles,
        position_names=np.array(moving, str),
        rotation_names=np.array(turning, str),
    )


def _columns(factors: Mapping[str, Sequence[float]], names: Sequence[str], frames: int) -> Array:
    """Some factors of a clip, ``(1, frames, d)``: of the one object that there is."""
    return np.array([factors[name] for name in names], np.float64).reshape(len(names), frames).T[None]


def _write_block(out: Path, split: str, block: Block, table: TextIO) -> None:
    rows = zip(block.encoded(IMAGE.name), block.labels, values(block).tolist(), strict=True)
    for number, (content, label, factors) in enumerate(rows, block.start):
        path = f"{split}/{key(split, number)}.png"
        (out / path).write_bytes(content)
        csv.writer(table).writerow([number, label.get("domain", 0), path, *factors])
