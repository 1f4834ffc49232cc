"""Methods, protocols and seeds at one budget: filling the cells, and their tables."""

from __future__ import annotations

from pathlib import Path

import click

from cdm.cli import paths
from cdm.errors import CdmError


@click.command()
@click.argument("plan", type=paths.FILE)
@click.option("-o", "--out", type=paths.FOLDER, required=True, help="Directory of records, answers and budgets.")
@click.option("-j", "--workers", type=click.IntRange(1, 1000), default=1, help="Cells at once.")
@click.option("--table", type=paths.FILE, multiple=True, help="Write a table to this .md, .tex or .csv file.")
@click.option("--cache", type=paths.FOLDER, help="Where decoded shards and readers are kept.")
def benchmark(plan: Path, out: Path, workers: int, table: tuple[Path, ...], cache: Path | None) -> None:
    """Train every method of a PLAN at one budget of CPU-seconds, and score its answers: docs/benchmark-runner.md.

    A cell that is there already stays, so a run that was interrupted goes on; one that fails is told in the table.
    """
    from cdm.benchmark import plan as plans
    from cdm.benchmark import runner, tables
    from cdm.data import files

    for file in table:
        if file.suffix.lower() not in tables.FORMS:
            raise CdmError(f"{file}: a table is a file that ends in {', '.join(tables.FORMS)}")
    whole = plans.read(plan)
    runner.run(whole, plan, out, workers, cache, click.echo)
    records = runner.records(whole, out)
    for file in table:
        with files.replacing(file) as there:
            there.write_text(tables.FORMS[file.suffix.lower()](whole, records), encoding="utf-8")
    click.echo(tables.markdown(whole, records), nl=False)


COMMANDS = (benchmark,)
