"""The command `export`: a data set in the formats and layouts that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scmgen.cli import options
from scmgen.terminal import amount, progress


class _Listing(click.Command):
    """A command whose help lists the formats; they are imported only then."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each format."""
        from scmgen.publish.exports import FORMATS

        super().format_epilog(context, formatter)
        with formatter.section("Formats"):
            ordered = sorted(FORMATS.values(), key=lambda form: (bool(form.needs), form.name))  # trainers' layouts last
            formatter.write_dl([(form.name, form.summary) for form in ordered])


@click.command(cls=_Listing)
@click.argument("directory", type=options.directory, shell_complete=options.folders)
@click.option("--to", metavar="FORMAT", required=True, help="One of the formats below.")
@click.option(
    "-o",
    "--out",
    type=options.Words(),
    help="File or directory to write.  [default: a name after the data set, here]",
)
@click.option("--split", "splits", multiple=True, metavar="NAME", help="Which split; may be repeated.  [default: all]")
@click.option("--truth", is_flag=True, help="Add what the labels withhold (of a set built with --labels).")
@click.option("--units", is_flag=True, help="Leave labels in their units where the format scales them to [0, 1].")
@options.plugins
@click.option("--force", is_flag=True, help="Replace what an earlier export wrote there.")
def export(
    directory: str | Path,
    to: str,
    out: str | None,
    splits: tuple[str, ...],
    truth: bool,
    units: bool,
    plugin_files: tuple[Path, ...],
    force: bool,
) -> None:
    """Write a data set for other programs.

    It gets a format, or the layout that a published trainer reads. DIRECTORY is what build or import wrote, or its URL.
    The export appears when it is whole, or not at all; the page shows how each is read.
    """
    from scmgen.publish import exports
    from scmgen.storage.loading import reader

    data = reader.load(directory)
    total = sum(data.splits[split] for split in splits or data.splits if split in data.splits)
    with progress("exporting", total) as advance:
        how: dict[str, Any] = {"splits": splits, "truth": truth, "units": units, "force": force, "progress": advance}
        written = exports.export(data, to, out, **how)
    click.echo(f"{written}: {total:,} samples, {amount(_bytes(written))}, {to}")


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
