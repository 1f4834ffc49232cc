"""The command `explore`: a local page with a slider for each factor."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import click

from scmgen.cli import options

_MOST = 2**53 - 1  # the largest whole number that a page can hold


@click.command()
@click.argument("scene", shell_complete=options.scenes)
@click.option("--seed", type=click.IntRange(0, _MOST), help="Seed of the noise.  [default: the recipe's, or 0]")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of 127.0.0.1.  [default: a free one]")
@click.option("--no-open", is_flag=True, help="Open no browser; none is opened either without a terminal and a screen.")
@options.setting
@options.sample_scm
@options.scm_seed
@options.plugins
def explore(
    scene: str,
    seed: int | None,
    port: int | None,
    no_open: bool,
    settings: tuple[str, ...],
    sample_scm: str | None,
    scm_seed: int | None,
    plugin_files: tuple[Path, ...],
) -> None:
    """Play with a scene in the browser.

    Move a factor, see the counterfactual. Serves a page on this machine only, at an address that nobody can guess,
    until Ctrl-C.
    """
    from scmgen.cli.explorer import subject
    from scmgen.cli.explorer.answers import Explorer
    from scmgen.cli.explorer.server import Server

    find = functools.partial(subject.find, scene, settings, plugin_files, sample_scm, scm_seed)
    explorer = Explorer(find, seed)
    explorer.answer(
        {"seed": explorer.seed, "index": 0, "noise": 0, "size": 64, "do": {}}
    )  # compiles, and finds what is amiss
    with Server(explorer, port or 0) as server:
        try:
            click.echo(f"{explorer.subject.title}: explore it at {server.url}\nCtrl-C ends it")
            if not no_open and sys.stdout.isatty() and _screen():
                import webbrowser

                webbrowser.open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("\nended", err=True)


def _screen() -> bool:
    """Whether a browser would get a window; one that runs in this terminal would keep the server waiting."""
    return sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
