"""Training a model on shards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.cli import paths
from cdm.errors import CdmError

if TYPE_CHECKING:
    from cdm.models.protocol import Job, Model


@click.command()
@click.argument("data", type=paths.DATA)
@click.option(
    "-o",
    "--out",
    type=paths.FOLDER,
    help="Directory of the run. [default: runs/NAME or runs/NAME-MODEL]",
)
@click.option("--model", default="causal_diffusion", help="The kind of model.")
@click.option("--preset", default="standard", help="tiny, quick, standard or full.")
@click.option("--split", default="train", help="Split to train on.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of everything random.")
@click.option("--supervision", help="What is read: interventions, labels, targets (no values) or unknown (pairs).")
@click.option("--labelled", type=float, help="Share of rows whose factors `labels` may read.")
@click.option("--graph", help="interventional, notears, dagma, pc, fci, gies or variational; or given.")
@click.option("--conditioning", help="How factors reach the denoiser: mask, gnn, film or none.")
@click.option("--prediction", help="What the denoiser predicts: x0, v or eps.")
@click.option("--denoiser", help="The network that draws: unet, dit or diffusers.")
@click.option("--training", help="One part after the other (phased), or everything at once from the graph on (joint).")
@click.option("--latents", help="What codes are read from: an encoder, or the bottleneck of a denoiser.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any other option of the kind of model.")
@click.option("--precision", help="fp32, bf16 or fp16: of encoder and denoiser in training.")
@click.option("--tensorboard/--no-tensorboard", default=None, help="Write events. [default: if tensorboard is there]")
@click.option("--dry-run", is_flag=True, help="Print the configuration, parameters, and the time and memory to expect.")
@click.option("--force", is_flag=True, help="Begin anew, whatever the directory holds.")
@click.option("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--cache", type=paths.FOLDER, help="Where decoded shards are kept. [default: ~/.cache/cdm]")
def train(
    data: str,
    out: Path | None,
    model: str,
    preset: str,
    split: str,
    seed: int,
    settings: tuple[str, ...],
    tensorboard: bool | None,
    dry_run: bool,
    force: bool,
    device: str,
    cache: Path | None,
    **changes: Any,
) -> None:
    """Train a model on DATA; a run that was interrupted goes on."""
    from cdm import config
    from cdm.data import shards
    from cdm.models import protocol
    from cdm.runs import models, progress
    from cdm.training import machine

    entry = protocol.named(model)
    chosen = {"seed": seed, **changes, **_settings(settings)}
    options = config.chosen(entry.config, entry.presets, preset, chosen)
    source = shards.read(data)
    out = out or Path("runs") / (source.manifest["name"] + ("" if model == protocol.USUAL else f"-{model}"))
    pairs = progress.opened(source, split, cache)
    note = _noting(data) if machine.rank() == 0 else (lambda text: None)
    job = protocol.Job(pairs, source.manifest, machine.pick(device), out, force, tensorboard, note=note)
    if dry_run:
        cost = models.rehearse(model, job, options)
        click.echo("\n".join([json.dumps(asdict(options), indent=2), *([cost] if cost else []), f"into {out}"]))
        return
    began = time.monotonic()
    trained = models.train(model, job, options)
    if machine.rank():
        return
    if trained is None:
        click.echo(f"{out}: trained already; --force begins anew")
    else:
        click.echo(f"{out}: trained in {time.monotonic() - began:.0f} s{_learned(trained, job)}")


COMMANDS = (train,)


def _settings(texts: tuple[str, ...]) -> dict[str, Any]:
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CdmError(f"--set {text}: write NAME=VALUE")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def _noting(data: str) -> Callable[[str], None]:
    return lambda text: click.echo(f"cdm: {data}: note: {text}", err=True)


def _learned(trained: Model, job: Job) -> str:
    """The edges of a model that has some, and how they differ from the true ones."""
    from cdm.evaluation.verdicts import known, verdicts
    from cdm.metrics.graphs import shd
    from cdm.models import checkpoint

    if trained.graph is None or job.out is None:
        return ""
    adjacency, names = trained.graph.cpu(), trained.code.names
    edges = "; edges: " + (", ".join(f"{names[i]} -> {names[j]}" for i, j in adjacency.nonzero().tolist()) or "none")
    if "order" in trained.untold:
        return f"{edges} (which is which of the manifest's factors is for `cdm evaluate` to match)"
    if job.graph is None:
        return edges
    header, truth = checkpoint.read(job.out)[0], known(job.manifest["graph"])
    undecided = adjacency.new_tensor(header["graph"]["undecided"]) if "graph" in header else adjacency * 0
    said = verdicts(names, adjacency, undecided, truth) if truth else ()
    lines = "".join(f"\n  {line}" for line in said)
    return f"{edges} (SHD {shd(adjacency, job.graph)} to the manifest's graph){lines}"
