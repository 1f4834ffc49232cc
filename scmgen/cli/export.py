"""The command `export`: a data set as other programs read it; and `score-vlm`, which scores answers to one of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError
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
@click.option("--names", metavar="MODE", help="vlm: described, neutral or permuted names.  [default: described]")
@click.option(
    "--shots", type=int, multiple=True, metavar="K", help="vlm: solved examples; repeat it.  [default: 0, 2, 4, 8]"
)
@click.option("--questions", type=int, metavar="N", help="vlm: questions of each kind.  [default: 40]")
@click.option("--family", multiple=True, metavar="NAME", help="vlm: structure, intervention, ...  [default: all]")
@click.option("--seed", type=int, help="vlm: seed of all choices.  [default: 0]")
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
    **own: Any,
) -> None:
    """Write a data set for other programs.

    It gets a format, or the layout that a published trainer reads. DIRECTORY is what build or import wrote, or its URL.
    The export appears when it is whole, or not at all; the page shows how each is read.
    """
    from scmgen.publish import exports
    from scmgen.storage.loading import reader

    own = {name: value for name, value in own.items() if value not in (None, ())}
    data = reader.load(directory)
    total = sum(data.splits[split] for split in splits or data.splits if split in data.splits)
    with progress("exporting", total) as advance:
        how: dict[str, Any] = {"splits": splits, "truth": truth, "units": units, "force": force}
        how |= {"progress": advance, "options": own}
        written = exports.export(data, to, out, **how)
    made = exports.FORMATS[to].made.format(f"{total:,}")
    click.echo(f"{written}: {made}, {amount(_bytes(written))}, {to}")


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


@click.command("score-vlm")
@click.argument("answers", type=options.FILE, nargs=-1, required=True)
@click.option(
    "--questions",
    multiple=True,
    required=True,
    type=options.Named(path_type=Path, file_okay=False),
    shell_complete=options.folders,
    help="What export --to vlm wrote; given twice, with two ANSWERS, the gap between both is told, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON and nothing else.")
def score_vlm(answers: tuple[Path, ...], questions: tuple[Path, ...], as_json: bool) -> None:
    """Score what a model answered to questions of `export --to vlm`.

    ANSWERS are JSON lines with `id` and `answer`, or a .csv with these columns; an answer is whatever the model said.
    A question without an answer counts as wrong. Intervals are Wilson's at 95 %; the gap is paired by question.
    """
    from scmgen.publish.exports.vlm.scoring import answers as answered
    from scmgen.publish.exports.vlm.scoring import gap, scores, told
    from scmgen.publish.exports.vlm.scoring import key as keys

    if len(answers) != len(questions) or len(answers) > 2:
        counts = f"{len(answers)} ANSWERS and {len(questions)} --questions"
        raise ScmgenError(f"{counts}: one of each are scored, or two of each compared")
    read = [
        (known := keys.read(place), answered.read(file, known)) for file, place in zip(answers, questions, strict=True)
    ]
    gaps = gap.gaps(*read) if len(read) == 2 else []
    if as_json:
        scored = [scores.data(*one) for one in read]
        click.echo(json.dumps({"scored": scored, "gap": [asdict(each) for each in gaps]}, indent=2))
        return
    for one in read:
        click.echo("\n".join(told.told(*one)))
    if gaps:
        click.echo("\n".join(told.compared([known.summary.names for known, _ in read], gaps)))
