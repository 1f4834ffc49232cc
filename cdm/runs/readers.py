"""The reader of a data set: the one that was trained on its first split before, or one that is trained now."""

from __future__ import annotations

from pathlib import Path

from cdm.data.pairs import place_of
from cdm.data.shards import ShardFolder
from cdm.evaluation import reader
from cdm.evaluation.reader import Reader
from cdm.runs import progress
from cdm.training import machine


def opened(source: ShardFolder, cache: Path | None, device: str) -> Reader:
    """The reader, with a bar while it is trained; ``cache`` is where it is kept, beside the decoded split.

    Raises:
        CdmError: if the labels withhold the factors, or it cannot be kept.
    """
    first = next(iter(source.manifest["splits"]))
    known, place = progress.opened(source, first, cache), place_of(source, first, cache)
    with progress.bar("training a reader", reader.STEPS) as advance:
        return reader.kept(place, known, source.manifest, reader.STEPS, device=machine.pick(device), progress=advance)
