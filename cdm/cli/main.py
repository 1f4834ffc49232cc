"""The command line of the causal diffusion model. Each command imports what it needs: torch takes seconds."""

from __future__ import annotations

import os
import sys

import click

from cdm.cli import graph, query, train
from cdm.errors import CdmError, Interrupted, out_of_memory

MISUSE = CdmError.status


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def cli() -> None:
    """Train a causal diffusion model on shards, ask it what would have been, and score its answers.

    DATA is a directory that `scmgen build` or `scmgen import` wrote, or its URL; RUN is the directory of a run.
    """


for command in (*train.COMMANDS, *query.COMMANDS, *graph.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    if "OMP_WAIT_POLICY" not in os.environ:  # before torch: its threads wait some 20 us awake, then sleep, so that
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # they neither miss each other nor burn another job's core
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(MISUSE)
    except CdmError as error:
        click.echo(f"cdm: {error}", err=True)
        sys.exit(error.status)
    except OSError as error:
        click.echo(f"cdm: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        sys.exit(MISUSE)
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        click.echo("cdm: out of memory; ask for fewer images (--n, --samples), or choose another --device", err=True)
        sys.exit(MISUSE)
    except (KeyboardInterrupt, click.Abort):
        click.echo("cdm: interrupted", err=True)
        sys.exit(Interrupted.status)
