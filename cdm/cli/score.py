"""Answers under a protocol: a model writes its own, and anybody's are scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdm.cli import options, paths, table
from cdm.errors import CdmError

if TYPE_CHECKING:
    from cdm.data.pairs import Pairs
    from cdm.evaluation.protocol import Protocol

_DATA = click.option("--data", type=paths.DATA, required=True, help="Directory or URL of the shards asked about.")
_PROTOCOL = click.option(
    "--protocol", "name", required=True, metavar="NAME|FILE", help="A protocol of cdm's, or a .toml file."
)
_CACHE = options.cache("decoded shards and the reader")


@click.command()
@click.argument("run", type=paths.ANY)
@_DATA
@_PROTOCOL
@click.option("-o", "--out", type=paths.FOLDER, required=True, help="Directory to write.")
@_CACHE
@options.DEVICE
def answer(run: Path, data: str, name: str, out: Path, cache: Path | None, device: str) -> None:
    """Write a model's answers under a protocol, for cdm score.

    They are counterfactuals, codes and graph, as far as it answers them.
    """
    from cdm.evaluation import answered, evaluate, scoring
    from cdm.runs import models as runs
    from cdm.runs import progress
    from cdm.training import machine

    asked, pairs, _ = _asked(data, name, cache)
    model = runs.finished(run)[1].to(machine.pick(device))
    scoring.require(model, run)
    evaluate.check(model, pairs)
    answers = scoring.answer(model, pairs, asked, {"run": run.name}, progress.bar)
    answered.write(out, asked, answers, pairs.code.names)
    click.echo(f"{out}: {asked.rows} answers of {model.name} to protocol {asked.name} ({asked.hash[:12]})")


@click.command()
@click.argument("answers", type=paths.FOLDER)
@_DATA
@_PROTOCOL
@click.option("--beside", type=paths.FOLDER, multiple=True, metavar="ANSWERS", help="Others whose rows stand beside.")
@paths.output(".json", "the scores", help="JSON file.  [default: none; the scores are printed]")
@_CACHE
@options.DEVICE
def score(
    answers: Path, data: str, name: str, beside: tuple[Path, ...], out: Path | None, cache: Path | None, device: str
) -> None:
    """Score answers of any model, from any framework.

    They are compared with the true counterfactuals. DATA is the data set that the protocol
    names; it says how to build it if another is given.
    """
    from cdm.data import files
    from cdm.evaluation import answered, scoring
    from cdm.runs import progress, readers

    asked, pairs, source = _asked(data, name, cache)
    given = answered.read(answers, asked, pairs.code.names)
    others = {where.name: answered.read(where, asked, pairs.code.names) for where in beside}
    if len(others) < len(beside):
        raise CdmError(f"--beside: two directories have one name, found {', '.join(where.name for where in beside)}")
    regressor = None if given.images is None else readers.opened(source, cache, device)
    scores = scoring.score(given, pairs, asked, regressor, source.manifest["graph"], others, progress.bar)
    if out is not None:
        with files.replacing(out) as there:
            there.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    click.echo("\n".join(table.lines(scores)))


@click.command()
@click.argument("name", required=False)
def protocol(name: str | None) -> None:
    """List the protocols, or print the file of one."""
    from cdm.evaluation import protocol as protocols

    if name is None:
        for known in protocols.names():
            asked = protocols.find(known)
            click.echo(f"{known:20} {asked.rows} of {asked.split}, {asked.data['size']} px, {asked.hash[:12]}")
        return
    click.echo(protocols.shipped(name), nl=False)


COMMANDS = (answer, score, protocol)


def _asked(data: str, name: str, cache: Path | None) -> tuple[Protocol, Pairs, Any]:
    """A protocol, and the split that it asks about of the data set that it names."""
    from cdm.data import shards
    from cdm.evaluation import protocol
    from cdm.runs import progress

    asked, source = protocol.find(name), shards.read(data)
    asked.check(source.manifest, data)
    return asked, progress.opened(source, asked.split, cache), source
