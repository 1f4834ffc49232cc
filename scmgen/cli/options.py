"""Options that several commands share, and what they mean."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from click.shell_completion import CompletionItem

from scmgen.errors import ScmgenError

if TYPE_CHECKING:
    from scmgen.dataset.sampling import Dataset


class Named(click.Path):
    """A path that has a name: nothing at all would be the working directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if not os.fspath(value):
            self.fail("it is empty; a path is needed", param, ctx)
        return super().convert(value, param, ctx)


class Words(click.types.StringParamType):
    """A text that says something."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if not value:
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


Banks: TypeAlias = tuple[Any, ...]
"""What --pictures or --meshes gave."""
FILE = Named(path_type=Path, dir_okay=False)
FAULT = 1  # exit status of a check that found a fault
DEFAULT = "hard"  # the kind of intervention where none is named


def _load(context: click.Context, option: click.Parameter, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Load what is brought before the rest of the line is read, which may name what it adds."""
    if given:
        from scmgen.scene import plugins

        plugins.load(given)
    return given


def _given(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> tuple[Any, ...]:
    """Read pictures or meshes while the line is parsed."""
    from scmgen.pictures import brought

    what: Any = option.name
    return _load(context, option, tuple(brought.given(text, what) for text in texts)) if texts else ()


def _embedded(texts: tuple[str, ...]) -> dict[str, str] | None:
    from scmgen.pictures import embedding

    return dict(map(embedding.embedded, texts)) if texts else None


def plugins(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options --plugin, --pictures and --meshes; a command is given what all bring as ``plugin_files``."""

    @functools.wraps(command)
    def bringing(*arguments: Any, plugin_files: tuple[Path, ...], pictures: Banks, meshes: Banks, **named: Any) -> Any:
        return command(*arguments, plugin_files=(*plugin_files, *pictures, *meshes), **named)

    return _plugin(_pictures(_meshes(bringing)))


_plugin = click.option(
    "--plugin",
    "plugin_files",
    multiple=True,
    type=FILE,
    is_eager=True,
    callback=_load,
    help="Python file that adds functions, noises, marks or kinds of intervention.",
)
_pictures = click.option(
    "--pictures",
    multiple=True,
    metavar="NAME=PLACE",
    is_eager=True,
    callback=_given,
    help="Pictures for a scene that names some: a folder (a sub-folder a class), IDX files, .npz or .parquet.",
)
_meshes = click.option(
    "--meshes",
    multiple=True,
    metavar="NAME=PLACE",
    is_eager=True,
    callback=_given,
    help="Meshes for a scene that names some: a folder of PLY and OBJ files (a sub-folder a class), or one of them.",
)
embed = click.option(
    "--embed-pictures",
    "embeds",
    multiple=True,
    metavar="NAME=LICENCE",
    callback=lambda context, option, texts: _embedded(texts),
    help="Write pictures beside the shards, too, so that the data set can be drawn again by whoever has it.",
)
size = click.option(
    "--size", metavar="N|WxH", help="Pixels a side, 16 to 1024: 64, 96x64.  [default: the recipe's, or 64]"
)
channels = click.option(
    "--channels", metavar="rgb|grey", help="Colour, or brightness.  [default: the recipe's, or rgb]"
)
setting = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override a parameter of the scene."
)
workers = click.option(
    "-j",
    "--workers",
    type=click.IntRange(1, 1_000),
    default=lambda: os.cpu_count() or 1,
    envvar="SCMGEN_WORKERS",
    show_default=False,
    help="Processes.  [default: all cores, or what SCMGEN_WORKERS says]",
)


sample_scm = click.option(
    "--sample-scm",
    type=Words(),
    metavar="GRAPH",
    help="Draw the causal model of the scene's free factors: er:1.5, sf:2, ...  [default: none]",
)
frames = click.option(
    "--frames",
    type=click.IntRange(2, 1_024),
    metavar="T",
    help="Frames of each clip of a scene that moves.  [default: the recipe's, or the scene's]",
)
scm_seed = click.option("--scm-seed", type=click.IntRange(0), help="Seed of --sample-scm.  [default: 0]")


def scenes(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What completes the name of a scene or a data set in a shell: names, or a file where none begins so."""
    from scmgen.dataset import catalogue

    names = {**catalogue.entries(), **catalogue.scenes()}
    found = [CompletionItem(name) for name in names if name.startswith(begun)]
    return found or [CompletionItem(begun, type="file")]


def folders(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What completes a directory in a shell."""
    return [CompletionItem(begun, type="dir")]


def directory(text: str) -> str | Path:
    """Read a directory, or a URL, which stays the text that it is."""
    path: Path = Named(path_type=Path, file_okay=False).convert(text, None, None)
    return text if "://" in text else path


def kind(context: click.Context, option: click.Parameter, value: str | None) -> Any:
    """Read KIND while the line is parsed, so that an option that took the scene's name for it says so."""
    from scmgen.dataset.interventions import steps

    if value is None:
        return None
    if Path(value).suffix in (".yaml", ".yml"):
        return steps.from_file(Path(value))
    try:
        return steps.parse(value)
    except ScmgenError as error:
        words = ("no kind of", "write ")
        hint = " (KIND may be left out if SCENE stands first; else write --interventions=hard)"
        raise ScmgenError(f"--interventions: {error}{hint if str(error).startswith(words) else ''}") from None


def interventions(otherwise: str) -> Callable[[Any], Any]:
    """The option --interventions; ``otherwise`` is done where neither it nor a recipe says."""
    return click.option(
        "--interventions",
        is_flag=False,
        flag_value=DEFAULT,
        metavar="[KIND]",
        callback=kind,
        help="Pair each image with its counterfactual: hard (also when no KIND is given), soft:scale=0.5, a chain "
        "'hard; hard', none, ... or a YAML file; docs/reference/interventions.md.  "
        f"[default: the recipe's, or {otherwise}]",
    )


allow_ood = click.option("--allow-ood", is_flag=True, default=None, help="Let interventions leave the factors' ranges.")


def request(
    scene: str,
    settings: tuple[str, ...],
    plugin_files: tuple[Path, ...],
    sample_scm: str | None = None,
    scm_seed: int | None = None,
    frames: int | None = None,
    **overrides: Any,
) -> tuple[Any, Any]:
    """Resolve what a user typed: the source of the scene, and the spec with the options applied."""
    from scmgen.dataset import catalogue
    from scmgen.scene import plugins

    sums = plugins.load(plugin_files)
    source = catalogue.find(scene, sample_scm, scm_seed, frames)
    parameters = catalogue.settings(settings, source.scene)
    return source, catalogue.spec(source, parameters=parameters, plugins=sums, **overrides)


def built(subject: str) -> bool:
    """Whether SCENE|DIR is a data set that was written: a URL or a directory, if it has not only a scene's name."""
    from scmgen.dataset import catalogue
    from scmgen.storage import layout

    if "://" in subject:
        return True
    there = Path(subject)
    known = {*catalogue.scenes(), *catalogue.entries()}
    return there.is_dir() and (subject not in known or (there / layout.MANIFEST).exists())


def written(directory: str, plugin_files: tuple[Path, ...]) -> Dataset:
    """The data set of a directory or URL, compiled from its spec; what it was built with is loaded."""
    from scmgen.dataset.sampling import compile_spec
    from scmgen.scene import plugins
    from scmgen.storage import embedded, manifest
    from scmgen.storage.places.place import folder

    place = folder(directory)
    spec = manifest.spec_of(manifest.read(place), place)
    plugins.require(spec.plugins, embedded.given(place, spec, plugin_files), str(place))
    return compile_spec(spec)


def refuse(directory: str, overrides: Mapping[str, Any]) -> None:
    """Raise if an option says what a data set that was written shall be."""
    given = [name for name, value in overrides.items() if value not in (None, ())]
    if given:
        from scmgen.storage import manifest

        option, name = "--" + given[0].replace("settings", "set").replace("_", "-"), manifest.read(directory).name
        command = click.get_current_context().info_name
        raise ScmgenError(
            f"{option}: {directory} is built, and its spec says what it is; {command} {name} to try others"
        )


def part(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read I/K."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value, re.ASCII)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not count:
        raise ScmgenError(f"--shards {value}: write I/K, part I (from 0) of K")
    if number >= count:
        raise ScmgenError(f"--shards {value}: parts are numbered from 0 to {count - 1}")
    return number, count
