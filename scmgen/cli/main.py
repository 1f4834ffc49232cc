"""The command line. Each command imports what it needs, so that ``--help`` is quick."""

from __future__ import annotations

import sys

import click

from scmgen import __version__
from scmgen.cli import audit, datasets, explore, export, graph, import_, report, scenes
from scmgen.errors import ScmgenError

MISUSE, INTERRUPTED = 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
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


for _room, _names in (
    (scenes, ("list_", "new", "validate", "show", "schema")),
    (graph, ("graph",)),
    (datasets, ("build", "finalize", "verify")),
    (audit, ("audit",)),
    (report, ("report",)),
    (explore, ("explore",)),
    (export, ("export",)),
    (import_, ("import_",)),
):
    for _name in _names:
        cli.add_command(getattr(_room, _name))
