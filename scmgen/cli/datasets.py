"""Commands about data sets: build, finalize, verify."""

from __future__ import annotations

import functools
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError
from scmgen.terminal import amount, counted, lasting, progress

if TYPE_CHECKING:
    from scmgen.dataset.sampling import Dataset
    from scmgen.storage.manifest import Manifest

_LONG = 120.0  # seconds of drawing that are worth a word beforehand


@click.command()
@click.argument("scene", shell_complete=options.scenes)
@click.option(
    "-o",
    "--out",
    type=options.directory,
    help="Directory of the data set, or a URL such as s3://BUCKET/FOLDER.  [default: data/NAME]",
)
@click.option("--n", type=int, help="Samples in all splits together.  [default: the recipe's, or 1000]")
@click.option("--small", is_flag=True, default=None, help="The small size of a data set of the catalogue.")
@click.option("--seed", type=int, help="Seed of all noise.  [default: the recipe's, or 0]")
@options.size
@options.channels
@options.frames
@options.interventions("none")
@options.allow_ood
@click.option(
    "--labels",
    type=click.Choice(["whole", "targets", "hidden"]),
    help="What labels tell of the intervention; the rest goes into a file beside each shard.  [default: whole]",
)
@click.option("--masks", is_flag=True, default=None, help="Write segmentation masks of the drawing's groups too.")
@click.option("--depth", is_flag=True, default=None, help="Write how far away what is seen is too (of a stage).")
@click.option("--normals", is_flag=True, default=None, help="Write which way what is seen faces too (of a stage).")
@click.option("--effects", is_flag=True, default=None, help="Write masks of the pixels that each do changed too.")
@options.sample_scm
@options.scm_seed
@click.option("--shard-size", type=int, help="Samples a shard.  [default: 1000]")
@options.setting
@options.workers
@click.option(
    "--license",
    type=options.Words(),
    metavar="SPDX",
    help="Licence of the data set.  [default: the recipe's; or CC0-1.0 of bundled scenes, unknown of your own]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--force", is_flag=True, help="Replace another data set in the directory.")
@click.option(
    "--executor",
    type=options.Words(),
    metavar="dask://HOST:PORT",
    help="Run on a cluster that sees the directory.  [default: none]",
)
@click.option(
    "--shards",
    "part",
    metavar="I/K",
    callback=options.part,
    help="Write part I of K only, for job arrays.  [default: all]",
)
@options.plugins
@options.embed
def build(
    scene: str,
    out: str | Path | None,
    settings: tuple[str, ...],
    workers: int,
    dry_run: bool,
    force: bool,
    executor: str | None,
    part: tuple[int, int] | None,
    plugin_files: tuple[Path, ...],
    **overrides: Any,
) -> None:
    """Build a data set, or finish or extend what is there."""
    from scmgen.build import generated as building
    from scmgen.storage.processes import pool

    source, spec = options.request(scene, settings, plugin_files, **overrides)
    _drawn(source)
    dataset = building.prepared(spec)
    _outside(dataset)
    out = out or Path("data") / spec.name
    if dry_run:
        guess = building.estimate(dataset)
        files = f"{counted(guess.shards, 'shard')}, about {amount(guess.bytes)}"
        contents = f"{counted(spec.n, 'sample')} at {spec.frame.px} in {files}"
        click.echo(f"{out}: would hold {contents}{_about(dataset, 1)}")
        for split, size in spec.sizes().items():
            click.echo(f"  {split:<12} {size:>12,}")
        return
    common: dict[str, Any] = {"workers": workers, "plugin_files": plugin_files}
    if part is not None:
        if force or executor:
            raise ScmgenError(f"--shards does not go with {'--force' if force else '--executor'}")
        with progress(f"building{_about(dataset, workers * part[1])}", spec.n // part[1]) as advance:
            written = building.build_part(spec, out, part, progress=advance, **common)
        click.echo(f"{out}: {written} shards of part {part[0]} are there; after the last part: scmgen finalize {out}")
        return
    title = "building" if executor else f"building{_about(dataset, workers)}"
    with progress(title, spec.n) as advance, pool.connect(executor) if executor else nullcontext() as cluster:
        manifest = building.build(spec, out, force=force, progress=advance, executor=cluster, **common)
    _summary(out, manifest)
    _pinned(scene, manifest)


@click.command()
@click.argument("directory", type=options.directory, shell_complete=options.folders)
@options.workers
@options.plugins
def finalize(directory: str | Path, workers: int, plugin_files: tuple[Path, ...]) -> None:
    """Commit a directory that `build --shards` has filled."""
    from scmgen.build import generated as building

    manifest = building.finalize(directory, workers=workers, plugin_files=plugin_files)
    _summary(directory, manifest)
    _pinned(manifest.name, manifest)


def _about(dataset: Dataset, cores: int) -> str:
    """How long drawing takes, where that is long, after what is told of a data set."""
    from scmgen.storage.kept import seconds

    time = dataset.spec.n * seconds(dataset) / cores
    return "" if time < _LONG else f", about {lasting(time)} of drawing"


def _drawn(source: Any) -> None:
    """Say what was drawn, and whether variances or R2 betray its causal order (0.5: not at all)."""
    if source.drawn:
        from scmgen.checks.audit.sortability import report

        edges = source.scene.factor_graph.number_of_edges()
        figures = {name: f"{value:.2f}" for name, value in report(source.scene).items() if value == value}
        sortabilities = ", ".join(f"{name} {value}" for name, value in figures.items()) or "no factors to compare"
        click.echo(f"causal model {source.drawn}: {len(source.scene.factors)} factors, {edges} edges; {sortabilities}")


def _outside(dataset: Dataset) -> None:
    """Say on stderr which factors leave their declared ranges, as `validate` does of a scene."""
    from scmgen.checks.audit import review

    for finding in review.ranges(dataset):
        click.echo(f"note: {finding}", err=True)


def _summary(out: str | Path, manifest: Manifest) -> None:
    files = f"{counted(len(manifest.shards), 'shard')}, {amount(manifest.bytes)}"
    contents = f"{counted(manifest.samples, 'sample')} in {files}"
    click.echo(f"{out}: {contents}, spec {(manifest.spec_hash or '')[:12]}")


def _pinned(name: str, manifest: Manifest) -> None:
    """Say on stderr whether this is the data set that the catalogue pins, where it pins one of that name."""
    from scmgen.checks import pins
    from scmgen.dataset import catalogue

    named = manifest.origin == "generated" and (name in catalogue.entries() or Path(name).suffix)
    difference = pins.compare(name, manifest) if named else ""
    if difference:
        click.echo(difference, err=True)


@click.command()
@click.argument("directory", type=options.directory, shell_complete=options.folders)
@click.option("--samples", type=click.IntRange(0), default=100, help="Samples whose images are drawn again.")
@click.option("--all", "everything", is_flag=True, help="Draw every image again.")
@options.workers
@options.plugins
def verify(directory: str | Path, samples: int, everything: bool, workers: int, plugin_files: tuple[Path, ...]) -> int:
    """Check a data set against its manifest.

    The exit status is 1 if a fault is found.
    """
    from scmgen.checks.verify.verify import verify as check
    from scmgen.publish import comparison
    from scmgen.storage.manifest import read

    manifest = read(directory)
    with progress("verifying", sum(shard.samples for shard in manifest.shards)) as advance:
        report = check(
            directory,
            samples=None if everything else samples,
            workers=workers,
            plugin_files=plugin_files,
            progress=advance,
            companions=functools.partial(comparison.problems, audited=everything),
        )
    for name, meaning in report.checks.items():
        faults = [problem for check_name, problem in report.faults if check_name == name]
        verdict = "FAULT" if faults else "ok" if report.counts[name] else "-"
        click.echo(f"  {verdict:<6}{name:<12}{report.counts[name]:>9,}  {meaning}")
        for problem in faults[:5]:
            click.echo(f"        {problem}")
        if len(faults) > 5:
            click.echo(f"        and {len(faults) - 5} more")
    if "equations" in report.checks:
        click.echo(
            f"largest residual {report.residual:.2g}; {report.differing} of {report.pixels:,} pixel bytes differ"
        )
    else:
        click.echo("imported: no equations, so nothing was computed or drawn again")
    click.echo(f"{directory}: {'FAULTS FOUND' if report.faults else 'verified'}")
    if not report.faults:
        _pinned(manifest.name, manifest)
    return options.FAULT if report.faults else 0
