"""Questions to a trained model: sample, counterfactual, traverse, encode, effect."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdm.cli import options, paths
from cdm.errors import CdmError

if TYPE_CHECKING:
    from torch import Tensor

    from cdm.data.pairs import Pairs
    from cdm.models.protocol import Model

_RUN = click.argument("run", type=paths.ANY)
_DATA = click.option(
    "--data", type=paths.DATA, required=True, help="Directory or URL of the shards that hold the factual images."
)
_SPLIT = click.option("--split", default="test", help="Their split.")
_PICTURE = paths.output(".png", "the picture", required=True, help="PNG file to write.")
_TABLE = paths.output(".csv", "the table", required=True, help="CSV file to write.")
_CACHE = options.cache("decoded shards")
_FEW = 8  # images of a picture
_SEED = click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the noise.")


@click.command()
@_RUN
@options.do("An intervention.")
@click.option("--n", type=click.IntRange(1, 1000), default=16, help="How many images.")
@_SEED
@_PICTURE
@options.DEVICE
def sample(run: Path, dos: tuple[str, ...], n: int, seed: int, out: Path, device: str) -> None:
    """Draw images, under interventions or none.

    One seed is one noise, whatever the interventions.
    """
    import torch

    from cdm.models import interventions
    from cdm.runs import pictures

    trained = _model(run, device, "sample")
    images = trained.sample(interventions.parse(trained.code, dos), n, seed)
    name = _titled(",".join(dos)) if dos else "observed"
    rows = [(name if k == 0 else "", part) for k, part in enumerate(torch.split(images, 8))]
    pictures.write(out, pictures.grid(rows))


@click.command()
@_RUN
@_DATA
@options.do("One step of a sequence.", required=True)
@click.option("--n", type=click.IntRange(1, 100), help="How many images.  [default: 8, or all if there are fewer]")
@click.option("--guidance", type=float, default=1.0, help="Strength of what the targets and their descendants say.")
@click.option(
    "--mask",
    default="none",
    metavar="none|difference|attention|both",
    help="What keeps an inversion from changing more.",
)
@click.option(
    "--route",
    metavar="reference|inversion",
    help="Draw over the image, or from its noise.  [default: by the training]",
)
@click.option(
    "--answers", type=click.IntRange(1, 32), default=1, help="Answers to the last --do, and where they differ."
)
@_SPLIT
@_PICTURE
@_CACHE
@options.DEVICE
def counterfactual(
    run: Path,
    data: str,
    dos: tuple[str, ...],
    n: int | None,
    guidance: float,
    mask: str,
    route: str | None,
    answers: int,
    split: str,
    out: Path,
    cache: Path | None,
    device: str,
) -> None:
    """Draw what images of DATA would have been under a do.

    Each further --do comes on top of those before it: what was set stays set until another --do sets the same factor.
    What a do uncovers is not determined: further --answers show what else it may be, and a map how far they are apart,
    white where most.
    """
    from cdm.models import interventions, protocol
    from cdm.runs import pictures

    trained, done = _model(run, device, "counterfactual"), dict[str, float]()
    told = [interventions.parse(trained.code, (text,)) for text in dos]
    how = protocol.options(trained, guidance, mask, route, where=run)
    if answers > 1:
        protocol.require(trained, "answers", where=run)
    batch = _batch(data, split, None if n is None else range(n), cache, trained)
    count = len(batch["image"])
    abduction, rows = protocol.abducted(trained, batch), [("factual", batch["image"])]
    for text, do in zip(dos, told, strict=True):
        done |= do
        rows.append((_titled(text), trained.predict(abduction, trained.table(done, count), **how)))
    table = trained.table(done, count)
    more = [trained.predict(abduction, table, **how, **{"seed": seed}) for seed in range(1, answers)]
    rows += [(f"answer {seed}", images) for seed, images in enumerate(more, 2)]
    if more:
        rows.append(("where they\ndiffer", pictures.spread([rows[len(dos)][1], *more])))
    pictures.write(out, pictures.grid(rows))


@click.command()
@_RUN
@_DATA
@click.option("--row", type=click.IntRange(0), default=0, help="Which sample of the split.")
@click.option("--steps", type=click.IntRange(2, 30), default=8, help="Values a factor.")
@_SPLIT
@_PICTURE
@_CACHE
@options.DEVICE
def traverse(
    run: Path, data: str, row: int, steps: int, split: str, out: Path, cache: Path | None, device: str
) -> None:
    """Draw one image under a do on each factor in turn.

    Each goes from one end of its range to the other; the image itself stands above them.
    """
    import torch

    from cdm.models import protocol
    from cdm.runs import pictures

    trained = _model(run, device, "counterfactual")
    batch = _batch(data, split, range(row, row + 1), cache, trained)
    abduction = protocol.abducted(trained, batch)
    rows: list[tuple[str, Tensor]] = [("factual", batch["image"])]
    columns: list[list[str]] = [[]]
    for factor in trained.code.factors:
        values = factor.domain.stretch(steps)
        images = [trained.predict(abduction, trained.table({factor.name: value}, 1)) for value in values]
        rows.append((f"do({factor.name})", torch.cat(images)))
        columns.append([factor.domain.spell(value) for value in values])
    pictures.write(out, pictures.grid(rows, captions=columns))


@click.command()
@_RUN
@_DATA
@_SPLIT
@_TABLE
@_CACHE
@options.DEVICE
def encode(run: Path, data: str, split: str, out: Path, cache: Path | None, device: str) -> None:
    """Write the factors that a model reads in images, as CSV.

    They are in their units, a line an image of DATA.
    """
    import torch

    from cdm.data import files

    trained = _model(run, device, "encode")
    pairs = _pairs_of(data, split, cache, trained)
    with files.replacing(out) as there, there.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["index", *trained.code.names])
        for rows in torch.split(torch.arange(len(pairs)), 500):
            images = pairs.batch(rows, trained.device)["image"]
            for index, values in zip(rows, trained.encode(images), strict=True):
                table.writerow([int(index), *(f"{float(value):.6g}" for value in values)])


@click.command()
@_RUN
@click.option("--of", "cause", required=True, metavar="FACTOR", help="What is intervened on.")
@click.option("--on", "outcome", required=True, metavar="FACTOR", help="What is looked at.")
@click.option("--from", "low", help="First value of the cause.  [default: a quarter up its range]")
@click.option("--to", "high", help="Second value of the cause.  [default: three quarters up its range]")
@click.option("--n", type=click.IntRange(2), default=10_000, help="Draws from the model.")
@_SEED
@options.DEVICE
def effect(
    run: Path, cause: str, outcome: str, low: str | None, high: str | None, n: int, seed: int, device: str
) -> None:
    """Print the average effect of a factor on another.

    It is E[outcome | do(high)] - E[outcome | do(low)]. Of a circular outcome it is the turn of the mean direction, of a
    categorical one the change of each level's probability. The error is 1.96 standard errors.
    """
    from cdm.models import effects
    from cdm.scm.domains.records import measured

    trained = _model(run, device, "factors")
    factor = trained.code.factors[trained.code.index(cause)]
    start, end = (factor.read(t) if t else q for t, q in zip((low, high), factor.domain.apart(), strict=True))
    for change in effects.average(trained, cause, outcome, start, end, n, seed):
        unit = measured(change.unit)
        for value, mean in ((start, change.low), (end, change.high)):
            click.echo(f"do({cause} = {factor.domain.spell(value)}): mean {change.quantity} {mean:.5g}{unit}")
        click.echo(f"average effect {change.difference:.5g} +- {1.96 * change.error:.2g}{unit}")


COMMANDS = (sample, counterfactual, traverse, encode, effect)


def _model(run: Path, device: str, answer: str) -> Model:
    """A model that answers a question; what must be known of its answers is said."""
    from cdm.runs import models
    from cdm.training import machine

    trained = models.answering(run, answer)[1]
    if trained.note:
        click.echo(f"cdm: {run}: {trained.note}", err=True)
    return trained.to(machine.pick(device))


def _batch(data: str, split: str, rows: range | None, cache: Path | None, trained: Model) -> dict[str, Tensor]:
    """Samples of a split; the first few if nobody says which."""
    import torch

    pairs = _pairs_of(data, split, cache, trained)
    rows = range(min(_FEW, len(pairs))) if rows is None else rows
    if rows.stop > len(pairs):
        raise CdmError(f"{data}: split {split} has {len(pairs)} samples, not {rows.stop}")
    return pairs.batch(torch.tensor(rows), trained.device)


def _pairs_of(data: str, split: str, cache: Path | None, trained: Model) -> Pairs:
    """Images of the kind that a model was trained on."""
    from cdm.data import shards
    from cdm.runs import progress

    pairs = progress.opened(shards.read(data, trained.code.frames - 1), split, cache)
    if pairs.size != trained.size:
        raise CdmError(f"{data}: images of {pairs.size} pixels a side; the model was trained on {trained.size}")
    if pairs.code.data() != trained.code.data():
        raise CdmError(f"{data}: other factors than the model was trained on ({', '.join(trained.code.names)})")
    return pairs


def _titled(text: str) -> str:
    """A do as the title of a row, a line a factor."""
    return "do(" + ",\n".join(part.strip() for part in text.split(",")) + ")"
