"""The command line. Each command imports what it needs, so that ``--help`` is quick."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from scmgen import __version__
from scmgen.errors import ScmgenError
from scmgen.terminal import amount, progress

FAULT, MISUSE, INTERRUPTED = 1, 2, 130

_file = click.Path(path_type=Path, dir_okay=False)
_folder = click.Path(path_type=Path, file_okay=False)
_plugins = click.option(
    "--plugin", "plugin_files", multiple=True, type=_file, help="Python file that adds functions or marks."
)
_size = click.option("--size", type=int, help="Pixels a side, 16 to 512.  [default: the recipe's, or 64]")
_set = click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override a parameter of the scene.")
_workers = click.option(
    "-j",
    "--workers",
    type=click.IntRange(1),
    default=lambda: os.cpu_count() or 1,
    help="Processes.  [default: all cores]",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, prog_name="scmgen")
def cli() -> None:
    """Make image data sets whose causes are known.

    A SCENE is the name of a bundled scene or data set (see `scmgen list`) or a path to a YAML file.
    """


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(_say("interrupted; what is complete stays, the same command goes on from there", INTERRUPTED))
    except KeyboardInterrupt:
        sys.exit(_say("interrupted; what is complete stays, the same command goes on from there", INTERRUPTED))
    except click.ClickException as error:
        error.show()
        sys.exit(MISUSE)
    except ScmgenError as error:
        sys.exit(_say(str(error), MISUSE))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(MISUSE)
    except OSError as error:
        sys.exit(_say(f"{error.filename or 'a file'}: {error.strerror or error}", MISUSE))
    sys.exit(status if isinstance(status, int) else 0)


def _say(message: str, status: int) -> int:
    click.echo(f"scmgen: {message}", err=True)
    return status


def _kind(context: click.Context, option: click.Parameter, value: str | None) -> Any:
    """Read KIND while the line is parsed, so that an option that took the scene's name for it says so."""
    from scmgen import interventions

    try:
        return None if value is None else interventions.parse(value)
    except ScmgenError as error:
        hint = "KIND may be left out if SCENE stands first; else write --interventions=hard"
        raise ScmgenError(f"--interventions: {error} ({hint})") from None


def _write(path: Path, data: bytes) -> None:
    from scmgen import files

    try:
        files.write(path, data)
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be written: {error.strerror}") from None


@cli.command("list")
def list_() -> None:
    """List the named data sets and the scenes."""
    from scmgen import catalogue

    click.echo("Data sets (scmgen build NAME):")
    for name, entry in catalogue.entries().items():
        kind = "pairs" if entry.interventions else "images"
        click.echo(f"  {name:<20} {entry.n:>7,} {kind:<6} at {entry.size:>3} px  {entry.description}")
    click.echo("\nScenes:")
    for name, path in catalogue.scenes().items():
        click.echo(f"  {name:<20} {path}")


@cli.command()
@click.argument("file", type=_file)
def new(file: Path) -> None:
    """Write a commented scene to start from."""
    if file.suffix not in (".yaml", ".yml"):
        raise ScmgenError(f"{file}: a scene is a YAML file; call it {file.with_suffix('.yaml')}")
    if file.exists():
        raise ScmgenError(f"{file}: exists already")
    name = re.sub(r"[^a-z0-9_-]", "-", file.stem.lower())[:60].strip("-_") or "scene"
    text = (Path(__file__).parent / "template.yaml").read_text(encoding="utf-8")
    _write(file, text.replace("name: swing", f"name: {name}", 1).encode())
    click.echo(f"{file}: written; now try: scmgen show {file} -o {file.with_suffix('.png')}")


@cli.command()
@click.argument("file", type=_file)
@_plugins
def validate(file: Path, plugin_files: tuple[Path, ...]) -> None:
    """Check a scene file and report what weakens it."""
    from scmgen import plugins, review
    from scmgen.catalogue import load_scene

    plugins.load(plugin_files)
    scene = load_scene(file)
    notes = review.review(scene)
    sizes = f"{len(scene.scm.variables)} variables, {len(scene.factors)} factors, {len(scene.drawing.marks)} marks"
    click.echo(f"{file}: a valid scene: {sizes}")
    for note in notes:
        click.echo(f"  note: {note}")


@cli.command()
@click.argument("scene")
@click.option("-o", "--out", type=_file, help="Write a contact sheet of pairs to this PNG file.")
@click.option("--pairs", type=click.IntRange(1, 400), default=12, help="Pairs on the sheet.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the noise.  [default: the recipe's, or 0]")
@_size
@_set
@_plugins
def show(
    scene: str,
    out: Path | None,
    pairs: int,
    seed: int | None,
    size: int | None,
    settings: tuple[str, ...],
    plugin_files: tuple[Path, ...],
) -> None:
    """Show equations and graph; with -o, draw a contact sheet of factual / counterfactual pairs."""
    from scmgen import graphs, interventions
    from scmgen.dataset import compile_spec

    if out is not None and out.suffix.lower() != ".png":
        raise ScmgenError(f"{out}: the sheet is a PNG file; call it {out.with_suffix('.png')}")
    source, spec = _spec(scene, settings, plugin_files, seed=seed, size=size)
    dataset = compile_spec(
        spec if spec.interventions else spec.model_copy(update={"interventions": interventions.parse("hard")}),
        source.scene,
    )
    if out is None:
        width = max(map(len, source.scene.scm.variables))
        for equation in source.scene.scm.equations:
            click.echo(f"{', '.join(equation.targets):<{width}} := {equation.expression.text}")
        click.echo("\n" + graphs.write(source.scene.factor_graph, "text"))
        return
    import io

    from scmgen.show import contact_sheet

    buffer = io.BytesIO()
    contact_sheet(dataset, pairs).save(buffer, "PNG")
    _write(out, buffer.getvalue())
    click.echo(f"{out}: {pairs} pairs of {source.name}")


@cli.command()
@click.argument("scene")
@click.option(
    "-f",
    "--format",
    "notation",
    type=click.Choice(["text", "dot", "dagitty", "json"]),
    default="text",
    help="Notation.",
)
@_plugins
def graph(scene: str, notation: Any, plugin_files: tuple[Path, ...]) -> None:
    """Print the causal graph of the factors."""
    from scmgen import catalogue, graphs, plugins

    plugins.load(plugin_files)
    click.echo(graphs.write(catalogue.find(scene).scene.factor_graph, notation))


@cli.command()
@click.argument("scene")
@click.option("-o", "--out", type=_folder, help="Directory of the data set.  [default: data/NAME]")
@click.option("--n", type=int, help="Samples in all splits together.  [default: the recipe's, or 1000]")
@click.option("--seed", type=int, help="Seed of all noise.  [default: the recipe's, or 0]")
@_size
@click.option(
    "--interventions",
    is_flag=False,
    flag_value="hard",
    metavar="[KIND]",
    callback=_kind,
    help="Pair each image with its counterfactual: hard (also when no KIND is given) or none.",
)
@click.option("--masks", is_flag=True, default=None, help="Write segmentation masks of the drawing's groups too.")
@click.option("--shard-size", type=int, help="Samples a shard.  [default: 1000]")
@_set
@_workers
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--force", is_flag=True, help="Replace another data set in the directory.")
@_plugins
def build(
    scene: str,
    out: Path | None,
    settings: tuple[str, ...],
    workers: int,
    dry_run: bool,
    force: bool,
    plugin_files: tuple[Path, ...],
    **overrides: Any,
) -> None:
    """Build a data set, or finish or extend the one that the directory holds."""
    from scmgen import build as building
    from scmgen.dataset import compile_spec

    source, spec = _spec(scene, settings, plugin_files, **overrides)
    out = out or Path("data") / spec.name
    if dry_run:
        guess = building.estimate(compile_spec(spec, source.scene))
        told = f"{spec.n:,} samples at {spec.size} px in {guess.shards} shards, about {amount(guess.bytes)}"
        click.echo(f"{out}: would hold {told}")
        for split, size in spec.sizes().items():
            click.echo(f"  {split:<12} {size:>12,}")
        return
    with progress("building", spec.n) as advance:
        data = building.build(spec, out, workers=workers, plugin_files=plugin_files, force=force, progress=advance)
    size = sum(shard["bytes"] for shard in data["shards"])
    click.echo(f"{out}: {spec.n:,} samples in {len(data['shards'])} shards, {amount(size)}, spec {spec.hash[:12]}")


@cli.command()
@click.argument("directory", type=_folder)
@click.option("--samples", type=click.IntRange(0), default=100, help="Samples whose images are drawn again.")
@click.option("--all", "everything", is_flag=True, help="Draw every image again.")
@_workers
@_plugins
def verify(directory: Path, samples: int, everything: bool, workers: int, plugin_files: tuple[Path, ...]) -> int:
    """Check a data set against its manifest; exit status 1 if a fault is found."""
    from scmgen import manifest
    from scmgen.checks import CHECKS
    from scmgen.verify import verify as check

    total = sum(shard["samples"] for shard in manifest.read(directory)["shards"])
    with progress("verifying", total) as advance:
        report = check(
            directory,
            samples=None if everything else samples,
            workers=workers,
            plugin_files=plugin_files,
            progress=advance,
        )
    for name, meaning in CHECKS.items():
        faults = [problem for found, problem in report.faults if found == name]
        verdict = "FAULT" if faults else "ok" if report.counts[name] else "-"
        click.echo(f"  {verdict:<6}{name:<12}{report.counts[name]:>9,}  {meaning}")
        for problem in faults[:5]:
            click.echo(f"        {problem}")
        if len(faults) > 5:
            click.echo(f"        and {len(faults) - 5} more")
    click.echo(f"largest residual {report.residual:.2g}; {report.differing} of {report.pixels:,} pixel bytes differ")
    click.echo(f"{directory}: {'FAULTS FOUND' if report.faults else 'verified'}")
    return FAULT if report.faults else 0


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a scene file, for editors."""
    import json

    from scmgen.schema import scene_schema

    click.echo(json.dumps(scene_schema(), indent=2))


def _spec(scene: str, settings: tuple[str, ...], plugin_files: tuple[Path, ...], **overrides: Any) -> tuple[Any, Any]:
    from scmgen import catalogue, plugins

    sums = plugins.load(plugin_files)
    source = catalogue.find(scene)
    parameters = catalogue.settings(settings, source.scene)
    return source, catalogue.spec(source, parameters=parameters, plugins=sums, **overrides)
