"""Training a model on shards."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.cli import options, paths

if TYPE_CHECKING:
    from cdm.models.protocol import Job, Model


@click.command()
@click.argument("data", type=paths.DATA)
@click.option(
    "-o",
    "--out",
    type=paths.FOLDER,
    help="Directory of the run.  [default: runs/NAME or runs/NAME-MODEL]",
)
@click.option("--model", default="causal_diffusion", metavar="KIND", help="The kind of model; cdm options lists all.")
@options.preset("How long and how large.")
@click.option("--split", default="train", help="Split to train on.")
@click.option("--lags", type=int, default=0, help="Of clips: frames before each that are read, too; 1.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of everything random.")
@options.of_config("supervision", "What is read; targets: no values of dos, unknown: nothing but pairs.")
@options.of_config("labelled", "Share of rows whose factors `labels` may read.")
@options.of_config("graph", "How the graph is learned, or given: the manifest's.")
@options.of_config("conditioning", "How factors reach the denoiser.")
@options.of_config("prediction", "What the denoiser predicts.")
@options.of_config("denoiser", "The network that draws.")
@options.of_config("training", "One part after the other, or everything at once from the graph on.")
@options.of_config("latents", "What codes are read from: an encoder, or the bottleneck of a denoiser.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any other setting: cdm options KIND.")
@options.of_config("precision", "Of encoder and denoiser in training.")
@click.option("--tensorboard/--no-tensorboard", default=None, help="Write events.  [default: if tensorboard is there]")
@click.option("--dry-run", is_flag=True, help="Print the configuration, parameters, and the time and memory to expect.")
@click.option("--force", is_flag=True, help="Begin anew, whatever the directory holds.")
@options.DEVICE
@options.cache("decoded shards")
def train(
    data: str,
    out: Path | None,
    model: str,
    preset: str,
    split: str,
    lags: int,
    seed: int,
    settings: tuple[str, ...],
    tensorboard: bool | None,
    dry_run: bool,
    force: bool,
    device: str,
    cache: Path | None,
    **changes: Any,
) -> None:
    """Train a model on DATA; a run that was interrupted goes on.

    What is said below of --supervision to --precision holds of causal_diffusion; `cdm options KIND` says what another
    kind may be told.
    """
    from cdm.runs import progress

    what = f"training a model {model} on {split} of {data}, preset {preset}"
    if sys.stderr.isatty():  # at once: torch takes seconds
        progress.say(what)
    from cdm import config
    from cdm.data import shards
    from cdm.models import protocol
    from cdm.runs import models
    from cdm.training import machine

    entry = protocol.named(model)
    chosen = {"seed": seed, **changes, **options.assigned(settings)}
    told = config.chosen(entry.config, entry.presets, preset, chosen)
    source = shards.read(data, lags)
    out = out or Path("runs") / (source.manifest["name"] + ("" if model == protocol.USUAL else f"-{model}"))
    pairs = progress.opened(source, split, cache)
    note = _noting(data) if machine.rank() == 0 else (lambda text: None)
    job = protocol.Job(pairs, source.manifest, machine.pick(device), out, force, tensorboard, note=note)
    if dry_run:
        cost = models.rehearse(model, job, told)
        click.echo("\n".join([json.dumps(asdict(told), indent=2), *([cost] if cost else []), f"into {out}"]))
        return
    if machine.rank() == 0:
        progress.say(f"into {out}" if sys.stderr.isatty() else f"{what}, into {out}")
    began = time.monotonic()
    trained = models.train(model, job, told)
    if machine.rank():
        return
    if trained is None:
        click.echo(f"{out}: trained already; --force begins anew")
    else:
        click.echo(f"{out}: trained in {time.monotonic() - began:.0f} s{_learned(trained, job)}")


COMMANDS = (train,)


def _noting(data: str) -> Callable[[str], None]:
    return lambda text: click.echo(f"cdm: {data}: note: {text}", err=True)


def _learned(trained: Model, job: Job) -> str:
    """The edges of a model that has some, and how they differ from the true ones."""
    from cdm.evaluation.verdicts import known, verdicts
    from cdm.metrics.graphs import shd
    from cdm.models import checkpoint
    from cdm.scm.graph import present

    if trained.graph is None or job.out is None:
        return ""
    frames, names = trained.code.frames, trained.code.names
    adjacency = present(trained.graph.cpu(), frames)
    edges = "; edges: " + (", ".join(f"{names[i]} -> {names[j]}" for i, j in adjacency.nonzero().tolist()) or "none")
    if "order" in trained.untold:
        return f"{edges} (which is which of the manifest's factors is for `cdm evaluate` to match)"
    if job.graph is None:
        return edges
    header, truth = checkpoint.read(job.out)[0], known(job.manifest["graph"])
    undecided = adjacency.new_tensor(header["graph"]["undecided"]) if "graph" in header else adjacency * 0
    said = verdicts(names, adjacency, undecided, truth) if truth else ()
    lines = "".join(f"\n  {line}" for line in said)
    return f"{edges} (SHD {shd(adjacency, present(job.graph, frames))} to the manifest's graph){lines}"
