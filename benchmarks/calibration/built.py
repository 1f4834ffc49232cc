"""What is found in built data sets: their true codes, with noise of an encoder's size."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from cdm.data import shards
from cdm.data.pairs import Pairs, load
from cdm.discovery import interventional

NOISE = 0.01, 0.02, 0.03  # standard deviation, as a share of the range
PAIRS = 20_000, 500, 100


def measure(folder: Path, cache: Path | None) -> list[dict[str, Any]]:
    """Of each data set below a folder, what is found at each noise in all pairs, and at the middle one in few."""
    rows = list[dict[str, Any]]()
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        source = shards.read(str(place))
        data = load(source, "train", cache)
        if "factors_cf" not in data.arrays:
            continue  # single images
        tries = [(noise, PAIRS[0], 0) for noise in NOISE]
        tries += [(NOISE[1], pairs, seed) for pairs in PAIRS[1:] for seed in range(3)]
        rows += [{"data": place.name, **found(data, source.manifest["graph"]["adjacency"], *each)} for each in tries]
        print([row["shd"] for row in rows[-len(tries) :]], place.name, flush=True)
    return rows


def found(data: Pairs, truth: dict[str, Any], noise: float, pairs: int, seed: int) -> dict[str, Any]:
    """What is found in some pairs of one data set, beside the truth of its manifest."""
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(data), generator=draw)[:pairs]
    sides = [
        data.code.encode(torch.tensor(data.arrays[name][rows.numpy()]).float()) for name in ("factors", "factors_cf")
    ]
    ranges = torch.tensor([1.0 if factor.domain.kind == "categorical" else 2.0 for factor in data.code.factors])
    size = (noise * ranges)[data.code.owner]
    before, after = (side + size * torch.randn(side.shape, generator=draw) for side in sides)
    mask = torch.tensor(data.arrays["do_mask"][rows.numpy()]).float()
    began = time.perf_counter()
    graph = interventional.discover(data.code, before, after, mask, data.code.sums(size.square()[None])[0], seed)
    seconds = time.perf_counter() - began
    directed, hidden = torch.tensor(truth["directed"]) > 0, torch.tensor(truth["bidirected"]) > 0
    assert graph.bidirected is not None  # noqa: S101
    wrong = (graph.adjacency > 0) != directed
    return {
        "noise": noise,
        "pairs": len(rows),
        "seed": seed,
        "edges": int(directed.sum()),
        "shd": _pairs(wrong),
        "undecided": _pairs(graph.undecided > 0),
        "wrong and decided": _pairs(wrong & (graph.undecided == 0)),
        "most probable of wrong edges": round(float(graph.probability[~directed].max()), 3),
        "hidden causes": [round(float(p), 3) for p in graph.bidirected[hidden.triu()]],
        "most probable of wrong hidden causes": round(float(graph.bidirected[~hidden].max()), 3),
        "seconds": round(seconds, 1),
    }


def _pairs(which: torch.Tensor) -> int:
    return int((which | which.T).triu().sum())
