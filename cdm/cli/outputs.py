"""The option -o of commands that write a file of one format: its suffix is looked at before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cdm.cli import paths
from cdm.errors import CdmError


def option(suffix: str, what: str, **more: Any) -> Callable[[Any], Any]:
    """An option -o, --out that takes a file of a suffix and refuses others.

    Args:
        suffix: with its dot, in lower case.
        what: what is written, as a sentence begins: ``the picture``.
        more: further arguments of :func:`click.option`.
    """

    def checked(context: click.Context, option: click.Parameter, out: Path | None) -> Path | None:
        if out is not None and out.suffix.lower() != suffix:
            raise CdmError(f"{out}: {what} is a {suffix[1:].upper()} file; call it {out.with_suffix(suffix)}")
        return out

    return click.option("-o", "--out", type=paths.FILE, callback=checked, **more)
