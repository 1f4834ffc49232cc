"""The kind ``mix``: one of several steps, chosen for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.kinds import Policy, Step, intervention
from scmgen.dataset.interventions.steps import Steps
from scmgen.dataset.interventions.table import DoTable
from scmgen.scene.scene import Scene


@intervention
class Mix(Step):
    """One of several steps, chosen for each sample with equal chances; the chosen one names the targets."""

    own: ClassVar[str] = "of"
    sign: ClassVar[str] = "|"

    kind: Literal["mix"] = "mix"
    of: Steps

    @model_validator(mode="after")
    def _plain(self) -> Mix:
        if any(getattr(self, name) is not None for name in ("among", "sizes", "sets", "probability")):
            raise ValueError("the steps of a mix choose their own targets")
        if len(self.of) < 2 or any(isinstance(step, Mix) for step in self.of):
            raise ValueError("a mix is made of two or more steps that are no mixes")
        if any(step.nuisance for step in self.of):
            raise ValueError("nuisance: of a mix as a whole, not of a step in it")
        if self.at is not None or self.lasts is not None:
            raise ValueError("at and lasts: of a step of a mix, not of the mix as a whole")
        return self

    def compiled(self, scene: Scene, where: str) -> Policy:
        """Each of the steps, compiled."""
        for step in self.of:
            step.check_time(scene, f"{where} ({step.kind})")
        parts = tuple(step.compiled(scene, f"{where} ({step.kind})") for step in self.of)
        sets = tuple(dict.fromkeys(targets for part in parts for targets in part.sets))
        return Policy(self, scene, where, sets, lambda before: _dealt(before, parts), parts=parts)


def _dealt(before: Before, parts: Sequence[Policy]) -> DoTable:
    """The table of each row from the step that was chosen for it; every step has streams of its own."""
    chosen = np.floor(before.rows.draw("/mix") * len(parts)).astype(int)
    tables = [part.fill(before.under(f"/{k}")) for k, part in enumerate(parts)]
    stacked = {field.name: np.stack([getattr(table, field.name) for table in tables]) for field in fields(DoTable)}
    return DoTable(**{name: array[chosen, np.arange(len(chosen))] for name, array in stacked.items()})
