"""The command line of the causal diffusion model. Each command imports what it needs: torch takes seconds."""

from __future__ import annotations

import os
import sys

import click

from cdm import query_commands, train_commands
from cdm.errors import CdmError

MISUSE, INTERRUPTED = 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def cli() -> None:
    """Train a causal diffusion model on shards, ask it what would have been, and score its answers.

    DATA is a directory that `scmgen build` or `scmgen import` wrote, or its URL; RUN is the directory of a run.
    """


for command in (*train_commands.COMMANDS, *query_commands.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait must not burn the other core
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(MISUSE)
    except CdmError as error:
        click.echo(f"cdm: {error}", err=True)
        sys.exit(MISUSE)
    except OSError as error:
        click.echo(f"cdm: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        sys.exit(MISUSE)
    except MemoryError:
        click.echo("cdm: out of memory; lower --set denoiser_batch=8, or --samples", err=True)
        sys.exit(MISUSE)
    except (KeyboardInterrupt, click.Abort):
        click.echo("cdm: interrupted; the same command goes on from the last checkpoint", err=True)
        sys.exit(INTERRUPTED)
