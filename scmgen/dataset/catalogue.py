"""Where scenes and named data sets are found: the catalogue, the bundled scenes, a user's file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scmgen.dataset.interventions.steps import Steps
from scmgen.dataset.spec import DEFAULT_SPLITS, Channels, Disclosure, Environment, Pixels, Spec, Split
from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures import brought
from scmgen.scene import document, plugins
from scmgen.scene.bounds import FRAMES
from scmgen.scene.factor import Number, Version
from scmgen.scene.scene import Scene, compile_scene, read_scene

_HERE = Path(__file__).parent
ROOT = _HERE if (_HERE / "datasets.yaml").exists() else _HERE.parents[1]  # in a wheel; in a checkout

Condition = Literal["own-noise", "one-to-one", "all-interventions", "readable", "nuisance", "true-graph"]
"""What docs/explanation/scenes.md asks of every scene."""

_SHARED = (  # what an entry hands to a spec as it is
    "version n seed size channels interventions allow_ood labels masks depth normals effects splits environments "
    "license waives"
).split()
OURS, UNKNOWN = "CC0-1.0", "unknown"
"""The licence of a data set for which nobody gave one: of a bundled scene, and of one's own."""
N = 1_000  # samples of a scene that the catalogue does not name


def _environments(value: Any) -> Any:
    if isinstance(value, str) and value != "interventional":
        raise ValueError(f"a list of environments, or interventional, is needed, found {value!r:.80}")
    return value


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Pins(BaseModel):
    """What an entry gave when it was pinned, in any of its sizes (docs/data-sets/catalogue.md).

    Attributes:
        spec_hash: of :attr:`scmgen.dataset.spec.Spec.hash`.
        labels, pixels: of :func:`scmgen.dataset.fingerprint.content`.
        software: versions that gave them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    spec_hash: Sha256
    labels: Sha256
    pixels: Sha256
    software: dict[str, str] = {}


class Recipe(BaseModel):
    """A recipe for a spec: a named data set of the catalogue, or a user's file.

    ``environments`` may be ``interventional``: observation, and for each factor a regime in which it
    follows nothing but its own range. ``sample_scm`` draws the equations of the scene's free factors
    (:mod:`scmgen.scene.sampled`). ``frames`` are those of a clip, if the scene moves. ``small`` is a second size: the
    first of these samples, in every split.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scene: str
    version: Version = 1
    description: str = ""
    sample_scm: str | None = None
    scm_seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    frames: Annotated[int, Field(ge=2, le=FRAMES)] | None = None
    n: Annotated[int, Field(ge=1, le=10**9)] = N
    small: Annotated[int, Field(ge=1, le=10**9)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    size: Pixels = 64
    channels: Channels = "rgb"
    interventions: Steps = ()
    allow_ood: bool = False
    labels: Disclosure = "whole"
    masks: bool = False
    depth: bool = False
    normals: bool = False
    effects: bool = False
    parameters: dict[str, Number] = {}
    splits: tuple[Split, ...] = DEFAULT_SPLITS
    environments: Annotated[tuple[Environment, ...] | Literal["interventional"], BeforeValidator(_environments)] = ()
    license: str = ""  # CC0-1.0 of a bundled scene, and unknown of one's own
    waives: dict[Condition, str] = {}  # condition -> why this data set does not meet it
    pins: Pins | None = None


@dataclass(frozen=True)
class Resolved:
    """What a name stands for: a compiled scene and the recipe around it."""

    name: str
    scene: Scene
    entry: Recipe
    drawn: str = ""  # what the equations were drawn from, if they were
    bundled: bool = False  # whether the scene comes with scmgen


def scenes() -> dict[str, Path]:
    """The bundled scenes, by name."""
    return {path.stem: path for path in sorted((ROOT / "scenes").glob("*.yaml"))}


def entries() -> dict[str, Recipe]:
    """The catalogue: named data sets, in the order of ``datasets.yaml``."""
    source = document.read(ROOT / "datasets.yaml")
    if not isinstance(source.data, dict):
        raise ScmgenError(f"{source.source}: a mapping from names to data sets is needed")
    read = {name: document.validate(Recipe, source, (name,)) for name in source.data}
    return {name: recipe.model_copy(update={"license": recipe.license or OURS}) for name, recipe in read.items()}


def load_scene(name: str | Path) -> Scene:
    """Load a bundled scene by its name, or a YAML file by its path.

    Raises:
        ScmgenError: if there is no such scene or the file is no scene.
    """
    plugins.load_installed()
    path = scenes().get(str(name)) or Path(name)
    if path.is_file() or path.suffix in (".yaml", ".yml"):
        return read_scene(document.read(path))
    if path.is_dir():
        raise ScmgenError(f"{path}: is a directory; a scene is one file, which ends with .yaml")
    own = [str(file) for end in (".yaml", ".yml") if (file := Path(f"{name}{end}")).is_file()]
    where = "" if own else " (a file of your own needs its path, with .yaml)"
    raise ScmgenError(
        f"no scene or data set {str(name)!r}; {suggestion(str(name), own or {*scenes(), *entries()})}{where}"
    )


def find(name: str, sample_scm: str | None = None, scm_seed: int | None = None, frames: int | None = None) -> Resolved:
    """Resolve what a user typed: a catalogue name, a scene's name, or a path to a YAML file.

    A file with the key ``scene`` is a recipe like those of the catalogue; its scene is a bundled one
    or a file beside it. ``sample_scm``, ``scm_seed`` and ``frames`` override those of the recipe.

    Raises:
        ScmgenError: if there is no such thing, it does not fit, or no such causal model can be drawn.
    """
    source = _filmed(_source(name), frames)
    recipe = sample_scm or source.entry.sample_scm
    if recipe is None:
        if scm_seed is not None:
            raise ScmgenError("--scm-seed goes with --sample-scm, such as --sample-scm er:1.5")
        return source
    from scmgen.scene.sampled import parse, sample

    seed = source.entry.scm_seed if scm_seed is None else scm_seed
    sampled = sample(source.scene.document, parse(recipe), seed)
    return replace(source, scene=compile_scene(sampled), drawn=f"{recipe}, seed {seed}")


def _filmed(source: Resolved, frames: int | None) -> Resolved:
    """The same with clips of other lengths, if anybody says so."""
    count, document = frames or source.entry.frames, source.scene.document
    if count is None or count == document.frames:
        return source
    if document.frames is None:
        raise ScmgenError(f"frames: {document.name} stands still; a scene moves that has frames: 16 at its top")
    return replace(source, scene=compile_scene(document.model_copy(update={"frames": count})))


def _source(name: str) -> Resolved:
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        entry = entries().get(name)
        scene = load_scene(entry.scene if entry else name)
        bundled = entry is not None or name in scenes()
        return Resolved(name if entry else scene.name, scene, entry or Recipe(scene=scene.name), bundled=bundled)
    source = document.read(path)
    if not isinstance(source.data, dict) or "scene" not in source.data or "equations" in source.data:
        scene = load_scene(path)
        return Resolved(scene.name, scene, Recipe(scene=scene.name))
    recipe = document.validate(Recipe, source)
    scene = load_scene(_scene_of(recipe, source, path))
    return Resolved(path.stem, scene, recipe, bundled=recipe.scene in scenes())


def _scene_of(recipe: Recipe, source: document.Document, path: Path) -> str | Path:
    """The scene that a recipe names: a bundled one, or a file beside it or below; a recipe may come from anybody."""
    if recipe.scene in scenes():
        return recipe.scene
    below = PurePosixPath(recipe.scene)
    if below.is_absolute() or ".." in below.parts or below.suffix not in (".yaml", ".yml") or "\0" in recipe.scene:
        hint = suggestion(recipe.scene, scenes())
        place = source.locate(("scene",))
        raise ScmgenError(
            f"{place}: {recipe.scene!r} is no scene; write a YAML file beside the recipe, or a name: {hint}"
        )
    return path.parent / below


def spec(source: Resolved, small: bool = False, **overrides: Any) -> Spec:
    """Make the spec of a source; overrides that are None keep what the recipe says.

    Args:
        source: what :func:`find` gives.
        small: of the recipe's two sizes the small one, which the same command without it extends.
        overrides: fields of :class:`scmgen.dataset.spec.Spec`.

    Raises:
        ScmgenError: if a value is out of bounds, or a small size is asked for where there is none.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    if small:
        given["n"] = _small(source, given)
    recipe = {key: getattr(source.entry, key) for key in _SHARED}
    recipe["license"] = recipe["license"] or (OURS if source.bundled else UNKNOWN)
    if recipe["environments"] == "interventional":
        recipe["environments"] = interventional(source.scene)
    shown = source.scene.document
    given["plugins"] = {**brought.sums(shown.pictures, shown.meshes), **given.get("plugins", {})}
    for name in given.get("embeds", {}):
        if name not in given["plugins"]:
            hint = suggestion(name, shown.pictures) if shown.pictures else "the scene shows none"
            raise ScmgenError(f"--embed-pictures {name}: no pictures {name!r}; {hint}")
    given["parameters"] = {**source.entry.parameters, **given.get("parameters", {})}
    try:
        return Spec(name=source.name, scene=source.scene.document, **{**recipe, **given})
    except ValidationError as error:
        where, problem = document.explain(Spec, error)
        raise ScmgenError(f"{'.'.join(map(str, where))}: {problem}") from None


def _small(source: Resolved, given: dict[str, Any]) -> int:
    if "n" in given:
        raise ScmgenError("--small and --n both choose the number of samples; give one of them")
    if source.entry.small is None:
        sizes = ", ".join(name for name, entry in entries().items() if entry.small)
        raise ScmgenError(f"--small: {source.name} has one size only; two have {sizes}. Choose with --n")
    return source.entry.small


def interventional(scene: Scene) -> tuple[Environment, ...]:
    """Observation, and for each factor a regime in which it is drawn from its domain, whatever its causes."""
    regimes = [Environment(name="observation")]
    for name, factor in scene.factors.items():
        regimes.append(Environment(name=f"do_{name}", replace={name: factor.domain.equation()}))
    return tuple(regimes)


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
