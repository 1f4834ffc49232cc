"""The kind ``soft``: a target keeps its equation, scaled and shifted."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import model_validator

from scmgen.dataset.interventions.before import Before, expression
from scmgen.dataset.interventions.kinds import Action, Step, intervention
from scmgen.errors import ScmgenError
from scmgen.scene.factor import Text
from scmgen.scene.scene import Scene


@intervention
class Soft(Step):
    """A soft intervention: x := middle + scale * (f(parents, u) - middle) + shift * (high - low).

    ``scale`` is about the middle of the factor's range and ``shift`` a share of that range; both are
    expressions, as the value of a hard do. Categorical factors are never targets.
    """

    severs: ClassVar[bool] = False
    hint: ClassVar[str] = "; or scale towards the middle of the range: soft:scale=0.5"

    kind: Literal["soft"] = "soft"
    shift: Text = "0"
    scale: Text = "1"

    @model_validator(mode="after")
    def _does_something(self) -> Soft:
        if self.shift.strip() in ("0", "0.0") and self.scale.strip() in ("1", "1.0"):
            raise ValueError("a soft intervention needs a shift or a scale, such as soft:scale=0.5")
        return self

    def eligible(self, scene: Scene, where: str) -> list[str]:
        """Factors that are numbers."""
        every = super().eligible(scene, where)
        levels = [name for name in every if scene.factors[name].levels]
        if levels and self.among is not None:
            raise ScmgenError(f"{where}: {levels[0]} is categorical: a level cannot be shifted or scaled; use hard")
        numbers = [name for name in every if name not in levels]
        if not numbers:
            raise ScmgenError(f"{where}: no continuous factor to shift or scale; use hard")
        return numbers

    def action(self, scene: Scene, where: str) -> Action:
        """Scale about the middle of the range, and shift by a share of it."""
        texts = {"shift": self.shift, "scale": self.scale}
        parsed = [expression(text, scene, f"{where}: {name}") for name, text in texts.items()]

        def act(name: str, before: Before) -> tuple[Any, Any]:
            low, high = scene.factors[name].bounds
            streams = (before.rows.draw(f":{name}:{number}") for number in range(len(parsed)))
            by, about = (before.evaluate(part, name, u) for part, u in zip(parsed, streams, strict=True))
            return about, by * (high - low) + (1.0 - about) * (low + high) / 2

        return act
