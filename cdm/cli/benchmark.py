"""Methods, protocols and seeds at one budget: filling the cells, and their tables."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import click

from cdm.cli import options, paths
from cdm.errors import CdmError


def _part(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int]:
    """Read I/K."""
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value or "0/1", re.ASCII)
    number, count = map(int, found.groups()) if found else (0, 0)
    if number >= count:
        raise CdmError(f"--part {value}: write I/K, part I of K, from 0 to K - 1")
    return number, count


@click.command()
@click.argument("plan", type=paths.FILE)
@click.option("-o", "--out", type=paths.FOLDER, required=True, help="Directory of records, answers and budgets.")
@click.option("-j", "--workers", type=click.IntRange(1, 1000), default=1, help="Cells at once.")
@click.option("--table", type=paths.FILE, multiple=True, help="Write a table to this .md, .tex or .csv file.")
@click.option("--part", metavar="I/K", callback=_part, help="Fill part I of K only, for job arrays.  [default: all]")
@click.option(
    "--only", multiple=True, help="Fill only cells of such a name: 'METHOD--*', '*--PROTOCOL--0'.  [default: all]"
)
@click.option(
    "--executor", metavar="dask://HOST:PORT", help="Run on a cluster that sees all places.  [default: this machine]"
)
@options.cache("decoded shards and readers")
def benchmark(
    plan: Path,
    out: Path,
    workers: int,
    table: tuple[Path, ...],
    part: tuple[int, int],
    only: tuple[str, ...],
    executor: str | None,
    cache: Path | None,
) -> None:
    """Train and score every method of a PLAN at one budget.

    The budget is CPU-seconds. A cell that is there already stays, so a run that was
    interrupted goes on; one that fails is told in the table.
    """
    from cdm.benchmark import cluster, runner, tables
    from cdm.benchmark import plan as plans
    from cdm.data import files

    for file in table:
        if file.suffix.lower() not in tables.FORMS:
            raise CdmError(f"{file}: a table is a file that ends in {', '.join(tables.FORMS)}")
    whole = plans.read(plan)
    with cluster.connected(executor) if executor else nullcontext() as elsewhere:
        runner.run(whole, plan, out, workers, cache, click.echo, plans.Choice(*part, only), elsewhere)
    records = runner.records(whole, out)
    for file in table:
        with files.replacing(file) as there:
            there.write_text(tables.FORMS[file.suffix.lower()](whole, records), encoding="utf-8")
    click.echo(tables.markdown(whole, records), nl=False)


COMMANDS = (benchmark,)
