"""The command line. Each command imports what it needs, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from scmgen import __version__
from scmgen.cli import ending
from scmgen.errors import ScmgenError

HOMES: Any = {  # of each command its module, its function and its page; click reads the names, for the nearest guess
    "audit": ("audit", "audit", "how-to/audit"),
    "build": ("datasets", "build", "data-sets/catalogue"),
    "explore": ("explore", "explore", "how-to/explore"),
    "export": ("export", "export", "how-to/exports"),
    "finalize": ("datasets", "finalize", "how-to/remote"),
    "functions": ("words", "functions", "reference/language"),
    "graph": ("graph", "graph", "how-to/interop"),
    "import": ("import_", "import_", "how-to/import"),
    "list": ("scenes", "list_", "data-sets/catalogue"),
    "marks": ("words", "marks", "reference/drawing"),
    "new": ("scenes", "new", "start"),
    "noises": ("words", "noises", "reference/language"),
    "push": ("push", "push", "how-to/exports"),
    "report": ("report", "report", "how-to/report"),
    "schema": ("scenes", "schema", "reference/language"),
    "score-vlm": ("export", "score_vlm", "how-to/vlm"),
    "show": ("scenes", "show", "start"),
    "validate": ("scenes", "validate", "reference/language"),
    "verify": ("datasets", "verify", "reference/format"),
}


class Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in alphabetical order."""
        return sorted(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        if cmd_name not in HOMES:
            return None
        module, function, page = HOMES[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"scmgen.cli.{module}"), function)
        if (more := f"docs/{page}.md") not in (command.help or ""):
            command.epilog = f"Page: {more}"
        return command


@click.group(
    cls=Commands, commands=HOMES, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(__version__, prog_name="scmgen")
def cli() -> None:
    """Make image data sets whose causes are known. Whoever is new begins with docs/start.md.

    A SCENE is the name of a bundled scene or data set (see `scmgen list`) or a path to a YAML file.

    Bash completes commands, options and these names after: eval "$(_SCMGEN_COMPLETE=bash_source scmgen)" (zsh_source
    and fish_source for the other shells).
    """


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    ending.open_streams()
    with ending.heeding() as told:
        status = ending.MISUSE
        with suppress(KeyboardInterrupt), ending.watched_output():  # one that comes while another is told
            status = _run(told)
        if told:
            ending.leave(status, told)
    ending.leave(status, told)


def _run(told: Sequence[signal.Signals]) -> int:
    """The exit status of the command."""
    try:
        status = ending.obeyed(told, lambda: cli.main(standalone_mode=False))
    except (click.exceptions.Abort, KeyboardInterrupt):
        number = told[0] if told else signal.SIGINT
        done = "nothing is half-written, the same command goes on with what is there"
        ending.say(f"scmgen: {ending.WORDS[number]}; {done}")
        return ending.SIGNALLED + number
    except click.ClickException as error:
        return ending.misused("scmgen", error)
    except ending.Unwritable as error:
        return ending.lost("scmgen", error)
    except SystemExit as error:
        if not error.code:  # a shell asked what completes a line
            return 0
        # what click makes of any other broken pipe
        ending.say("scmgen: broken pipe")
        return ending.PIPE
    except ScmgenError as error:
        ending.say(f"scmgen: {error}")
        return ending.MISUSE
    except OSError as error:
        ending.say(f"scmgen: {error.filename or 'a file'}: {error.strerror or error}")
        return ending.MISUSE
    return status if isinstance(status, int) else 0
