"""Commands about scenes: find one, write one, check it, look at it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError
from scmgen.terminal import counted

if TYPE_CHECKING:
    from scmgen.scene.scene import Scene


_MOVING = (".gif", ".webp")  # what shows clips as they move
_PATIENCE = 20.0  # seconds that a sheet may take to draw as it is


@click.command("list")
def list_() -> None:
    """List the named data sets and the scenes."""
    from scmgen.dataset import catalogue

    click.echo("Data sets (scmgen build NAME; with --small the smaller size):")
    for name, entry in catalogue.entries().items():
        kind, small = "pairs" if entry.interventions else "images", f"or {entry.small:,}" if entry.small else ""
        sizes = f"v{entry.version} {entry.n:>7,} {small:<8} {kind:<6} at {entry.size:>3} px"
        click.echo(f"  {name:<20} {sizes}  {entry.description}")
    click.echo("\nScenes:")
    for name, path in catalogue.scenes().items():
        click.echo(f"  {name:<20} {path}")


@click.command()
@click.argument("file", type=options.FILE)
def new(file: Path) -> None:
    """Write a commented scene to start from."""
    if file.suffix not in (".yaml", ".yml"):
        raise ScmgenError(f"{file}: a scene is a YAML file; call it {file.with_suffix('.yaml')}")
    if file.exists():
        raise ScmgenError(f"{file}: exists already")
    name = re.sub(r"[^a-z0-9_-]", "-", file.stem.lower())[:60].strip("-_") or "scene"
    text = (Path(__file__).parent / "template.yaml").read_text(encoding="utf-8")
    _write(file, text.replace("name: swing", f"name: {name}", 1).encode())
    click.echo(f"{file}: written; now try: scmgen show {file} -o {file.with_suffix('.png')}")


@click.command()
@click.argument("file", type=options.FILE)
@options.plugins
def validate(file: Path, plugin_files: tuple[Path, ...]) -> None:
    """Check a scene file and report what weakens it."""
    from scmgen.checks.audit import names, review
    from scmgen.dataset.catalogue import load_scene
    from scmgen.scene import plugins

    plugins.load(plugin_files)
    scene = load_scene(file)
    notes = [str(finding) for finding in review.review(scene)]
    notes += [f"{name}: {factor.note}" for name, factor in scene.factors.items() if factor.note]
    notes += names.notes(scene)
    variables, factors = counted(len(scene.scm.variables), "variable"), counted(len(scene.factors), "factor")
    sizes = f"{variables}, {factors}, {scene.renderer.summary}"
    click.echo(f"{file}: a valid scene: {sizes}")
    for note in notes:
        click.echo(f"  note: {note}")


@click.command()
@click.argument("scene", metavar="SCENE|DIR", shell_complete=options.scenes)
@click.option(
    "-o",
    "--out",
    type=options.FILE,
    help="Write a sheet of pairs to this PNG file; of clips also .gif or .webp.  [default: none]",
)
@click.option("--pairs", type=click.IntRange(1, 400), default=12, help="Pairs on the sheet.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the noise.  [default: the recipe's, or 0]")
@options.size
@options.channels
@options.frames
@options.interventions("hard")
@options.allow_ood
@options.setting
@options.sample_scm
@options.scm_seed
@options.plugins
def show(
    scene: str,
    out: Path | None,
    pairs: int,
    settings: tuple[str, ...],
    plugin_files: tuple[Path, ...],
    **overrides: Any,
) -> None:
    """Show equations and graph; with -o, draw pairs.

    The pairs, factual and counterfactual, are a contact sheet. Of a DIR that holds a data set they are those that were
    written.
    """
    if out is not None and out.suffix.lower() not in (".png", *_MOVING):
        raise ScmgenError(f"{out}: the sheet is a PNG file; call it {out.with_suffix('.png')}")
    if options.built(scene):
        options.refuse(scene, {"settings": settings, **overrides})
        _show_written(scene, out, pairs, plugin_files)
        return
    source, spec = options.request(scene, settings, plugin_files, **overrides)
    if out is None:
        _equations(source.scene)
        return
    from scmgen.dataset.interventions import steps
    from scmgen.dataset.sampling import compile_spec
    from scmgen.pictures.sheet import animate, encode
    from scmgen.publish.sheet import contact_sheet, moving_sheet
    from scmgen.scene.shown import rough

    if overrides["interventions"] is None and not spec.interventions:
        spec = spec.model_copy(update={"interventions": steps.parse(options.DEFAULT)})
    long = 2 * pairs * source.scene.renderer.seconds(spec.frame) > _PATIENCE
    looked = rough(source.scene) if long else source.scene
    dataset = compile_spec(spec, looked)
    if out.suffix.lower() in _MOVING:
        _write(out, animate(moving_sheet(dataset, pairs), out.suffix.lower()))
    else:
        _write(out, encode(contact_sheet(dataset, pairs)))
    note = f", as a look at them: {looked.renderer.summary}" if long else ""
    click.echo(f"{out}: {counted(pairs, 'pair')} of {source.name}{note}")


def _equations(scene: Scene) -> None:
    """Print equations, and the graph of the factors."""
    from scmgen.scm.notation import write

    width = max(map(len, scene.scm.variables))
    for equation in scene.scm.equations:
        click.echo(f"{', '.join(equation.targets):<{width}} := {equation.expression.text}")
    click.echo("\n" + write(scene.factor_graph, "text"))


def _show_written(directory: str, out: Path | None, pairs: int, plugin_files: tuple[Path, ...]) -> None:
    """Show what a data set is made of, or draw the first samples that were written."""
    from scmgen.pictures.sheet import animate, encode
    from scmgen.scm.notation import write
    from scmgen.storage.loading.reader import load
    from scmgen.storage.shown.sheet import moving

    data = load(directory)
    if out is not None:
        ending = out.suffix.lower()
        _write(out, animate(moving(data, n=pairs), ending) if ending in _MOVING else encode(data.show(n=pairs)))
        click.echo(f"{out}: the first samples of {data.name}")
    elif data.manifest.origin == "generated":
        _equations(options.written(directory, plugin_files).scene)
    else:
        known = "the graph is not known" if data.graph is None else write(data.graph, "text")
        click.echo(f"imported: no equations\n\n{known}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of a scene file, for editors."""
    import json

    from scmgen.scene.schema import scene_schema

    click.echo(json.dumps(scene_schema(), indent=2))


def _write(path: Path, data: bytes) -> None:
    from scmgen.storage.places import place

    try:
        place.write(path, data)
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be written: {error.strerror}") from None
