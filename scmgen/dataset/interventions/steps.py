"""Interventions as data: what a spec says about them, in a file or on the command line.

A data set's ``interventions`` is a list of steps, each applied to every sample. A step says *who* is
targeted (``among``, ``sizes``, ``sets`` or ``probability``), *what* happens to the targets (its
``kind``), and *from* which world it starts (``base``). :mod:`scmgen.dataset.interventions.policies` carries steps out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import document
from scmgen.scene.factor import Text


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


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, (str, int)) else value


OneOrMore: TypeAlias = str | tuple[str, ...]
Values = Annotated[OneOrMore | dict[str, OneOrMore], BeforeValidator(_values)]


class Step(BaseModel):
    """Who is targeted, and from which world the step starts.

    By default each factor alone, and nothing, come equally often: in every block of d + 1 samples
    each of these d + 1 arms comes exactly once, in an order drawn from the block's own stream.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    base: Literal["previous", "factual"] = "previous"
    among: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = None
    sizes: Annotated[tuple[Annotated[int, Field(ge=0)], ...] | None, BeforeValidator(_listed)] = None
    sets: tuple[tuple[str, ...], ...] | None = None
    probability: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Step:
        given = [name for name in ("sizes", "sets", "probability") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both choose targets; give one of them")
        if self.sets is not None and self.among is not None:
            raise ValueError("sets and among both choose targets; give one of them")
        for name in ("among", "sizes", "sets"):
            chosen = getattr(self, name)
            if chosen is not None and (not chosen or len(set(chosen)) < len(chosen)):
                raise ValueError(f"{name}: {'empty' if not chosen else 'the same entry twice'}")
        return self

    def named(self) -> tuple[str, ...] | None:
        """The factors that the step itself restricts its targets to."""
        return self.among


class Hard(Step):
    """A hard do: the target takes ``value``, whatever its parents say.

    ``value`` is ``uniform`` (over the factor's range or levels), ``flip`` (mirrored in the range, half
    a turn on, another level), an expression that may read every variable's value before the step,
    ``self`` (the target's own), ``low`` and ``high`` (its range), and may have a noise (a stochastic
    intervention); a list of such to choose from; or a mapping from factors to these.
    """

    kind: Literal["hard"] = "hard"
    value: Values = "uniform"

    def named(self) -> tuple[str, ...] | None:
        """As ``among`` says, or the factors that have a value of their own."""
        return tuple(self.value) if self.among is None and isinstance(self.value, dict) else self.among


class Soft(Step):
    """A soft intervention: x := middle + scale * (f(parents, u) - middle) + shift * (high - low).

    ``scale`` is about the middle of the factor's range and ``shift`` a share of that range; both are
    expressions, as in :class:`Hard`. Categorical factors are never targets.
    """

    kind: Literal["soft"] = "soft"
    shift: Text = "0"
    scale: Text = "1"

    @model_validator(mode="after")
    def _does_something(self) -> Soft:
        if self.shift.strip() in ("0", "0.0") and self.scale.strip() in ("1", "1.0"):
            raise ValueError("a soft intervention needs a shift or a scale, such as soft:scale=0.5")
        return self


class MechanismChange(Step):
    """A mechanism change: targets follow other equations, with the same noise as before."""

    kind: Literal["mechanism"] = "mechanism"
    replace: Annotated[dict[str, Text], Field(min_length=1)]

    def named(self) -> tuple[str, ...] | None:
        """The factors that have another equation."""
        return tuple(self.replace) if self.among is None else self.among


class Mix(Step):
    """One of several steps, chosen for each sample with equal chances; the chosen one names the targets."""

    kind: Literal["mix"] = "mix"
    of: Steps

    @model_validator(mode="after")
    def _plain(self) -> Mix:
        if any(getattr(self, name) is not None for name in ("among", "sizes", "sets", "probability")):
            raise ValueError("the steps of a mix choose their own targets")
        if len(self.of) < 2 or any(isinstance(step, Mix) for step in self.of):
            raise ValueError("a mix is made of two or more steps that are no mixes")
        return self


KINDS: dict[str, type[Step]] = {"hard": Hard, "soft": Soft, "mechanism": MechanismChange, "mix": Mix}
_STOCHASTIC = "a stochastic intervention is a hard one whose value has noise, such as hard:value=normal(self, 0.1)"


def read(value: Any) -> tuple[Step, ...]:
    """Read steps: text as on the command line, or a list of texts, mappings or steps.

    Raises:
        ScmgenError: if there is no such kind, or a step does not fit.
    """
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, (list, tuple)):
        raise ScmgenError(f"a kind of intervention or a list of steps is needed, found {value!r:.80}")
    return tuple(step for number, part in enumerate(value, 1) for step in _step(part, f"step {number}"))


def from_file(path: Path) -> tuple[Step, ...]:
    """Read steps from a YAML file: a list of steps, or a mapping with the key ``interventions``."""
    source = document.read(path)
    data = source.data
    try:
        return read(data["interventions"] if isinstance(data, dict) and "interventions" in data else data)
    except ScmgenError as error:
        raise ScmgenError(f"{path}: {error}") from None


def _validated(value: Any) -> tuple[Step, ...]:
    try:
        return read(value)
    except ScmgenError as error:
        raise ValueError(str(error)) from None  # so that a document says where


Steps = Annotated[tuple[SerializeAsAny[Step], ...], BeforeValidator(_validated)]
Mix.model_rebuild()


def parse(text: str) -> tuple[Step, ...]:
    """Read ``hard``, ``soft:scale=0.5,sizes=[1,2]``, ``hard:lamp=0.3; soft:shift=0.1`` or ``hard | soft:scale=2``.

    ``;`` separates the steps of a chain and ``|`` what is mixed in one step; ``none`` is no step. A
    key that is no option is a factor: its value (hard) or its other equation (mechanism).

    Raises:
        ScmgenError: if there is no such kind, or an option does not fit.
    """
    if text.strip() == "none":
        return ()
    steps: list[Step] = []
    for chain in _split(text, ";"):
        mixed = [step for part in _split(chain, "|") for step in _step(_mapping(part), part)]
        steps += mixed if len(mixed) == 1 else [Mix(of=tuple(mixed))]
    return tuple(steps)


def _mapping(text: str) -> dict[str, Any]:
    kind, _, rest = text.partition(":")
    kind = kind.strip()
    options: dict[str, Any] = {}
    own: dict[str, Any] = {}
    fields = KINDS[kind].model_fields if kind in KINDS else {}
    for pair in _split(rest, ",") if rest.strip() else []:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name or not value:
            raise ScmgenError(f"{text}: write {kind}:name=value,name=value; found {pair.strip()!r}")
        (options if name in fields else own)[name] = _list(value) if value.startswith("[") else value
    home = {"hard": "value", "mechanism": "replace"}.get(kind)
    if own and home and home not in options:
        options[home] = own
        own = {}
    return {"kind": kind, **options, **own}


def _list(text: str) -> list[Any]:
    if not text.endswith("]"):
        raise ScmgenError(f"{text}: a list ends with ]")
    parts = [part.strip() for part in _split(text[1:-1], ",")] if text[1:-1].strip() else []
    return [_list(part) if part.startswith("[") else part for part in parts]


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign that stands in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _step(value: Any, where: str) -> tuple[Step, ...]:
    if isinstance(value, Step):
        return (value,)
    if isinstance(value, str):
        return parse(value)
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if kind not in KINDS:
        found = "no 'kind'" if kind is None else f"no kind of intervention {kind!r}"
        hint = _STOCHASTIC if kind == "stochastic" else suggestion(str(kind), {*KINDS, "none"} - {"mix"})
        raise ScmgenError(f"{'' if where == kind else f'{where}: '}{found}; {hint}")
    try:
        return (KINDS[kind].model_validate(value),)
    except ValidationError as error:
        place, problem = document.explain(KINDS[kind], error)
        dotted = ".".join(str(part) for part in place)
        raise ScmgenError(f"{where}: {dotted}: {problem}" if dotted else f"{where}: {problem}") from None
