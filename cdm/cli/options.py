"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click import shell_completion
from click.shell_completion import CompletionItem

from cdm.cli import paths
from cdm.config import Config, choices
from cdm.errors import CdmError

DEVICE = click.option(
    "--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="Where to compute; auto takes a GPU if it can."
)

_PRESETS = ("tiny", "quick", "standard", "full")


def cache(what: str) -> Callable[[Any], Any]:
    """An option --cache; ``what`` is kept there."""
    return click.option("--cache", type=paths.FOLDER, help=f"Where {what} are kept.  [default: ~/.cache/cdm]")


def preset(what: str) -> Callable[[Any], Any]:
    """The option --preset, and what it says."""
    words = "|".join(_PRESETS)
    return click.option("--preset", default="standard", metavar=words, help=what, shell_complete=among(_PRESETS))


def of_config(name: str, what: str) -> Callable[[Any], Any]:
    """An option of ``cdm train`` that is one of the causal diffusion model's, with its choices and default."""
    words, default = choices(Config, name), getattr(Config, name)
    kind = type(default)
    metavar = "|".join(words) or kind.__name__.upper()
    said = f"{what}  [default: {default}]"
    return click.option(f"--{name}", type=kind, metavar=metavar, help=said, shell_complete=among(words))


def among(words: Iterable[str]) -> Callable[[Any, Any, str], list[str]]:
    """What completes one of some words in a shell."""
    return lambda context, option, begun: [word for word in words if word.startswith(begun)]


def assigned(texts: Iterable[str]) -> dict[str, Any]:
    """Read ``--set NAME=VALUE``: a value is JSON, or a text.

    Raises:
        CdmError: if one is not of this form.
    """
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CdmError(f"--set {text}: write NAME=VALUE")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def do(what: str, required: bool = False) -> Callable[[Any], Any]:
    """An option --do, of which a shell completes the factors of RUN, and the levels of one that has some."""
    form = "FACTOR=VALUE[,...]"
    return click.option("--do", "dos", multiple=True, required=required, metavar=form, help=what, shell_complete=_begun)


def _begun(context: click.Context, option: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a do that was begun may go on with."""
    levels = {factor["name"]: factor["levels"] for factor in _factors(context)}
    name, equals, _ = begun[begun.rfind(",") + 1 :].partition("=")
    told = begun[: max(begun.rfind("="), begun.rfind(",")) + 1]  # and goes on after it
    words = levels.get(name, []) if equals else [f"{one}=" for one in levels]
    kept = begun[: begun.rfind("=") + 1]
    return [CompletionItem(told + word, kept=kept) for word in words if (told + word).startswith(begun)]


def _factors(context: click.Context) -> list[dict[str, Any]]:
    """The factors of RUN, read off its file without torch, which takes seconds; none if there is no such file."""
    from safetensors import SafetensorError, safe_open

    with suppress(OSError, SafetensorError, ValueError, LookupError, TypeError):
        run = Path(context.params["run"] or context.args[0])  # the latter if an option has no value yet
        file = run / "model.safetensors" if run.is_dir() else run
        with safe_open(file, framework="np") as opened:
            return list(json.loads(opened.metadata()["cdm"])["factors"])
    return []


@shell_completion.add_completion_class
class _Bash(shell_completion.BashComplete):
    """Bash, to which NAME=VALUE is three words: they are read as one, and of the answer it is told what it lacks."""

    source_template = shell_completion.BashComplete.source_template.replace(
        "    return 0\n", '    [[ "${COMPREPLY[*]}" == *= ]] && compopt -o nospace\n    return 0\n', 1
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        words, begun = super().get_completion_args()
        whole: list[str] = []
        for word in (*words, begun):
            if whole and (word == "=" or whole[-1].endswith("=")):
                whole[-1] += word
            else:
                whole.append(word)
        return whole[:-1], whole[-1]

    def format_completion(self, item: CompletionItem) -> str:
        return super().format_completion(item).replace(f",{item.kept or ''}", ",", 1)
