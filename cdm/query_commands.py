"""Questions to a trained model: sample, counterfactual, traverse, encode, effect, graph."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.errors import CdmError, suggestion

if TYPE_CHECKING:
    from torch import Tensor

    from cdm.model import CausalDiffusionModel

_RUN = click.argument("run", type=click.Path(path_type=Path))
_DATA = click.option("--data", required=True, help="Directory or URL of the shards that hold the factual images.")
_SPLIT = click.option("--split", default="test", help="Their split.")
_OUT = click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
_CACHE = click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Where decoded shards are kept."
)
_DO = click.option("--do", "dos", multiple=True, metavar="FACTOR=VALUE[,...]", help="An intervention.")
_SEED = click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the noise.")


@click.command()
@_RUN
@_DO
@click.option("--n", type=click.IntRange(1, 1000), default=16, help="How many images.")
@_SEED
@_OUT
def sample(run: Path, dos: tuple[str, ...], n: int, seed: int, out: Path) -> None:
    """Draw images, under interventions or none; one seed is one noise, whatever the interventions."""
    import torch

    from cdm import checkpoint, model, pictures

    trained = checkpoint.load(run)
    images = trained.do(model.parse_do(trained.code, dos)).sample(n, seed)
    name = f"do({', '.join(dos)})" if dos else "observed"
    pictures.write(
        out, pictures.grid([(name if k == 0 else "", part) for k, part in enumerate(torch.split(images, 8))])
    )


@click.command()
@_RUN
@_DATA
@click.option("--do", "dos", multiple=True, required=True, metavar="FACTOR=VALUE[,...]", help="One step of a sequence.")
@click.option("--n", type=click.IntRange(1, 100), default=8, help="How many images.")
@click.option("--guidance", type=float, default=1.0, help="Strength of what the targets and their descendants say.")
@_SPLIT
@_OUT
@_CACHE
def counterfactual(
    run: Path, data: str, dos: tuple[str, ...], n: int, guidance: float, split: str, out: Path, cache: Path | None
) -> None:
    """Draw what images of DATA would have been; each further --do starts from the answer before."""
    from cdm import checkpoint, model, pictures

    trained = checkpoint.load(run)
    images = _images(data, split, n, cache, trained)
    rows = [("factual", images)]
    for text in dos:
        images = trained.counterfactual(images, model.parse_do(trained.code, (text,)), guidance=guidance)
        rows.append((f"do({text})", images))
    pictures.write(out, pictures.grid(rows))


@click.command()
@_RUN
@_DATA
@click.option("--row", type=click.IntRange(0), default=0, help="Which sample of the split.")
@click.option("--steps", type=click.IntRange(2, 30), default=8, help="Values a factor.")
@_SPLIT
@_OUT
@_CACHE
def traverse(run: Path, data: str, row: int, steps: int, split: str, out: Path, cache: Path | None) -> None:
    """Draw one image under a do on each factor in turn, from one end of its range to the other."""
    import torch

    from cdm import checkpoint, pictures

    trained = checkpoint.load(run)
    image = _images(data, split, row + 1, cache, trained)[row:]
    believed, rows = trained.abduct(image), []
    for i, factor in enumerate(trained.code.factors):
        low, high = (0.0, len(factor.levels) - 1.0) if factor.levels else (factor.low, factor.high)
        values = torch.linspace(low, high, min(steps, len(factor.levels) or steps))
        mask = torch.zeros(1, len(trained.code.factors))
        mask[:, i] = 1
        found = []
        for value in values:
            code = torch.zeros(1, trained.code.width)
            code[:, trained.code.blocks[i]] = factor.encode(value[None])
            found.append(trained.imagine(believed, mask, code))
        rows.append((f"do({factor.name})", torch.cat(found)))
    pictures.write(out, pictures.grid(rows))


@click.command()
@_RUN
@_DATA
@_SPLIT
@_OUT
@_CACHE
def encode(run: Path, data: str, split: str, out: Path, cache: Path | None) -> None:
    """Write the factors that the model reads in the images of DATA, as CSV in their units."""
    import torch

    from cdm import checkpoint, shards
    from cdm import data as loading

    trained = checkpoint.load(run)
    pairs = loading.load(shards.read(data), split, cache)
    temporary = out.with_name(f".{out.name}.tmp")
    with temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["index", *trained.code.names])
        for rows in torch.split(torch.arange(len(pairs)), 500):
            for index, values in zip(rows, trained.encode(pairs.batch(rows)["image"]), strict=True):
                table.writerow([int(index), *(f"{float(value):.6g}" for value in values)])
    temporary.replace(out)


@click.command()
@_RUN
@click.option("--of", "cause", required=True, metavar="FACTOR", help="What is intervened on.")
@click.option("--on", "outcome", required=True, metavar="FACTOR", help="What is looked at.")
@click.option("--from", "low", help="First value of the cause. [default: a quarter up its range]")
@click.option("--to", "high", help="Second value of the cause. [default: three quarters up its range]")
@click.option("--n", type=click.IntRange(2), default=10_000, help="Draws from the model.")
@_SEED
def effect(run: Path, cause: str, outcome: str, low: str | None, high: str | None, n: int, seed: int) -> None:
    """Print the average effect of a factor on another: E[outcome | do(high)] - E[outcome | do(low)]."""
    from cdm import checkpoint

    trained = checkpoint.load(run)
    factor, watched = (trained.code.factors[trained.code.index(name)] for name in (cause, outcome))
    span = factor.high - factor.low
    ends = [factor.read(t) if t else factor.low + span * q for t, q in ((low, 0.25), (high, 0.75))]
    ends = [round(end) for end in ends] if factor.levels else ends
    column = trained.code.index(outcome)
    a, b = (trained.code.decode(trained.do({cause: end}).sample_codes(n, seed))[:, column] for end in ends)
    difference = b - a
    error = float(difference.std()) / n**0.5
    click.echo(f"do({cause} = {ends[0]:g}): mean {outcome} {float(a.mean()):.5g}, std {float(a.std()):.3g}")
    click.echo(f"do({cause} = {ends[1]:g}): mean {outcome} {float(b.mean()):.5g}, std {float(b.std()):.3g}")
    click.echo(f"average effect {float(difference.mean()):.5g} +- {1.96 * error:.2g} {watched.unit}")


@click.command()
@_RUN
@click.option("-f", "--format", "form", default="text", help="text, dot or json.")
def graph(run: Path, form: str) -> None:
    """Print the graph that the model learned, and how sure it is of each edge."""
    from cdm import checkpoint

    writers = {"text": _text, "dot": _dot, "json": _json}
    if form not in writers:
        raise CdmError(f"--format {form}: {suggestion(form, writers)}")
    header, _ = checkpoint.read(run)
    names = [factor["name"] for factor in header["factors"]]
    told = header.get("graph")
    if told is None:
        raise CdmError(f"{run}: its graph was given, not learned, or the run has not come so far")
    click.echo(writers[form](names, told))


COMMANDS = (sample, counterfactual, traverse, encode, effect, graph)


def _images(data: str, split: str, count: int, cache: Path | None, trained: CausalDiffusionModel) -> Tensor:
    import torch

    from cdm import data as loading
    from cdm import shards

    pairs = loading.load(shards.read(data), split, cache)
    if count > len(pairs):
        raise CdmError(f"{data}: split {split} has {len(pairs)} samples, not {count}")
    if pairs.size != trained.size:
        raise CdmError(f"{data}: images of {pairs.size} pixels a side; the model was trained on {trained.size}")
    return pairs.batch(torch.arange(count))["image"]


def _pairs(names: list[str], told: dict[str, Any]) -> list[tuple[str, str, float]]:
    chosen, sure = told["adjacency"], told["probability"]
    d = range(len(names))
    return [(names[i], names[j], sure[i][j]) for i in d for j in d if chosen[i][j]]


def _text(names: list[str], told: dict[str, Any]) -> str:
    lines = [f"{a} -> {b}  ({sure:.2f})" for a, b, sure in _pairs(names, told)]
    open_ = [
        f"{a} ? {b}" for i, a in enumerate(names) for j, b in enumerate(names) if i < j and told["undecided"][i][j]
    ]
    return "\n".join([*(lines or ["no edges"]), *(["undecided: " + ", ".join(open_)] if open_ else [])])


def _dot(names: list[str], told: dict[str, Any]) -> str:
    nodes = [f'  "{name}";' for name in names]
    lines = [f'  "{a}" -> "{b}" [label="{sure:.2f}"];' for a, b, sure in _pairs(names, told)]
    return "\n".join(["digraph learned {", *nodes, *lines, "}"])


def _json(names: list[str], told: dict[str, Any]) -> str:
    return json.dumps({"names": names, **told})
