"""The command `imagine`: what a picture shows, what follows from an intervention, and what would have been seen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import cdm
from cdm.cli import options, paths
from cdm.errors import CdmError

if TYPE_CHECKING:
    from cdm.foundation.backends import Backends
    from cdm.foundation.choices import Chosen
    from cdm.foundation.imagine import Imagined, Parts
    from cdm.foundation.known.oracle import Oracle
    from cdm.foundation.perceptual import Perceptual
    from cdm.foundation.protocols import Picture
    from cdm.foundation.report.record import Report

_SPEAKERS = "endpoint|transformers[:MODEL]|cdm:RUN|oracle[:DATA]"
_PARTS = ("extractor", "manipulator", "generator", "judge")


def _part(name: str, default: str | None, words: str, what: str) -> Callable[[Any], Any]:
    said = "" if default else "  [default: the extractor]"
    return click.option(f"--{name}", default=default, metavar=words, help=f"{what}{said}")


@click.command()
@click.argument("pictures", type=paths.ANY)
@click.option("--do", "dos", multiple=True, metavar="CONCEPT=VALUE", help="An intervention; each is an answer.")
@click.option("--propose", type=click.IntRange(0, 20), default=0, help="Interventions that a language model names.")
@_part("extractor", "endpoint", _SPEAKERS, "Who reads concepts and graph.")
@_part("manipulator", None, _SPEAKERS, "Who says what follows.")
@_part("generator", "none", "none|cdm:RUN|csg:RUN|ledits:PIPELINE", "Who draws.")
@_part(
    "judge",
    "none",
    "none|endpoint|transformers[:MODEL]|cdm:RUN|reader[:DATA]",
    "Who says what the picture drawn shows.",
)
@click.option("--vgg", type=paths.FILE, help="Weights of VGG-16, for a distance of pictures.  [default: none]")
@click.option("--lpips", type=paths.FILE, help="Weights of its features, which make it LPIPS.  [default: none]")
@click.option("--endpoint", metavar="URL", help="Server that speaks the OpenAI protocol.  [default: none]")
@click.option("--model", metavar="NAME", help="Language model that sees.  [default: none]")
@click.option("--key-from", default="OPENAI_API_KEY", metavar="VARIABLE|none", help="Where the server's key is.")
@click.option("--form", default="schema", metavar="schema|object|text", help="How a server is asked for JSON.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=120.0, help="Seconds for an answer.")
@click.option("--retries", type=click.IntRange(0, 10), default=2, help="Further tries of a request.")
@click.option("--calls", type=click.IntRange(1), default=1000, help="Most requests of this command.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="Of answers.  [default: 0.1, then 0.2; a judge: 0]")
@click.option("--tokens", type=click.IntRange(1), help="Most of an answer.  [default: 2048, then 3072; a judge: 64]")
@click.option("--seed", type=click.IntRange(0), default=0, help="Of whatever is drawn at random.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the generator.")
@click.option("--split", default="test", help="Of a data set.")
@click.option(
    "--n", type=click.IntRange(1), help="First so many pictures.  [default: 8 of a data set, all of a folder]"
)
@click.option("-o", "--out", type=paths.FOLDER, required=True, help="Directory of the report.")
@options.cache("answers of language models, and decoded shards,")
@options.DEVICE
def imagine(
    pictures: Path,
    dos: tuple[str, ...],
    propose: int,
    vgg: Path | None,
    lpips: Path | None,
    settings: tuple[str, ...],
    n: int | None,
    out: Path,
    key_from: str,
    **told: Any,
) -> None:
    """Answer what a picture would have been.

    PICTURES is a file, a folder of them, or a data set. An extractor reads concepts and a graph in each, a manipulator
    says what an intervention makes of them, a generator draws it; report.html and report.json tell all of it. Of a data
    set the recorded interventions are asked unless --do says others, and each part is scored by what is true.
    """
    from cdm.foundation import choices
    from cdm.foundation.backends import Backends
    from cdm.foundation.report.record import Report

    report = Report(out)
    names = {part: told.pop(part) for part in _PARTS}
    names["manipulator"] = names["manipulator"] or names["extractor"]
    who = {part: choices.chosen(part, name) for part, name in names.items()}
    asked, is_data = [_do(text) for text in dos], (pictures / "manifest.json").exists()
    if not asked and not propose and not is_data:
        raise CdmError("--do CONCEPT=VALUE is needed, or --propose; only a data set has interventions of its own")
    _drawing(who, vgg, lpips)
    data = str(pictures) if is_data else None
    backends = Backends(**told, key=key_from, data=data, settings=options.assigned(settings))
    known = backends.oracle(choices.Chosen("extractor", "oracle")) if is_data else None
    parts = replace(_parts(backends, who, known, asked, propose), perceptual=_perceptual(vgg, lpips))
    _all(_of_data(known, n) if known else _of_files(pictures, n), asked, parts, report)
    named = {part: chosen.said for part, chosen in who.items() if chosen.name != "none"}
    scores = report.finish({**named, **backends.told(), "cdm": cdm.__version__})
    click.echo("\n".join([*_figures(scores), f"{out}/report.html"]))
    if report.failed:
        count = len(report.failed) + len(report.told)
        raise CdmError(f"{len(report.failed)} of {count} pictures failed; {next(iter(report.failed.values()))}")


COMMANDS = (imagine,)


def _do(text: str) -> dict[str, str]:
    """An intervention that a user typed; a value may hold commas and signs of equality."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise CdmError(f"--do {text}: write CONCEPT=VALUE")
    return {name.strip(): value.strip()}


def _drawing(who: Mapping[str, Chosen], vgg: Path | None, lpips: Path | None) -> None:
    """Refuse what looks at pictures that nobody draws."""
    looking = who["judge"].option if who["judge"].name != "none" else f"--vgg {vgg}" if vgg else None
    if looking and who["generator"].name == "none":
        raise CdmError(f"{looking}: there is nothing to look at without a --generator")
    if lpips and not vgg:
        raise CdmError(f"--lpips {lpips}: weights of features need those of the network, --vgg")


def _perceptual(vgg: Path | None, lpips: Path | None) -> Perceptual | None:
    """What tells how far pictures are apart, of weights that the user has."""
    if vgg is None:
        return None
    from cdm.foundation import perceptual

    return perceptual.vgg16(vgg, lpips)


def _parts(
    backends: Backends,
    who: Mapping[str, Chosen],
    known: Oracle | None,
    asked: Sequence[Mapping[str, str]],
    propose: int,
) -> Parts:
    """Who does what; a model is told the concepts of a data set, and otherwise only those that are set."""
    from cdm.foundation.imagine import Parts

    named: Mapping[str, str] = {}
    check: Callable[[str, str], Any] | None = None
    if known:
        from cdm.foundation.known import worded

        code = known.pairs.code
        named = worded.meanings(code)
        check = lambda name, value: code.factors[code.index(name)].read(value)  # noqa: E731
    wanted = list(dict.fromkeys(name for do in asked for name in do))
    return Parts(
        backends.extractor(who["extractor"], named, wanted),
        backends.manipulator(who["manipulator"], check),
        backends.generator(who["generator"]),
        backends.judge(who["judge"]),
        known,
        proposer=backends.proposer(who["manipulator"]) if propose else None,
        proposed=propose,
    )


def _of_data(known: Oracle, n: int | None) -> list[tuple[str, Callable[[], Picture]]]:
    """The first pictures of a split by their keys; if nobody says how many, eight."""
    images = known.pairs.arrays["image"]
    rows = range(min(n or 8, len(images)))
    return [(f"{known.split}-{row:09d}", functools.partial(images[row].copy)) for row in rows]


def _of_files(place: Path, n: int | None) -> list[tuple[str, Callable[[], Picture]]]:
    """Pictures of files, each to be read when its turn comes."""
    from cdm.foundation import pictures

    return [(pictures.called(path), functools.partial(pictures.read, path)) for path in pictures.found(place)[:n]]


def _all(
    images: Sequence[tuple[str, Callable[[], Picture]]],
    asked: Sequence[Mapping[str, str]],
    parts: Parts,
    report: Report,
) -> None:
    """Tell what is made of each picture; where a model's words are of no use, the next one has its turn."""
    from cdm.foundation.imagine import imagine as answer
    from cdm.foundation.protocols import Unanswered
    from cdm.runs import progress

    with progress.bar("imagining", len(images)) as advance:
        for name, read in images:
            try:
                each = answer(name, read(), asked, parts)
                report.add(each)
                click.echo("".join(f"{line}\n" for line in _lines(each)), nl=False)
            except Unanswered as error:
                report.failed[name] = f"{name}: {error}"
            advance(1)


def _lines(each: Imagined) -> Iterator[str]:
    """Each intervention in a line."""
    for answer in each.answers:
        told = answer.manipulation
        follows = ", ".join(f"{edit.concept} {edit.before} -> {edit.after}" for edit in told.propagated)
        yield f"{each.name}: do({told.target.concept} = {told.target.after}): {follows or 'nothing follows'}"


def _figures(scores: Mapping[str, Any]) -> Iterator[str]:
    """Each score in a line, with the way to it."""
    from cdm.foundation.report.page import flat

    return (f"{name}: {figure}" for name, figure in flat(scores))
