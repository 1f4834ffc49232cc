"""The command `explore`: a local page with a slider for each factor, or the same as one file."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError

if TYPE_CHECKING:
    from scmgen.cli.explorer.answers import Explorer

_MOST = 2**53 - 1  # the largest whole number that a page can hold
_EXPORTING = {"samples": 3, "values": 9, "size": 160, "megabytes": 8}
_CLIPS = {"samples": 2, "values": 5, "size": 96, "megabytes": 8}  # of a scene that moves


def _lessons(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """What completes a lesson in a shell: the bundled ones, or a file."""
    from click.shell_completion import CompletionItem

    from scmgen.cli.explorer import lesson

    found = [CompletionItem(name) for name in lesson.bundled() if name.startswith(begun)]
    return found or [CompletionItem(begun, type="file")]


def _exporting(name: str, low: int, high: int, what: str) -> Callable[[Any], Any]:
    """An option that goes with --export."""
    clips = "" if _CLIPS[name] == _EXPORTING[name] else f", of clips {_CLIPS[name]}"
    told = f"With --export: {what}  [default: {_EXPORTING[name]}{clips}]"
    return click.option(f"--{name}", type=click.IntRange(low, high), metavar="N", help=told)


@click.command()
@click.argument("scene", required=False, type=options.Words(), shell_complete=options.scenes)
@click.option("--seed", type=click.IntRange(0, _MOST), help="Seed of the noise.  [default: the recipe's, or 0]")
@click.option(
    "--lesson",
    type=options.Words(),
    shell_complete=_lessons,
    metavar="NAME|FILE",
    help="Teach: confounding, selection, counterfactuals, or a YAML file, which may name SCENE.  [default: none]",
)
@click.option("--at", metavar="STATE", help="Open at a state: what an address has behind #.  [default: the beginning]")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of 127.0.0.1.  [default: a free one]")
@click.option("--no-open", is_flag=True, help="Open no browser; none is opened either without a terminal and a screen.")
@click.option("--export", type=options.FILE, help="Write the page to this .html file, serve nothing.  [default: none]")
@_exporting("samples", 1, 100, "samples.")
@_exporting("values", 2, 51, "values of each factor, parameter and noise.")
@_exporting("size", 16, 512, "pixels a side.")
@_exporting("megabytes", 1, 64, "that the file has at most.")
@options.setting
@options.sample_scm
@options.scm_seed
@options.plugins
def explore(
    scene: str | None,
    seed: int | None,
    lesson: str | None,
    at: str | None,
    port: int | None,
    no_open: bool,
    export: Path | None,
    settings: tuple[str, ...],
    sample_scm: str | None,
    scm_seed: int | None,
    plugin_files: tuple[Path, ...],
    **exporting: int | None,
) -> None:
    """Play with a scene in the browser.

    Move a factor, see the counterfactual. Serves a page on this machine only, at an address that nobody can guess,
    until Ctrl-C; or writes a page that needs no server. SCENE may be left out if a lesson names one.
    """
    given = [name for name, value in exporting.items() if value is not None]
    if given and export is None:
        raise ScmgenError(f"--{given[0]} goes with --export FILE.html")
    if export is not None:
        _check(export, at, port)
    explorer = _explorer(scene, seed, lesson, (settings, plugin_files, sample_scm, scm_seed))
    explorer.answer({"seed": explorer.seed, "index": 0, "noise": 0, "size": 64, "do": [{}]})  # finds what is amiss
    if export is None:
        _serve(explorer, port or 0, at or "", no_open)
    else:
        usual = _EXPORTING if explorer.subject.scene.frames is None else _CLIPS
        _export(explorer, export, {**usual, **{name: value for name, value in exporting.items() if value}})


def _explorer(scene: str | None, seed: int | None, lesson: str | None, more: tuple[Any, ...]) -> Explorer:
    """The scene, and the lesson that goes with it; both are read again when the page asks for that."""
    from scmgen.cli.explorer import lesson as lessons
    from scmgen.cli.explorer import subject
    from scmgen.cli.explorer.answers import Explorer

    named = scene or (lessons.read(lesson).scene if lesson else None)
    if named is None:
        file = f"--lesson {lesson} names no scene: give SCENE, or " if lesson else "give SCENE, or "
        raise ScmgenError(f"{file}a lesson that names one: --lesson {lessons.bundled()[0]}")
    find = functools.partial(subject.find, named, *more)
    return Explorer(find, seed, (lambda scene: lessons.read(lesson).taught(scene)) if lesson else lambda scene: None)


def _serve(explorer: Explorer, port: int, at: str, no_open: bool) -> None:
    from scmgen.cli.explorer.server import Server

    with Server(explorer, port, at) as server:
        try:
            click.echo(f"{explorer.subject.title}: explore it at {server.url}\nCtrl-C ends it")
            if not no_open and sys.stdout.isatty() and _screen():
                import webbrowser

                webbrowser.open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("\nended", err=True)


def _check(out: Path, at: str | None, port: int | None) -> None:
    """Raise unless a page can be written there, and is told nothing that only a server does: before the work."""
    if at is not None:
        raise ScmgenError(f"--at goes without --export: in a browser open {out}#{at}")
    if port is not None:
        raise ScmgenError("--port goes without --export: a page in a file has no server")
    if out.suffix.lower() not in (".html", ".htm"):
        raise ScmgenError(f"--export {out}: the page is an HTML file; call it {out.with_suffix('.html')}")
    if not out.parent.is_dir():
        raise ScmgenError(f"--export {out}: no such folder: {out.parent}")


def _export(explorer: Explorer, out: Path, chosen: dict[str, int]) -> None:
    from scmgen.cli.explorer import page, recording
    from scmgen.storage.places import place
    from scmgen.terminal import amount

    plan = recording.Plan(explorer.seed, **chosen)
    told, left_out = recording.record(explorer.subject, explorer.describe(), plan)
    text = page.recorded(explorer.subject.title, told).text.encode()
    try:
        place.write(out, text)
    except OSError as error:
        raise ScmgenError(f"--export {out}: cannot be written: {error.strerror or error}") from None
    counts = f"{len(told['pictures']):,} pictures of {len(told['samples'])} samples at {plan.size} px"
    click.echo(f"{out}: {counts}, {plan.values} values a factor, {amount(len(text))}; it needs no server")
    if left_out:
        click.echo(f"left out, to stay below {plan.megabytes} MB (--megabytes allows more): {', '.join(left_out)}")


def _screen() -> bool:
    """Whether a browser would get a window; one that runs in this terminal would keep the server waiting."""
    return sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
