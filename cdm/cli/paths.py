"""Paths on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from cdm.errors import CdmError


class Named(click.Path):
    """A path that has a name: nothing at all would be the working directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if not os.fspath(value):
            self.fail("it is empty; a path is needed", param, ctx)
        return super().convert(value, param, ctx)


class Place(click.types.StringParamType):
    """A directory or a URL of shards."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if not value:
            self.fail("it is empty; a directory or a URL is needed", param, ctx)
        return super().convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """A shell completes a directory."""
        return [CompletionItem(incomplete, type="dir")]


DATA = Place()
ANY, FILE, FOLDER = Named(path_type=Path), Named(path_type=Path, dir_okay=False), Named(path_type=Path, file_okay=False)


def output(suffix: str, what: str, **more: Any) -> Callable[[Any], Any]:
    """An option -o, --out that takes a file of a suffix and refuses others, before anything is computed.

    Args:
        suffix: with its dot, in lower case.
        what: what is written, as a sentence begins: ``the picture``.
        more: further arguments of :func:`click.option`.
    """

    def checked(context: click.Context, option: click.Parameter, out: Path | None) -> Path | None:
        if out is not None and out.suffix.lower() != suffix:
            raise CdmError(f"{out}: {what} is a {suffix[1:].upper()} file; call it {out.with_suffix(suffix)}")
        return out

    return click.option("-o", "--out", type=FILE, callback=checked, **more)
