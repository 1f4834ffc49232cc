"""The command `report`: a data set as a page to look at."""

from __future__ import annotations

from pathlib import Path

import click

from scmgen.cli import options
from scmgen.terminal import amount


@click.command()
@click.argument("directory", metavar="DIR", type=options.directory, shell_complete=options.folders)
@click.option("-o", "--out", type=options.Named(path_type=Path), default=Path("report.html"), help="The page to write.")
@click.option(
    "--samples", type=click.IntRange(1, 1_000_000), default=2_000, help="Samples of each split that are looked at."
)
@options.plugins
def report(directory: str | Path, out: Path, samples: int, plugin_files: tuple[Path, ...]) -> None:
    """Write what a data set shows as one HTML page.

    It needs no network. Graph, counterfactual pairs by intervention, effect maps, distributions of the factors and of
    their pairs, and the audit; for generated and imported sets, in a directory or at a URL.
    """
    from scmgen.publish import report as page
    from scmgen.storage.loading.reader import load

    data = load(directory)
    click.echo(f"{out}: {amount(page.write(data, out, samples, plugin_files))}")
