"""What is measured of a method: how often its answers fail, and what its answers are worth to a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cdm import metrics
from cdm.data import pairs as data
from cdm.data import shards
from cdm.data.images import to_bytes
from cdm.data.pairs import Pairs
from cdm.evaluation import reader
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model, abducted
from cdm.scm.codes import Code

OBJECT, BACKGROUND = 0, 1
ROWS = 1000  # images of a training split that a classifier sees, besides as many others
SEEDS = (0, 1, 2)  # of classifiers
_STEPS = 600  # of each
_AT_ONCE = 250


@dataclass(frozen=True)
class Judge:
    """A reader of object and background, trained where the two do not agree more often than by chance.

    Attributes:
        network: of all factors.
    """

    network: reader.Reader

    def levels(self, images: Any) -> tuple[Any, Any]:
        """Object and background, as levels ``(n,)``, in images ``(n, size, size, 3)`` uint8."""
        levels = read(self.network, images)
        return levels[:, OBJECT], levels[:, BACKGROUND]


def judge(home: Path, folder: str, cache: Path) -> Judge:
    """The judge of all levels: a reader of the data without a correlation."""
    source = shards.read(str(home / folder))
    known = data.load(source, "train", cache)
    return Judge(reader.kept(data.place_of(source, "train", cache), known, source.manifest))


def failures(judged: Judge, answers: Any, test: Pairs, rows: int) -> dict[str, Any]:
    """How often answers to a do on the object alone, or on the background alone, fail.

    Args:
        judged: who reads them.
        answers: ``(rows, size, size, 3)`` uint8.
        test: the split that was asked about.
        rows: how many of its first samples.

    Returns:
        For each of the two the share of answers in which it is ``not set``, in which the other ``moved``, and in which
        either is so; and how many there are.
    """
    arrays = {name: np.array(array[:rows]) for name, array in test.arrays.items()}
    mask = arrays["do_mask"] > 0
    seen = dict(zip((OBJECT, BACKGROUND), judged.levels(answers), strict=True))
    found: dict[str, Any] = {}
    for name, target, other in (("object", OBJECT, BACKGROUND), ("background", BACKGROUND, OBJECT)):
        asked = mask[:, target] & (mask.sum(axis=1) == 1)
        unset = seen[target][asked] != arrays["do_value"][asked, target]
        moved = seen[other][asked] != arrays["factors"][asked, other]
        shares = {"not set": unset, "other moved": moved, "failed": unset | moved}
        found[name] = {**{what: float(there.mean()) for what, there in shares.items()}, "answers": int(asked.sum())}
    return found


def turned(known: Pairs) -> Any:
    """The first rows of a training split in which the background alone was set, and not to what it was."""
    mask, values, factors = (np.array(known.arrays[name]) for name in ("do_mask", "do_value", "factors"))
    alone = (mask[:, BACKGROUND] > 0) & (mask.sum(axis=1) == 1)
    return np.nonzero(alone & (values[:, BACKGROUND] != factors[:, BACKGROUND]))[0][:ROWS]


def others(known: Pairs, rows: Any) -> Any:
    """As many further rows, in whose factual images nobody set anything: the first that are not among ``rows``."""
    return np.setdiff1d(np.arange(2 * len(rows)), rows)[: len(rows)]


def made(model: Model, known: Pairs, rows: Any) -> Any:
    """What a model answers to the dos of these rows, as bytes."""
    parts = []
    for some in torch.split(torch.from_numpy(rows), _AT_ONCE):
        batch = known.batch(some)
        do = DoTable(batch["do_mask"], batch["do_value"])
        parts.append(to_bytes(model.predict(abducted(model, batch), do)))
    return torch.cat(parts).numpy()


def worth(images: Sequence[Any], labels: Sequence[Any], known: Pairs, test: Pairs) -> dict[str, Any]:
    """What classifiers of the object reach on images in which it says nothing of the background.

    Args:
        images, labels: parts of the training set: ``(n, size, size, 3)`` uint8, and the objects ``(n,)``.
        known: whose object is classified.
        test: whose images are asked about.

    Returns:
        Accuracy of each seed, over all and in the group of object and background that fares worst.
    """
    code = Code(known.code.factors[OBJECT : OBJECT + 1])
    told = Pairs(code, {"image": np.concatenate(images), "factors": np.concatenate(labels)[:, None]})
    asked, truth = np.array(test.arrays["image"]), np.array(test.arrays["factors"])
    groups = [f"object {a:g}, background {b:g}" for a, b in truth[:, [OBJECT, BACKGROUND]]]
    found = []
    for seed in SEEDS:
        network = reader.fit(told, steps=_STEPS, seed=seed)
        found.append(metrics.worst_group(read(network, asked)[:, 0] == truth[:, OBJECT], groups))
    return {"worst": [one["worst"] for one in found], "mean": [one["mean"] for one in found]}


def read(network: reader.Reader, images: Any) -> Any:
    """What a reader sees in images ``(n, size, size, 3)`` uint8, to the nearest whole number."""
    parts = torch.split(torch.from_numpy(np.array(images)), _AT_ONCE)
    return torch.cat([network.encode(part) for part in parts]).round().numpy()
