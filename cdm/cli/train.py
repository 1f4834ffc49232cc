"""Commands that take long: train, evaluate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.cli import outputs, paths
from cdm.errors import CdmError

if TYPE_CHECKING:
    from cdm.models.protocol import Job, Model

_CACHE = click.option(
    "--cache",
    type=paths.FOLDER,
    help="Where decoded shards are kept. [default: ~/.cache/cdm]",
)
_DEVICE = click.option("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps.")


@click.command()
@click.argument("data", type=paths.DATA)
@click.option(
    "-o",
    "--out",
    type=paths.FOLDER,
    help="Directory of the run. [default: runs/NAME or runs/NAME-MODEL]",
)
@click.option("--model", default="causal_diffusion", help="The kind of model.")
@click.option("--preset", default="standard", help="quick, standard or full.")
@click.option("--split", default="train", help="Split to train on.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of everything random.")
@click.option("--supervision", help="What is read: interventions, labels, targets (no values) or unknown (pairs).")
@click.option("--labelled", type=float, help="Share of rows whose factors `labels` may read.")
@click.option("--graph", help="interventional, notears, dagma, pc, fci or variational: how it is learned; or given.")
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
@_DEVICE
@_CACHE
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


@click.command()
@click.argument("run", type=paths.ANY)
@click.option("--data", type=paths.DATA, required=True, help="Directory or URL of the shards.")
@click.option("--split", default="test", help="Split to score on.")
@click.option("--samples", type=click.IntRange(1), default=500, help="Samples of the split.")
@click.option("--guidance", type=float, default=1.0, help="Strength of what the targets and their descendants say.")
@outputs.option(".json", "the evaluation", help="JSON file. [default: RUN/evaluation.json]")
@_DEVICE
@_CACHE
def evaluate(
    run: Path, data: str, split: str, samples: int, guidance: float, out: Path | None, device: str, cache: Path | None
) -> None:
    """Score a model on DATA: graph, factors, and counterfactual pixels against the true ones.

    What is scored depends on what the model answers, and on what DATA tells.
    """
    from cdm.data import files, shards
    from cdm.evaluation import evaluate, reader
    from cdm.models import protocol
    from cdm.runs import models, progress
    from cdm.training import machine

    device = machine.pick(device)
    source, model = shards.read(data), models.load(run).to(device)
    options = protocol.options(model, guidance, where=run)
    pairs = progress.opened(source, split, cache)
    evaluate.check(model, pairs)
    regressor = None
    if "image_cf" in pairs.arrays:
        known = progress.opened(source, next(iter(source.manifest["splits"])), cache)
        with progress.bar("training a regressor", reader.STEPS) as advance:
            regressor = reader.fit(known, reader.STEPS, device=device, progress=advance)
    with progress.bar("counterfactuals", min(samples, len(pairs))) as advance:
        scores = evaluate.evaluate(model, pairs, regressor, source.manifest["graph"], samples, advance, **options)
    with files.replacing(out or run / "evaluation.json") as there:
        there.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    click.echo("\n".join(table(scores)))


COMMANDS = (train, evaluate)


_IN_TABLE = frozenset(
    ("samples", "factors", "edges", "graph", "matching", "MCC", "correlations", "R2", "effects", "L1", "composition")
) | {"reversibility", "effectiveness", "regressor"}


def table(scores: dict[str, Any]) -> Iterator[str]:
    """What an evaluation found, for people."""
    if "graph" in scores:
        yield "graph        " + "  ".join(f"{name} {value:g}" for name, value in scores["graph"].items())
    if "matching" in scores:
        yield "matched      " + ", ".join(f"{mine} = {name}" for mine, name in scores["matching"].items())
    if "MCC" in scores:
        yield f"latents      MCC {scores['MCC']:.4f}  R2 " + " ".join(f"{r:.4f}" for r in scores["R2"])
    if "L1" in scores:
        yield f"{'L1':13}{'all':>9}{'changed':>9}{'unchanged':>11}"
    for name, row in scores.get("L1", {}).items():
        yield f"  {name:11}{row['all']:9.4f}{row['changed']:9.4f}{row['unchanged']:11.4f}"
    if "composition" in scores:
        yield f"composition {scores['composition']:.4f}  reversibility {scores['reversibility']:.4f}"
    if "effectiveness" in scores:
        yield f"{'effectiveness':16}{'model':>9}{'regressor':>11}"
        for name, mine, own in zip(scores["factors"], scores["effectiveness"], scores["regressor"], strict=True):
            yield f"  {name:22}{mine:9.4f}{own:9.4f}"
    for name, figure in scores.items():
        if name not in _IN_TABLE:
            yield f"{name:12} {_figure(figure)}"


def _figure(figure: Any) -> str:
    """A figure of a metric that has no line of its own: a number, or several with or without names."""
    if isinstance(figure, dict):
        return "  ".join(f"{name} {_figure(value)}" for name, value in figure.items())
    if isinstance(figure, list | tuple):
        return " ".join(map(_figure, figure))
    return f"{figure:.4f}" if isinstance(figure, float) else str(figure)


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
    from cdm.models import checkpoint
    from cdm.scm.graph import distance

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
    return f"{edges} (SHD {distance(adjacency, job.graph)} to the manifest's graph){lines}"
