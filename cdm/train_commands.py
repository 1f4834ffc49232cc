"""Commands that take long: train, evaluate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.errors import CdmError

if TYPE_CHECKING:
    from cdm.run import Run

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
@click.option("--supervision", help="interventions: target and value of each do; labels: the factors, too.")
@click.option("--labelled", type=float, help="Share of rows whose factors `labels` may read.")
@click.option("--graph", help="interventional: learned from the pairs; given: the manifest's.")
@click.option("--conditioning", help="How factors reach the denoiser: mask, gnn, film or none.")
@click.option("--prediction", help="What the denoiser predicts: x0, v or eps.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any other option of cdm.config.Config.")
@click.option("--dry-run", is_flag=True, help="Print the configuration, the parameters and the time it would take.")
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
    dry_run: bool,
    force: bool,
    device: str,
    cache: Path | None,
    **changes: Any,
) -> None:
    """Train a model on DATA; a run that was interrupted goes on."""
    from cdm import checkpoint, config, shards, stages
    from cdm import run as running
    from cdm import train as training

    told = config.make(preset, seed=seed, **changes, **_settings(settings))
    source = shards.read(data)
    out = out or Path("runs") / source.manifest["name"]
    pairs = _open(source, split, cache)
    graph, given = source.manifest["graph"], None
    if told.graph == "given" and graph is not None:
        given = _matrix(graph)
    run = running.start(pairs, told, None if dry_run else out, pick(device), given)
    if dry_run:
        click.echo(json.dumps(told.data(), indent=2))
        _estimate(run)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CdmError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    if force:
        (out / checkpoint.FILE).unlink(missing_ok=True)
    elif running.resume(run) and run.phase == len(training.PHASES):
        click.echo(f"{out}: trained already; --force begins anew")
        return
    run.told["data"] = {key: source.manifest[key] for key in ("name", "digest", "spec_hash")}
    began = time.monotonic()
    with _showing(run, out):
        training.fit(run)
    click.echo(
        f"{out}: trained in {time.monotonic() - began:.0f} s; edges: {_spell(stages.edges(run.model), graph, run)}"
    )


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
    from cdm import checkpoint, evaluate, shards

    source, model = shards.read(data), checkpoint.load(run).to(pick(device))
    pairs = _open(source, split, cache)
    evaluate.check(model, pairs)
    known = _open(source, next(iter(source.manifest["splits"])), cache)
    regressor = evaluate.reader(known, evaluate.REGRESSOR_STEPS, device=pick(device))
    told = evaluate.evaluate(model, pairs, regressor, source.manifest["graph"], samples, guidance)
    path = out or run / "evaluation.json"
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
    click.echo("\n".join(table(told)))


COMMANDS = (train, evaluate)


def table(told: dict[str, Any]) -> Iterator[str]:
    """What an evaluation found, for people."""
    if "graph" in told:
        yield "graph        " + "  ".join(f"{name} {value:g}" for name, value in told["graph"].items())
    yield f"latents      MCC {told['MCC']:.4f}  R2 " + " ".join(f"{r:.4f}" for r in told["R2"])
    yield f"{'L1':13}{'all':>9}{'changed':>9}{'unchanged':>11}"
    for name, row in told["L1"].items():
        yield f"  {name:11}{row['all']:9.4f}{row['changed']:9.4f}{row['unchanged']:11.4f}"
    yield f"composition {told['composition']:.4f}  reversibility {told['reversibility']:.4f}"
    yield f"{'effectiveness':16}{'model':>9}{'regressor':>11}"
    for name, mine, own in zip(told["factors"], told["effectiveness"], told["regressor"], strict=True):
        yield f"  {name:22}{mine:9.4f}{own:9.4f}"


def pick(device: str) -> str:
    """The device that a user means.

    Raises:
        CdmError: if it is not there.
    """
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise CdmError(f"--device {device}: {str(error).splitlines()[0]}") from None
    return device


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


def _open(source: Any, split: str, cache: Path | None) -> Any:
    from cdm import data

    total = sum(shard["samples"] for shard in source.shards(split))
    with _bar(f"reading {split}", total) as advance:
        return data.load(source, split, cache, advance)


def _matrix(graph: dict[str, Any]) -> Any:
    import torch

    from cdm.mechanisms import topological

    adjacency = torch.tensor(graph["adjacency"]["directed"])
    try:
        topological(adjacency)
    except ValueError as error:
        raise CdmError(f"graph 'given': the manifest's graph has {error}") from None
    return adjacency


def _estimate(run: Run) -> None:
    """Time some steps of each phase, with a graph in which everything causes what comes later."""
    import torch

    from cdm import stages

    d = len(run.model.code.factors)
    run.model.set_graph(torch.ones(d, d).triu(1))
    config, total = run.config, 0.0
    for steps, terms in (
        (config.encoder_steps, stages.encoder_terms),
        (config.denoiser_steps, stages.denoiser_terms),
    ):
        began = time.monotonic()
        for step in range(6):
            began = time.monotonic() if step == 1 else began
            torch.stack(list(terms(run, torch.Generator().manual_seed(step)).values())).sum().backward()  # type: ignore[no-untyped-call]
        total += (time.monotonic() - began) / 5 * steps
    counts = {
        name: sum(p.numel() for p in getattr(run.model, name).parameters())
        for name in ("encoder", "mechanisms", "tokens", "unet")
    }
    click.echo("parameters: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    click.echo(f"about {total / 60:.1f} minutes on {run.model.adjacency.device}")


def _spell(edges: list[tuple[str, str]], graph: dict[str, Any] | None, run: Run) -> str:
    told = ", ".join(f"{a} -> {b}" for a, b in edges) or "none"
    return told if graph is None else f"{told} (SHD {_distance(run, graph)} to the manifest's graph)"


def _distance(run: Run, graph: dict[str, Any]) -> int:
    truth = _matrix(graph) > 0
    wrong = (run.model.adjacency.cpu() > 0) != truth
    return int((wrong | wrong.T).triu().sum())


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal's stderr only."""
    import sys

    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)


@contextmanager
def _showing(run: Run, out: Path) -> Iterator[None]:
    """Tell of a run: a line in its log every few steps, and on a terminal a bar with the losses."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    with (out / "log.jsonl").open("a", encoding="utf-8") as file, Progress(*columns, console=console) as bar:
        tasks: dict[str, Any] = {}

        def tell(told: dict[str, Any]) -> None:
            file.write(json.dumps(told) + "\n")
            file.flush()
            name = told["phase"]
            if name == "graph":
                bar.console.print("graph: " + (", ".join(f"{a} -> {b}" for a, b in told["edges"]) or "no edges"))
                return
            tasks.setdefault(name, bar.add_task(name, total=told["steps"]) if name not in tasks else None)
            losses = " ".join(f"{k} {v:.4g}" for k, v in told.items() if k not in ("phase", "step", "steps"))
            bar.update(tasks[name], completed=told["step"], description=f"{name}: {losses}")

        run.log = tell
        yield
