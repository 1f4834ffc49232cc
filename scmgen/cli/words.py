"""The commands `marks`, `functions` and `noises`: what a scene may say, a line each, or one of them in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError, suggestion

if TYPE_CHECKING:
    from scmgen.scene.words import Channel, Word


@click.command()
@click.argument("name", required=False)
@options.plugins
def marks(name: str | None, plugin_files: tuple[Path, ...]) -> None:
    """List the marks of the drawing language, or tell of one.

    Of the mark of a NAME its channels are shown, with their defaults and units; a length of 1 is the side of the frame.
    """
    from scmgen.scene import words

    _tell("mark", words.marks, name)
    if name is not None:
        _table("its own:", words.channels(name))
        _table("as of other marks:", words.common(name))
        click.echo("\ndocs/reference/drawing.md shows an example of each mark that comes with scmgen.")


@click.command()
@click.argument("name", required=False)
@options.plugins
def functions(name: str | None, plugin_files: tuple[Path, ...]) -> None:
    """List the functions that equations may call, or tell of one."""
    from scmgen.scene import words

    _tell("function", words.functions, name)


@click.command()
@click.argument("name", required=False)
@options.plugins
def noises(name: str | None, plugin_files: tuple[Path, ...]) -> None:
    """List the noises that equations may have, or tell of one.

    Of the noise of a NAME is shown what it makes of a number u, uniform in (0, 1), and what its arguments must be.
    """
    from scmgen.scene import words

    _tell("noise", words.noises, name)


def _tell(kind: str, listed: Callable[[], Mapping[str, Word]], name: str | None) -> None:
    """List the words of a kind, or tell of the one of a name; a plug-in's were registered when the line was read."""
    from scmgen.scene import plugins

    plugins.load_installed()
    known = listed()
    if name is None:
        width = max(len(word.usage) for word in known.values())
        click.echo("\n".join(f"{word.usage:<{width}}  {word.meaning}" for word in known.values()))
        return
    if name not in known:
        raise ScmgenError(f"no {kind} {name!r}; {suggestion(name, known)}")
    word = known[name]
    click.echo(f"{word.usage}: {word.meaning}" + (f"\n\n{word.more}" if word.more else ""))


def _table(title: str, channels: Sequence[Channel]) -> None:
    """Channels, a line each, below a line of what the columns are."""
    if channels:
        click.echo(f"\n{title:<20}{'default':<18}unit")
        for channel in channels:
            click.echo(f"  {channel.name:<18}{channel.default:<18}{channel.unit:<10}{channel.meaning}")
