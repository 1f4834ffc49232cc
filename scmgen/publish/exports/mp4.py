"""Clips as videos that every player plays. They are lossy: the shards hold the pixels."""

from __future__ import annotations

from pathlib import Path

import orjson

from scmgen.dataset.members import IMAGE, Member
from scmgen.publish.exports.writing import video
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection


@layout(
    "mp4",
    "a folder of videos a split (H.264, lossy), and the labels as JSON lines",
    ending="-mp4",
    mark="source.json",
    libraries=("av",),
    extra="video",
    clips=True,
    moves=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT/KEY.image.mp4``, ``SPLIT/KEY.image_cf.mp4``, ..., and ``SPLIT.jsonl``: a line a sample."""
    members = [Member(world, IMAGE.kind).name for world in source.data.worlds]
    out.mkdir()
    for split in source.splits:
        (out / split).mkdir()
        with (out / f"{split}.jsonl").open("wb") as lines:
            for block in source.blocks(split):
                for key, label in zip(block.keys, block.labels, strict=True):
                    lines.write(orjson.dumps({"key": key, **label}) + b"\n")
                for member in members:
                    for key, frames in zip(block.keys, block.images(member), strict=True):
                        video.write(out / split / f"{key}.{member}.mp4", frames)
    source.describe(out)
