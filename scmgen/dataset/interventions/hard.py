"""The kind ``hard``: a target takes a value, whatever its causes say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator

from scmgen.dataset.interventions.before import Before, expression
from scmgen.dataset.interventions.kinds import Action, Step, intervention
from scmgen.dataset.interventions.targets import check_names
from scmgen.scene.scene import Scene
from scmgen.scm.expression import Expression
from scmgen.scm.vocabulary import Array

_WORDS = ("uniform", "flip")  # values that are no expressions


def _texts(value: Any) -> Any:
    """An expression, or several to choose from."""
    if isinstance(value, (list, tuple)):
        if not value or any(isinstance(part, (list, tuple, dict)) for part in value):
            raise ValueError(f"a list of expressions is needed, found {value!r:.80}")
        return tuple(str(part) for part in value)
    if isinstance(value, Mapping) or value in ("", None):
        raise ValueError(f"an expression is needed, found {value or 'nothing'!r:.80}")
    return str(value)


def _values(value: Any) -> Any:
    """One such for every target, or for each factor its own."""
    return {str(name): _texts(part) for name, part in value.items()} if isinstance(value, Mapping) else _texts(value)


OneOrMore: TypeAlias = str | tuple[str, ...]
Values = Annotated[OneOrMore | dict[str, OneOrMore], BeforeValidator(_values)]


@intervention
class Hard(Step):
    """A hard do: the target takes ``value``, whatever its parents say.

    ``value`` is ``uniform`` (over the factor's range or levels), ``flip`` (mirrored in the range, half
    a turn on, another level), an expression that may read every variable's value before the step,
    ``self`` (the target's own), ``low`` and ``high`` (its range), and may have a noise (a stochastic
    intervention); a list of such to choose from; or a mapping from factors to these.
    """

    own: ClassVar[str] = "value"
    verb: ClassVar[str] = "do"
    misnomers: ClassVar[Mapping[str, str]] = {
        "stochastic": "a stochastic intervention is a hard one whose value has noise, "
        "such as hard:value=normal(self, 0.1)"
    }

    kind: Literal["hard"] = "hard"
    value: Values = "uniform"

    def named(self) -> tuple[str, ...] | None:
        """As ``among`` says, or the factors that have a value of their own."""
        return tuple(self.value) if self.among is None and isinstance(self.value, dict) else self.among

    def action(self, scene: Scene, where: str) -> Action:
        """Set the value; of several, one that is chosen for the sample."""
        own = self.value if isinstance(self.value, dict) else {}
        check_names(own, scene, f"{where}: value")
        default: OneOrMore = "uniform" if isinstance(self.value, dict) else self.value
        options = {name: _options(own.get(name, default), scene, f"{where}: value") for name in scene.factors}
        return lambda name, before: (0.0, _value(name, options[name], before))


def setting(values: Mapping[str, str]) -> str:
    """The short text of the step that sets exactly these factors, each to its value."""
    return f"hard:sets=[[{','.join(values)}]],{','.join(f'{name}={value}' for name, value in values.items())}"


def _options(value: OneOrMore, scene: Scene, where: str) -> tuple[str | Expression, ...]:
    texts = (value,) if isinstance(value, str) else value
    return tuple(text if text in _WORDS else expression(text, scene, where) for text in texts)


def _value(name: str, options: tuple[str | Expression, ...], before: Before) -> Array:
    u = before.rows.draw(f":{name}")
    drawn = [_option(name, option, before, u) for option in options]
    if len(drawn) == 1:
        return drawn[0]
    pick = np.floor(before.rows.draw(f"/pick:{name}") * len(drawn)).astype(int)
    return np.asarray(np.stack(drawn)[pick, np.arange(len(pick))])


def _option(name: str, option: str | Expression, before: Before, u: Array) -> Array:
    if isinstance(option, Expression):
        return before.evaluate(option, name, u)
    factor, own = before.scene.factors[name], before.values[name]
    low, high = factor.bounds
    if option == "uniform":
        return factor.at(u)
    if factor.levels:
        others = len(factor.levels) - 1
        return np.asarray(np.mod(own + 1.0 + np.floor(u * others), others + 1.0))
    if factor.circular:
        return np.asarray(low + np.mod(own - low + (high - low) / 2, high - low))
    return np.asarray(low + (high - own))
