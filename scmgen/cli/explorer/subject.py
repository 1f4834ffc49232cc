"""What is explored: a scene, and how a user names it again in Python and on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scmgen.dataset import catalogue
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.scene.scene import Scene

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Subject:
    """A scene with its parameters, and the names that lead to it.

    Attributes:
        title: the name of the data set or scene that the user asked for.
        reference: name or path of the scene itself.
        recipe: what the causal model was drawn from and with which seed, if it was drawn.
        parameters: those that a recipe or ``--set`` gives.
        plugin_files: what has to be loaded first.
        from_file: whether the user named a file, which may change.
        seed: of the recipe.
    """

    title: str
    scene: Scene
    reference: str
    recipe: tuple[str, int] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    plugin_files: tuple[Brought, ...] = ()
    from_file: bool = False
    seed: int = 0

    def changed(self, parameters: Mapping[str, float]) -> Subject:
        """The same scene with other parameters.

        Raises:
            ScmgenError: if there is no such parameter.
        """
        scene = self.scene.changed(parameters=parameters, where=f"{self.title}: parameters")
        return replace(self, scene=scene, parameters={**self.parameters, **parameters})


def find(
    name: str,
    settings: Sequence[str] = (),
    plugin_files: tuple[Brought, ...] = (),
    sample_scm: str | None = None,
    scm_seed: int | None = None,
) -> Subject:
    """Resolve what a user typed, as every command does; splits and environments of a recipe are left out.

    Raises:
        ScmgenError: if there is no such scene, or an option does not fit it.
    """
    plugins.load(plugin_files)
    source = catalogue.find(name, sample_scm, scm_seed)
    entry = source.entry
    parameters = {**entry.parameters, **catalogue.settings(settings, source.scene)}
    drawn = sample_scm or entry.sample_scm
    recipe = (drawn, entry.scm_seed if scm_seed is None else scm_seed) if drawn else None
    scene = source.scene.changed(parameters=parameters, where=f"{name}: parameters")
    from_file = Path(name).suffix in _SUFFIXES
    reference = _reference(name, entry.scene)
    return Subject(source.name, scene, reference, recipe, parameters, plugin_files, from_file, entry.seed)


def _reference(name: str, scene: str) -> str:
    """The scene behind a catalogue entry or a recipe's file; a scene's file is its own."""
    if Path(name).suffix not in _SUFFIXES or scene in catalogue.scenes():
        return scene
    return str(Path(name).parent / scene) if Path(scene).suffix in _SUFFIXES else name
