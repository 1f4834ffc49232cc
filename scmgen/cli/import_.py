"""The command `import`: a folder of images with a table of labels becomes a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options
from scmgen.terminal import amount, counted, progress

if TYPE_CHECKING:
    from scmgen.build.imported.pack import Import


_KINDS = {"continuous": "range", "circular": "circular", "categorical": "levels"}  # as --dry-run calls them


def _names(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Read A,B,C, given once or several times."""
    return tuple(name.strip() for text in value for name in text.split(",") if name.strip())


def _shares(context: click.Context, option: click.Parameter, value: str | None) -> dict[str, float] | None:
    from scmgen.build.imported import request

    return None if value is None else request.shares(value)


def _periods(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> dict[str, Any]:
    from scmgen.build.imported import request

    return dict(request.period(text) for text in value)


def _lists(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    from scmgen.build.imported import request

    return tuple(request.listed(text) for text in value)


@click.command("import")
@click.argument("images", type=options.Named(path_type=Path))
@click.option(
    "--labels",
    "tables",
    multiple=True,
    type=options.FILE,
    help="CSV, TSV or CelebA's TXT file, a line an image; further ones are joined by file name.",
)
@click.option(
    "--graph",
    type=options.FILE,
    help="Causal graph over the factors: JSON, DOT, dagitty, GML, GraphML or CSV.  [default: none]",
)
@click.option(
    "-o",
    "--out",
    type=options.directory,
    help="Directory of the data set, or a URL such as s3://BUCKET/FOLDER.  [default: data/NAME]",
)
@click.option("--name", default="", show_default=False, help="Name of the data set.  [default: that of IMAGES]")
@click.option("--key-column", "key", metavar="COLUMN", help="Column of file names.  [default: the first]")
@click.option("--columns", multiple=True, callback=_names, metavar="A,B,...", help="Factors.  [default: all columns]")
@click.option("--omit", multiple=True, callback=_names, metavar="A,B,...", help="Columns that are no factors.")
@click.option(
    "--categorical", multiple=True, callback=_names, metavar="A,B,...", help="Factors whose values are levels or words."
)
@click.option(
    "--indicators",
    multiple=True,
    callback=_names,
    metavar="A,B,...",
    help="Columns whose cells hold several values, X|Y: a factor of 0 and 1 for each value.",
)
@click.option("--none", multiple=True, metavar="WORD", help="Value in --indicators that means none of them.")
@click.option(
    "--circular",
    multiple=True,
    callback=_periods,
    metavar="A[=LOW:HIGH]",
    help="Factor that comes round, and its period.",
)
@click.option(
    "--splits",
    callback=_shares,
    metavar="NAME=SHARE,...",
    help="Splits, drawn at random.  [default: train=0.8,validation=0.1,test=0.1]",
)
@click.option("--split-column", metavar="COLUMN", help="Column that names the split instead.  [default: none]")
@click.option(
    "--split-file",
    "split_files",
    multiple=True,
    callback=_lists,
    metavar="[SPLIT=]FILE",
    help="Text file with a line FILE SPLIT, or the files of SPLIT, instead.",
)
@click.option("--skip-missing", is_flag=True, help="Leave out rows whose image is not there.")
@click.option("--encoding", metavar="NAME", help="Encoding of the tables: latin-1, utf-16, ...  [default: utf-8]")
@click.option("--decimal-comma", is_flag=True, help="Numbers are written 0,84.  [default: if the cells say so]")
@click.option(
    "--size",
    type=click.IntRange(1, 4096),
    help="Pixels a side, to which images are resized.  [default: as the images are]",
)
@click.option(
    "--fit",
    type=click.Choice(["crop", "pad", "stretch"]),
    default="crop",
    help="What --size makes of an image that is no square: its middle, all of it on black, or all of it pulled.",
)
@click.option(
    "--white", type=click.IntRange(1, 2**32 - 1), help="Value of white in images of 16 or 32 bits.  [default: 65535]"
)
@click.option("--license", default="unknown", help="SPDX identifier of the images' licence.")
@click.option("--citation", default="", show_default=False, help="Whom to cite.  [default: nobody]")
@click.option("--description", default="", show_default=False, help="What the images show.  [default: nothing]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="Seed of the order and the splits.")
@click.option("--shard-size", type=click.IntRange(1, 100_000), default=1_000, help="Samples a shard.")
@options.workers
@click.option("--dry-run", is_flag=True, help="Look at everything, say what would be written, and write nothing.")
@click.option("--force", is_flag=True, help="Replace another data set in the directory.")
def import_(out: str | Path | None, workers: int, dry_run: bool, force: bool, **asked: Any) -> None:
    """Turn a folder of IMAGES with a table of labels into a data set.

    IMAGES may hold IDX files as MNIST does, or be one; labels that lie beside them need no --labels. The result loads,
    reports and exports like a generated one; it has no counterfactuals and no noise.
    """
    from scmgen.build.imported import pack, survey
    from scmgen.build.imported.request import Request

    request = Request(**asked)
    out = out or Path("data") / request.called
    with progress("looking at images", survey.amount(request)) as advance:
        job = pack.prepare(request, workers=workers, progress=advance)
    for note in job.notes:
        click.echo(f"scmgen: {note}", err=True)
    if dry_run:
        _dry(out, job)
        return
    with progress("importing", job.source.n) as advance:
        known = pack.write(job, out, workers=workers, force=force, progress=advance)
    contents = f"{counted(known.samples, 'sample')} in {counted(len(known.shards), 'shard')}, {amount(known.bytes)}"
    click.echo(f"{out}: {contents}, import {job.source.hash[:12]}")


def _dry(out: str | Path, job: Import) -> None:
    """Say what would be written."""
    source = job.source
    click.echo(f"{out}: would hold {source.n:,} samples at {source.frame.px}")
    for split, size in source.splits.items():
        click.echo(f"  {split:<12} {size:>12,}")
    width = max(map(len, source.factors))
    for name, factor in source.factors.items():
        click.echo(f"  {name:<{width}}  {_KINDS[factor.domain.kind]:<8}  {factor.domain}")
