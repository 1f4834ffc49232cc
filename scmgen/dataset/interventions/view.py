"""The kind ``view``: the same factors seen again, under nuisance of its own."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.kinds import Policy, Step, intervention
from scmgen.dataset.interventions.table import DoTable, nothing
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene


@intervention
class View(Step):
    """Nothing is done to any factor, and what is drawn besides them is drawn anew: a second view of the same world."""

    kind: Literal["view"] = "view"
    nuisance: Literal["fresh"] = "fresh"

    @model_validator(mode="after")
    def _of_no_factor(self) -> View:
        for option in ("among", "sizes", "sets", "probability", "at", "lasts"):
            if getattr(self, option) is not None:
                raise ValueError(
                    f"{option}: a view has no targets; write hard:...,nuisance=fresh for a do under new nuisance"
                )
        return self

    def compiled(self, scene: Scene, where: str) -> Policy:
        """A step that does nothing.

        Raises:
            ScmgenError: if the scene has no nuisance, so that a second view is the first.
        """
        if not scene.nuisance:
            raise ScmgenError(f"{where}: {scene.name} has no nuisance: every variable with noise reaches a factor")
        return Policy(self, scene, where, (frozenset(),), _nothing)


def _nothing(before: Before) -> DoTable:
    return nothing(before.rows.count, len(before.scene.factors), before.scene.frames)
