"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cdm.cli import paths
from cdm.config import Config, choices

DEVICE = click.option(
    "--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="Where to compute; auto takes a GPU if it can."
)


def cache(what: str) -> Callable[[Any], Any]:
    """An option --cache; ``what`` is kept there."""
    return click.option("--cache", type=paths.FOLDER, help=f"Where {what} are kept.  [default: ~/.cache/cdm]")


def of_config(name: str, what: str) -> Callable[[Any], Any]:
    """An option of ``cdm train`` that is one of the causal diffusion model's, with its choices and default."""
    words, default = choices(Config, name), getattr(Config, name)
    kind = type(default)
    metavar = "|".join(words) or kind.__name__.upper()
    return click.option(f"--{name}", type=kind, metavar=metavar, help=f"{what}  [default: {default}]")
