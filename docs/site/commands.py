"""The pages of the command lines, from what the commands say of themselves."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import click

_MARK = re.compile(r"^<!-- commands: (\w+) -->$", re.MULTILINE)
_WIDTH = 78  # columns of a help text


def filled(markdown: str) -> str:
    """A page in which every mark gives way to the help of a command line."""
    return _MARK.sub(lambda found: "\n\n".join(_sections(found[1])), markdown)


def _sections(program: str) -> Iterator[str]:
    group: click.Group = importlib.import_module(f"{program}.cli.main").cli
    with click.Context(group, info_name=program, terminal_width=_WIDTH, **group.context_settings) as context:
        for name in group.list_commands(context):
            yield from _section(group, name, context)


def _section(group: click.Group, name: str, parent: click.Context) -> Iterator[str]:
    command = group.get_command(parent, name)
    if command is None or command.hidden:
        return
    with command.make_context(name, [], parent=parent, resilient_parsing=True) as context:
        yield f"### {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```"
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                yield from _section(command, below, context)
