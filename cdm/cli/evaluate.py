"""Scoring a trained model on shards whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdm.cli import options, paths, table

if TYPE_CHECKING:
    from cdm.models.protocol import Model


@click.command()
@click.argument("run", type=paths.ANY)
@click.option("--data", type=paths.DATA, required=True, help="Directory or URL of the shards.")
@click.option("--split", default="test", help="Split to score on.")
@click.option("--samples", type=click.IntRange(1), default=500, help="Samples of the split.")
@click.option("--beside", type=paths.ANY, multiple=True, metavar="RUN", help="Another run whose answers stand beside.")
@click.option("--guidance", type=float, default=1.0, help="Strength of what the targets and their descendants say.")
@paths.output(".json", "the evaluation", help="JSON file.  [default: RUN/evaluation.json]")
@options.DEVICE
@options.cache("decoded shards and the reader")
def evaluate(
    run: Path,
    data: str,
    split: str,
    samples: int,
    beside: tuple[Path, ...],
    guidance: float,
    out: Path | None,
    device: str,
    cache: Path | None,
) -> None:
    """Score a model on DATA, whose truth is known.

    Graph, factors, and counterfactual images against the true ones: what is scored depends on what the model answers,
    and on what DATA tells.
    """
    from cdm.data import files, shards
    from cdm.evaluation import evaluate
    from cdm.models import protocol
    from cdm.runs import models, progress, readers
    from cdm.training import machine

    device = machine.pick(device)
    model = models.finished(run)[1].to(device)
    source = shards.read(data, model.code.frames - 1)
    how = protocol.options(model, guidance, where=run)
    others = _named([models.finished(other)[1].to(device) for other in beside], beside, model)
    for other, where in zip(others.values(), beside, strict=True):
        protocol.require(other, "counterfactual", where=where)
    pairs = progress.opened(source, split, cache)
    for one in (model, *others.values()):
        evaluate.check(one, pairs)
    regressor = None
    if "image_cf" in pairs.arrays:
        regressor = readers.opened(source, cache, device)
    graph = source.manifest["graph"]
    scores = evaluate.evaluate(model, pairs, regressor, graph, samples, others, progress.bar, **how)
    with files.replacing(out or run / "evaluation.json") as there:
        there.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    click.echo("\n".join(table.lines(scores)))


COMMANDS = (evaluate,)


def _named(others: list[Model], runs: tuple[Path, ...], model: Model) -> dict[str, Model]:
    """Models by the names of their rows: their kind, and where that is not enough their directory."""
    kinds = [model.name, *(other.name for other in others)]
    names = [
        kind.replace("_", " ") if kinds.count(kind) == 1 else f"{kind.replace('_', ' ')} ({run.name})"
        for kind, run in zip(kinds[1:], runs, strict=True)
    ]
    return dict(zip(names, others, strict=True))
