"""The command line of the causal diffusion model. Each command imports what it needs: torch takes seconds."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import click

from cdm.cli import benchmark, ending, evaluate, graph, query, score, settings, train
from cdm.errors import CdmError, Interrupted, out_of_memory


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="scmgen", prog_name="cdm")
def cli() -> None:
    """Train a causal diffusion model on shards, ask it what would have been, and score its answers.

    DATA is a directory that `scmgen build` or `scmgen import` wrote, or its URL; RUN is the directory of a run.

    Bash completes commands, options and directories after: eval "$(_CDM_COMPLETE=bash_source cdm)" (zsh_source and
    fish_source for the other shells).
    """


for part in (train, settings, evaluate, score, benchmark, query, graph):
    for command in part.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    if "OMP_WAIT_POLICY" not in os.environ:  # before torch: its threads wait some 20 us awake, then sleep, so that
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # they neither miss each other nor burn another job's core
    ending.open_streams()
    with ending.heeding() as told, ending.watched_output():
        status = _run(told)
    sys.exit(ending.SIGNALLED + told[0] if told else status)


def _run(told: Sequence[signal.Signals]) -> int:
    """The exit status of the command."""
    try:
        status = cli.main(standalone_mode=False)
    except click.ClickException as error:
        ending.told(error.show)
        return ending.MISUSE
    except Interrupted as error:
        ending.say(f"cdm: {f'{told[0].name}: ' if told else ''}{error}")
        return error.status
    except CdmError as error:
        ending.say(f"cdm: {error}")
        return error.status
    except ending.Unwritable as error:
        return ending.lost("cdm", error)
    except SystemExit as error:
        if not error.code:  # a shell asked what completes a line
            return 0
        # what click makes of any other broken pipe
        ending.say("cdm: broken pipe")
        return ending.PIPE
    except OSError as error:
        ending.say(f"cdm: {error.filename or 'a file'}: {error.strerror or error}")
        return ending.MISUSE
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        ending.say("cdm: out of memory; ask for fewer images (--n, --samples), or choose another --device")
        return ending.MISUSE
    except (KeyboardInterrupt, click.Abort):
        ending.say(f"cdm: {ending.WORDS[told[0] if told else signal.SIGINT]}")
        return Interrupted.status
    return status if isinstance(status, int) else 0
