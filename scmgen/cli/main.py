"""The command line. Each command imports what it needs, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from scmgen import __version__
from scmgen.errors import ScmgenError

MISUSE, INTERRUPTED = 2, 130
HOMES: Any = {  # of each command its module and its function; click reads the names, for the nearest guess
    "audit": ("audit", "audit"),
    "build": ("datasets", "build"),
    "explore": ("explore", "explore"),
    "export": ("export", "export"),
    "finalize": ("datasets", "finalize"),
    "graph": ("graph", "graph"),
    "import": ("import_", "import_"),
    "list": ("scenes", "list_"),
    "new": ("scenes", "new"),
    "report": ("report", "report"),
    "schema": ("scenes", "schema"),
    "show": ("scenes", "show"),
    "validate": ("scenes", "validate"),
    "verify": ("datasets", "verify"),
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
        module, function = HOMES[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"scmgen.cli.{module}"), function)
        return command


@click.group(
    cls=Commands, commands=HOMES, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(__version__, prog_name="scmgen")
def cli() -> None:
    """Make image data sets whose causes are known.

    A SCENE is the name of a bundled scene or data set (see `scmgen list`) or a path to a YAML file.
    """


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    try:
        status = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(_say("interrupted; nothing is half-written, the same command goes on with what is there", INTERRUPTED))
    except click.ClickException as error:
        error.show()
        sys.exit(MISUSE)
    except ScmgenError as error:
        sys.exit(_say(str(error), MISUSE))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(MISUSE)
    except OSError as error:
        sys.exit(_say(f"{error.filename or 'a file'}: {error.strerror or error}", MISUSE))
    sys.exit(status if isinstance(status, int) else 0)


def _say(message: str, status: int) -> int:
    click.echo(f"scmgen: {message}", err=True)
    return status
