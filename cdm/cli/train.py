"""Commands that take long: train, evaluate."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.errors import CdmError, Interrupted

if TYPE_CHECKING:
    from torch import Tensor

    from cdm.training.run import Run

_CACHE = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where decoded shards are kept. [default: ~/.cache/cdm]",
)
_DEVICE = click.option("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps.")


@click.command()
@click.argument("data")
@click.option(
    "-o", "--out", type=click.Path(file_okay=False, path_type=Path), help="Directory of the run. [default: runs/NAME]"
)
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
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any other option of cdm.config.Config.")
@click.option("--precision", help="fp32, bf16 or fp16: of encoder and denoiser in training.")
@click.option("--tensorboard/--no-tensorboard", default=None, help="Write events. [default: if tensorboard is there]")
@click.option("--dry-run", is_flag=True, help="Print the configuration, parameters, and the time and memory to expect.")
@click.option("--force", is_flag=True, help="Begin anew, whatever the directory holds.")
@_DEVICE
@_CACHE
def train(
    data: str,
    out: Path | None,
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
    from cdm.evaluation.verdicts import known
    from cdm.runs import estimate, progress
    from cdm.training import machine
    from cdm.training import run as running

    told = config.make(preset, seed=seed, **changes, **_settings(settings))
    source = shards.read(data)
    out = out or Path("runs") / source.manifest["name"]
    pairs = progress.opened(source, split, cache)
    graph, given = source.manifest["graph"], None
    if told.graph == "given" and graph is not None:
        given = _matrix(graph)
    run = running.start(pairs, told, None if dry_run else out, machine.pick(device), given)
    if dry_run:
        click.echo(json.dumps(told.data(), indent=2))
        click.echo(estimate.spell(estimate.estimate(run), run.device, out))
        return
    run.told["data"] = {key: source.manifest[key] for key in ("name", "digest", "spec_hash")}
    run.told["data"]["graph"] = known(None if told.supervision == "unknown" else graph)
    truth = None if graph is None or told.supervision == "unknown" else _truth(graph)
    began = time.monotonic()
    if _train(run, out, force, truth, tensorboard) and not machine.rank():
        click.echo(f"{out}: trained in {time.monotonic() - began:.0f} s; edges: {_spell(run, graph)}")


def _train(run: Run, out: Path, force: bool, truth: Tensor | None, events: bool | None) -> bool:
    """Train a run from where its directory stands; False if it is trained already."""
    from cdm.models import checkpoint
    from cdm.runs import journal, lock
    from cdm.training import machine, phases, train
    from cdm.training import run as running

    alone = machine.rank() == 0  # of several processes the first alone writes
    with lock.held(out) if alone else contextlib.nullcontext():
        if force:
            (out / checkpoint.FILE).unlink(missing_ok=True)
        elif running.resume(run) and run.phase == len(phases.PHASES):
            click.echo(f"{out}: trained already; --force begins anew")
            return False
        checkpoint.clean(out)
        try:
            with journal.kept(run, out, truth, events) if alone else contextlib.nullcontext():
                train.fit(run)
        except KeyboardInterrupt as error:
            kept = f"{out} keeps what was done, the same command goes on" if run.saved else "nothing was kept yet"
            raise Interrupted(f"interrupted {error or f'in phase {phases.PHASES[run.phase]}'}; {kept}") from None
    return True


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", required=True, help="Directory or URL of the shards.")
@click.option("--split", default="test", help="Split to score on.")
@click.option("--samples", type=click.IntRange(1), default=500, help="Samples of the split.")
@click.option("--guidance", type=float, default=1.0, help="Strength of what the targets and their descendants say.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON file. [default: RUN/evaluation.json]"
)
@_DEVICE
@_CACHE
def evaluate(
    run: Path, data: str, split: str, samples: int, guidance: float, out: Path | None, device: str, cache: Path | None
) -> None:
    """Score a model on DATA: graph, factors, and counterfactual pixels against the true ones."""
    from cdm.data import shards
    from cdm.evaluation import evaluate
    from cdm.models import checkpoint
    from cdm.runs import files, progress
    from cdm.training import machine

    device = machine.pick(device)
    source, model = shards.read(data), checkpoint.load(run).to(device)
    pairs = progress.opened(source, split, cache)
    evaluate.check(model, pairs)
    known = progress.opened(source, next(iter(source.manifest["splits"])), cache)
    graph, steps = source.manifest["graph"], evaluate.REGRESSOR_STEPS
    with progress.bar("training a regressor", steps) as advance:
        regressor = evaluate.reader(known, steps, device=device, progress=advance)
    with progress.bar("counterfactuals", min(samples, len(pairs))) as advance:
        told = evaluate.evaluate(model, pairs, regressor, graph, samples, guidance, advance)
    with files.replacing(out or run / "evaluation.json") as file:
        file.write(json.dumps(told, indent=1) + "\n")
    click.echo("\n".join(table(told)))


COMMANDS = (train, evaluate)


def table(told: dict[str, Any]) -> Iterator[str]:
    """What an evaluation found, for people."""
    if "graph" in told:
        yield "graph        " + "  ".join(f"{name} {value:g}" for name, value in told["graph"].items())
    if "matching" in told:
        yield "matched      " + ", ".join(f"{mine} = {name}" for mine, name in told["matching"].items())
    yield f"latents      MCC {told['MCC']:.4f}  R2 " + " ".join(f"{r:.4f}" for r in told["R2"])
    yield f"{'L1':13}{'all':>9}{'changed':>9}{'unchanged':>11}"
    for name, row in told["L1"].items():
        yield f"  {name:11}{row['all']:9.4f}{row['changed']:9.4f}{row['unchanged']:11.4f}"
    yield f"composition {told['composition']:.4f}  reversibility {told['reversibility']:.4f}"
    yield f"{'effectiveness':16}{'model':>9}{'regressor':>11}"
    for name, mine, own in zip(told["factors"], told["effectiveness"], told["regressor"], strict=True):
        yield f"  {name:22}{mine:9.4f}{own:9.4f}"


def _settings(texts: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CdmError(f"--set {text}: write NAME=VALUE")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _matrix(graph: dict[str, Any]) -> Any:
    import torch

    from cdm.scm.graph import topological

    adjacency = torch.tensor(graph["adjacency"]["directed"])
    try:
        topological(adjacency)
    except ValueError as error:
        raise CdmError(f"graph 'given': the manifest's graph has {error}") from None
    return adjacency


def _truth(graph: dict[str, Any]) -> Tensor:
    import torch

    return torch.tensor(graph["adjacency"]["directed"])


def _spell(run: Run, graph: dict[str, Any] | None) -> str:
    from cdm.evaluation.verdicts import known, verdicts
    from cdm.scm.graph import distance
    from cdm.training import stages

    told = ", ".join(f"{a} -> {b}" for a, b in stages.edges(run.model)) or "none"
    if run.config.supervision == "unknown":
        return f"{told} (which is which of the manifest's factors is for `cdm evaluate` to match)"
    if graph is None:
        return told
    adjacency, truth = run.model.adjacency.cpu(), known(graph)
    undecided = adjacency.new_tensor(run.told["graph"]["undecided"]) if "graph" in run.told else adjacency * 0
    said = verdicts(run.model.code.names, adjacency, undecided, truth) if truth else ()
    lines = "".join(f"\n  {line}" for line in said)
    return f"{told} (SHD {distance(adjacency, _truth(graph))} to the manifest's graph){lines}"
