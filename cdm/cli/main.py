"""The command line of the causal diffusion model. Each command imports what it needs: torch takes seconds."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress

import click

from cdm.cli import benchmark, ending, evaluate, graph, imagine, query, score, settings, train
from cdm.errors import CdmError, Interrupted, out_of_memory

_NEEDED = (
    "torch",
    "safetensors",
    "accelerate",
    "jsonschema",
    "sklearn",
    "gadjid",
)  # by the commands, and not by --help


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="scmgen", prog_name="cdm")
def cli() -> None:
    """Train a causal diffusion model on shards, ask it what would have been, and score its answers.

    DATA is a directory that `scmgen build` or `scmgen import` wrote, or its URL; RUN is the directory of a run.

    Bash completes commands, options and directories after: eval "$(_CDM_COMPLETE=bash_source cdm)" (zsh_source and
    fish_source for the other shells).
    """


_PAGES = {"benchmark": "how-to/benchmark-runner", "imagine": "how-to/foundation"} | dict.fromkeys(
    ("answer", "protocol", "score"), "how-to/answers"
)

for part in (train, settings, evaluate, score, benchmark, query, graph, imagine):
    for command in part.COMMANDS:
        page = f"docs/{_PAGES.get(command.name or '', 'reference/cdm')}.md"
        if page not in (command.help or ""):
            command.epilog = f"Page: {page}"
        cli.add_command(command)


def main() -> None:
    """Run the command line; no error reaches the user as a traceback."""
    if "OMP_WAIT_POLICY" not in os.environ:  # before torch: its threads wait some 20 us awake, then sleep, so that
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # they neither miss each other nor burn another job's core
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
    except (KeyboardInterrupt, click.Abort):  # the latter is a RuntimeError, too
        ending.say(f"cdm: {ending.WORDS[told[0] if told else signal.SIGINT]}")
        return Interrupted.status
    except click.ClickException as error:
        return ending.misused("cdm", error)
    except Interrupted as error:
        ending.say(f"cdm: {''.join(f'{one.name}: ' for one in told[:1] if one != signal.SIGINT)}{error}")
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
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        ending.say(f"cdm: needs {error.name}: pip install 'scmgen[cdm]'")
        return ending.MISUSE
    except OSError as error:
        ending.say(f"cdm: {error.filename or 'a file'}: {error.strerror or error}")
        return ending.MISUSE
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        ending.say("cdm: out of memory; ask for fewer images (--n, --samples), or choose another --device")
        return ending.MISUSE
    return status if isinstance(status, int) else 0
