"""Where scenes and named data sets are found: the catalogue, the bundled scenes, a user's file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scmgen import document, plugins
from scmgen.dataset import DEFAULT_SPLITS, Spec, Split
from scmgen.errors import ScmgenError, suggestion
from scmgen.interventions import Hard, parse
from scmgen.scene import Number, Scene, read_scene

_HERE = Path(__file__).parent
ROOT = _HERE if (_HERE / "datasets.yaml").exists() else _HERE.parent  # in a wheel; in a checkout

Condition = Literal["own-noise", "one-to-one", "all-interventions", "readable", "nuisance", "true-graph"]
"""What docs/scenes.md asks of every scene."""

N = 1_000  # samples of a scene that the catalogue does not name


def _steps(value: Any) -> Any:
    try:
        return parse(value) if isinstance(value, str) else value
    except ScmgenError as error:
        raise ValueError(str(error)) from None  # so that the document says where


class Entry(BaseModel):
    """A named data set: a recipe for a spec."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scene: str
    description: str = ""
    n: Annotated[int, Field(ge=1)] = N
    seed: Annotated[int, Field(ge=0)] = 0
    size: int = 64
    interventions: Annotated[tuple[Hard, ...], BeforeValidator(_steps)] = ()
    parameters: dict[str, Number] = {}
    splits: tuple[Split, ...] = DEFAULT_SPLITS
    license: str = "CC0-1.0"
    waives: dict[Condition, str] = {}  # condition -> why this data set does not meet it


@dataclass(frozen=True)
class Source:
    """What a name stands for: a compiled scene and the recipe around it."""

    name: str
    scene: Scene
    entry: Entry


def scenes() -> dict[str, Path]:
    """The bundled scenes, by name."""
    return {path.stem: path for path in sorted((ROOT / "scenes").glob("*.yaml"))}


def entries() -> dict[str, Entry]:
    """The catalogue: named data sets, in the order of ``datasets.yaml``."""
    source = document.read(ROOT / "datasets.yaml")
    if not isinstance(source.data, dict):
        raise ScmgenError(f"{source.source}: a mapping from names to data sets is needed")
    return {name: document.validate(Entry, source, (name,)) for name in source.data}


def load_scene(name: str | Path) -> Scene:
    """Load a bundled scene by its name, or a YAML file by its path.

    Raises:
        ScmgenError: if there is no such scene or the file is no scene.
    """
    plugins.load_installed()
    path = scenes().get(str(name)) or Path(name)
    if path.is_file() or path.suffix in (".yaml", ".yml"):
        return read_scene(document.read(path))
    hint = suggestion(str(name), {*scenes(), *entries()})
    raise ScmgenError(f"no scene or data set {str(name)!r}; {hint} (a file of your own needs its path, with .yaml)")


def find(name: str) -> Source:
    """Resolve what a user typed: a catalogue name, a scene's name, or a path to a YAML file."""
    entry = None if Path(name).suffix in (".yaml", ".yml") else entries().get(name)
    scene = load_scene(entry.scene if entry else name)
    return Source(name if entry else scene.name, scene, entry or Entry(scene=scene.name))


def spec(source: Source, **overrides: Any) -> Spec:
    """Make the spec of a source; overrides that are None keep what the recipe says.

    Raises:
        ScmgenError: if a value is out of bounds.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    entry = source.entry
    parameters = {**entry.parameters, **given.pop("parameters", {})}
    recipe = {key: getattr(entry, key) for key in ("n", "seed", "size", "interventions", "splits", "license", "waives")}
    try:
        return Spec(name=source.name, scene=source.scene.document, **{**recipe, **given, "parameters": parameters})
    except ValidationError as error:
        where, problem = document.explain(Spec, error)
        raise ScmgenError(f"{'.'.join(map(str, where))}: {problem}") from None


def settings(texts: Sequence[str], scene: Scene) -> dict[str, float]:
    """Read ``NAME=VALUE`` settings of a scene's parameters.

    Raises:
        ScmgenError: if there is no such parameter or the value is no finite number.
    """
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ScmgenError(f"--set {text}: write NAME=VALUE")
        if name not in scene.scm.parameters:
            hint = suggestion(name, scene.scm.parameters)
            raise ScmgenError(f"--set {text}: {scene.name} has no parameter {name!r}; {hint}")
        try:
            values[name] = float(value)
        except ValueError:
            raise ScmgenError(f"--set {text}: a number is needed, found {value!r}") from None
        if not math.isfinite(values[name]):
            raise ScmgenError(f"--set {text}: a finite number is needed, found {value!r}")
    return values
