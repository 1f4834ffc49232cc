"""Can every factor be read from the pixels? A small convolutional regressor says how well.

    python benchmarks/readability.py -o benchmarks/results/readability.json --page docs/reference/readability.md

Names of data sets after the command measure these only; what the file says of others stays. Needs the
extra `cdm` (torch). Trains on 20,000 images of each data set at 64 px, half of them under interventions,
and reports R2 (accuracy for a categorical factor, sine and cosine for a circular one) on 4,000 held-out
factual images and 4,000 held-out images under interventions.

Scenes whose images take long are measured only if they are named: from 8,000 images as a look at them draws them,
with few paths a pixel, on 1,000 and 1,000. What can be read of these can be read of those with less grain.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.render.frame import framed
from scmgen.scene.factor import Factor

TRAIN, TEST, SIZE, BATCH, EPOCHS = 20_000, 4_000, 64, 64, 14
LONG, FEWER, HELD_OUT, MORE = 0.01, 8_000, 1_000, 30  # seconds an image; images and epochs of scenes that take longer


def encode(factor: Factor, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Targets of the regressor: one-hot levels, sine and cosine, or the range mapped to [-1, 1]."""
    low, high = factor.bounds
    if factor.levels:
        return np.eye(len(factor.levels))[values.astype(int)]
    if factor.circular:
        turn = 2 * np.pi * (values - low) / (high - low)
        return np.stack([np.sin(turn), np.cos(turn)], axis=1)
    return (2 * (values - low) / (high - low) - 1)[:, None]


def draw(dataset: Dataset, split: str, n: int, world: str) -> tuple[Tensor, dict[str, NDArray[np.float64]]]:
    """Images and encoded factors of the first n samples of a split, factual or counterfactual."""
    batch = dataset.evaluate(split, 0, n)
    values = batch.twins[0].values if batch.twins and world != "factual" else batch.values
    images = dataset.scene.render(values, SIZE)
    targets = {name: encode(factor, values[name]) for name, factor in dataset.scene.factors.items()}
    return torch.from_numpy(images).permute(0, 3, 1, 2), targets


class Reader(nn.Module):
    """Five strided convolutions with coordinates as extra channels, and a linear head."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        line = torch.linspace(-1, 1, SIZE)
        self.register_buffer("grid", torch.stack(torch.meshgrid(line, line, indexing="ij"))[None])
        widths = [5, 24, 48, 64, 96, 96]
        blocks = [[nn.Conv2d(a, b, 3, 2, 1), nn.GroupNorm(8, b), nn.SiLU()] for a, b in itertools.pairwise(widths)]
        self.body = nn.Sequential(*[layer for block in blocks for layer in block], nn.Flatten())
        self.head = nn.Sequential(nn.Linear(96 * 4, 256), nn.SiLU(), nn.Linear(256, outputs))

    def forward(self, images: Tensor) -> Tensor:
        """Read ``(n, 3, size, size)`` uint8 images: ``(n, outputs)``."""
        pixels = images.float() / 127.5 - 1
        grid = self.grid.expand(len(images), -1, -1, -1)  # type: ignore[operator]
        return self.head(self.body(torch.cat([pixels, grid], dim=1)))


def train(images: Tensor, targets: Tensor, epochs: int, seed: int) -> Reader:
    """Fit by squared error (one-hot levels too), with a one-cycle learning rate."""
    torch.manual_seed(seed)
    model = Reader(targets.shape[1])
    steps = epochs * (len(images) // BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(images))[: len(images) // BATCH * BATCH].view(-1, BATCH):
            loss = nn.functional.mse_loss(model(images[rows]), targets[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def score(
    model: Reader, images: Tensor, targets: dict[str, NDArray[np.float64]], factors: dict[str, Factor]
) -> dict[str, float]:
    """R2 (accuracy for levels) of each factor."""
    outputs = torch.cat([model(part) for part in images.split(500)]).double().numpy()
    scores, column = {}, 0
    for name, factor in factors.items():
        true = targets[name]
        guess = outputs[:, column : column + true.shape[1]]
        column += true.shape[1]
        if factor.levels:
            scores[name] = float((guess.argmax(1) == true.argmax(1)).mean())
        else:
            scores[name] = float(1 - ((guess - true) ** 2).sum() / ((true - true.mean(0)) ** 2).sum())
    return scores


def measure(name: str) -> dict[str, object]:
    """Train on one data set and score it."""
    source = catalogue.find(name)
    long = takes_long(name)
    images, held_out, epochs = (FEWER, HELD_OUT, MORE) if long else (TRAIN, TEST, EPOCHS)
    spec = catalogue.spec(source, n=10 * TRAIN, size=SIZE, interventions=parse("hard"))
    scene = replace(source.scene, renderer=source.scene.renderer.rough()) if long else source.scene
    dataset = compile_spec(spec, scene)
    train_split, test_split = spec.splits[0].name, spec.splits[-1].name
    halves = [draw(dataset, train_split, images // 2, world) for world in ("factual", "counterfactual")]
    targets = np.concatenate([np.concatenate(list(half[1].values()), axis=1) for half in halves])
    began = time.process_time()
    model = train(torch.cat([half[0] for half in halves]), torch.from_numpy(targets).float(), epochs, seed=0)
    factors = dict(dataset.scene.factors)
    scores = {
        world: score(model, *draw(dataset, test_split, held_out, world), factors)
        for world in ("factual", "counterfactual")
    }
    return {
        "spec_hash": spec.hash,
        **({"images": images, "epochs": epochs, "held_out": held_out} if long else {}),
        "cpu_seconds": round(time.process_time() - began),
        "threads": torch.get_num_threads(),
        "load": os.getloadavg()[0],
        "types": {name: kind(factor) for name, factor in factors.items()},
        **scores,
    }


def takes_long(name: str) -> bool:
    """Whether an image of a data set takes long."""
    return catalogue.find(name).scene.renderer.seconds(framed(SIZE)) > LONG


def page(results: dict[str, dict[str, object]]) -> str:
    """The figures as a page."""
    lines = [
        "# Can every factor be read from the pixels?",
        "",
        "Made by `python benchmarks/readability.py -o benchmarks/results/readability.json --page "
        "docs/reference/readability.md`.",
        f"A small convolutional regressor learns from {TRAIN:,} images at {SIZE} px, half of them under interventions;",
        f"the figures are R2 (of sine and cosine for a circular factor), or the accuracy for levels, on {TEST:,}",
        "held-out factual images and as many under a hard do on one factor. Wanted: R2 of 0.98, accuracy of 0.99.",
        *([_RENDERED] if any("images" in result for result in results.values()) else []),
        "",
        "| data set | factor | type | factual | under interventions |",
        "|---|---|---|---|---|",
    ]
    for name, result in results.items():
        for factor, kind in result["types"].items():  # type: ignore[attr-defined]
            seen, after = (result[world][factor] for world in ("factual", "counterfactual"))  # type: ignore[index]
            lines.append(f"| {name} | `{factor}` | {kind} | {seen:.4f} | {after:.4f} |")
    return "\n".join(lines) + "\n"


_RENDERED = (
    f"Of rendered scenes it learns from {FEWER:,} images with few paths a pixel and is tried on {HELD_OUT:,} and "
    f"{HELD_OUT:,}:\nfewer than it takes to read a posture well."
)


def kind(factor: Factor) -> str:
    """What sort of values a factor has."""
    return "levels" if factor.levels else "circular" if factor.circular else "continuous"


def main() -> None:
    """Measure the named data sets and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="data sets; all that take no time to draw if none is named")
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/readability.json"))
    parser.add_argument("--page", type=Path, help="write the figures as a page too")
    options = parser.parse_args()
    settings = {"train": TRAIN, "test": TEST, "size": SIZE, "epochs": EPOCHS}
    known = json.loads(options.out.read_text()) if options.out.exists() else {}
    results = known["results"] if known.get("settings") == settings else {}
    for name in options.names or [name for name in catalogue.entries() if not takes_long(name)]:
        results[name] = measure(name)
        print(name, json.dumps(results[name], indent=2), flush=True)
        results = {entry: results[entry] for entry in catalogue.entries() if entry in results}
        options.out.write_text(json.dumps({"settings": settings, "results": results}, indent=2) + "\n")
    if options.page:
        options.page.write_text(page(results))


if __name__ == "__main__":
    main()
