"""Where no value is told, and where not even the target is: codes without sign, level or name, matched with factors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from page import LEVEL_SETS, LEVEL_STEPS, LEVELS
from sets import ENCODER_ONLY, SEEDS, asked, built, machine, trained


def levels(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """SHD and MCC where no value is told, and where not even the target is; codes are matched to factors."""
    for seed in SEEDS:
        for name in LEVEL_SETS:
            for level in LEVELS:
                key = f"{name}, {level}, seed {seed}"
                if key in kept["levels"] or not asked(key, only):
                    continue
                settings = {"supervision": level, "seed": seed, "encoder_steps": LEVEL_STEPS, **ENCODER_ONLY}
                begun, graph, seconds = trained(built(name, home), home, "quick", **settings)
                kept["levels"][key] = {**_read(begun, graph, home / name, home), "seconds": round(seconds), **machine()}
                save(key)


def _read(begun: Any, graph: dict[str, Any], where: Path, home: Path) -> dict[str, Any]:
    """Scores of what is read in training pairs that were held out."""
    import torch

    from cdm.data import pairs as data
    from cdm.data import shards

    model = begun.model.eval()
    pairs = data.load(shards.read(str(where)), "train", home / "cache")  # with what the level may not read
    batch = pairs.batch(torch.arange(len(pairs) - begun.source.held_out, len(pairs))[:1000])
    with torch.no_grad():
        z = torch.cat([model.encoder(images) for images in torch.split(batch["image"], 200)])
    return matched(model, z, pairs.code, batch["factors"], torch.tensor(graph["adjacency"]["directed"]))


def matched(model: Any, z: Any, code: Any, factors: Any, truth: Any) -> dict[str, Any]:
    """Scores of a model's codes and graph under the best matching.

    A code is compared with a factor by the coefficient of multiple correlation with what the factor is coded as: that
    is blind to a mirrored number, a turned angle and permuted levels, none of which such a level can know.

    Args:
        model: whose codes they are; where it names its factors, each is compared with its own.
        z: codes ``(n, width)`` of images.
        code: the true factors.
        factors: their codes, ``(n, width)``.
        truth: the true graph ``(d, d)``.
    """
    import torch

    from cdm.evaluation import matching
    from cdm.evaluation.metrics.graphs import graph_scores
    from cdm.evaluation.metrics.unnamed import plain
    from cdm.metrics import multiple_correlations

    blocks = [[*range(block.start, block.stop)] for block in model.code.blocks]
    r = torch.tensor(multiple_correlations(z.double().numpy(), code.decode(factors).numpy(), plain(code), blocks))
    order = matching.best_order(r) if "order" in model.untold else tuple(range(len(r)))
    each = [float(r[k, j]) for k, j in enumerate(order)]
    names = {mine: code.names[j] for mine, j in zip(model.code.names, order, strict=True)}
    scores = graph_scores(model.adjacency, truth[list(order)][:, list(order)])
    return {**scores, "MCC": sum(each) / len(each), "correlations": each, "matching": names}
