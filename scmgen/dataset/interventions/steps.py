"""Steps as text: what a file, a manifest or the command line says about interventions, read and written.

A data set's ``interventions`` is a list of steps, each applied to every sample. A step says *who* is
targeted (``among``, ``sizes``, ``sets`` or ``probability``), *what* happens to the targets (its
``kind``), and *from* which world it starts (``base``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny, ValidationError

from scmgen.dataset.interventions.kinds import KINDS, Step, find, meaning
from scmgen.dataset.interventions.table import NONE
from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import document


def read(value: Any) -> tuple[Step, ...]:
    """Read steps: text as on the command line, a mapping of one step, or a list of texts, mappings or steps.

    Raises:
        ScmgenError: if there is no such kind, or a step does not fit.
    """
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, dict):
        return read([value])
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


def parse(text: str) -> tuple[Step, ...]:
    """Read ``hard``, ``soft:scale=0.5,sizes=[1,2]``, ``hard:lamp=0.3; soft:shift=0.1`` or ``hard | soft:scale=2``.

    ``;`` separates the steps of a chain and ``|`` what is mixed in one step; ``none`` is no step. A
    key that is no option is a factor: its value (hard) or its other equation (mechanism).

    Raises:
        ScmgenError: if there is no such kind, or an option does not fit.
    """
    if text.strip() == NONE:
        return ()
    return tuple(step for part in _split(text, ";") for step in _joined(part))


def _joined(text: str) -> tuple[Step, ...]:
    """The step of a chain: one that joins others, or a plain one."""
    for name, kind in KINDS.items():
        parts = _split(text, kind.sign) if kind.sign else []
        if len(parts) > 1:
            steps = tuple(step for part in parts for step in _step(_mapping(part), part))
            return _step({"kind": name, kind.own: steps}, text)
    return _step(_mapping(text), text)


def _mapping(text: str) -> dict[str, Any]:
    name, _, rest = text.partition(":")
    name = name.strip()
    kind = find(name)
    options: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for pair in _split(rest, ",") if rest.strip() else []:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key or not value:
            raise ScmgenError(f"{text}: write {name}:name=value,name=value; found {pair.strip()!r}")
        known = kind is not None and key in kind.model_fields and key != "kind"  # which stands before the colon
        (options if known else own)[key] = _list(value) if value.startswith("[") else value
    if own and kind is not None and kind.own and not kind.sign and kind.own not in options:
        options[kind.own] = own
        own = {}
    if "kind" in own:
        raise ScmgenError(f"{text}: kind= cannot stand here; to target a factor of this name, write among=kind")
    return {"kind": name, **options, **own}


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
    name = value.get("kind") if isinstance(value, Mapping) else None
    if isinstance(name, str) and any(len(_split(name, kind.sign)) > 1 for kind in KINDS.values() if kind.sign):
        (joined,) = _joined(name)  # written in a document as on the command line
        return _step({**value, "kind": joined.kind, joined.own: getattr(joined, joined.own)}, where)
    kind = find(name)
    if kind is None:
        raise ScmgenError(f"{'' if where == name else f'{where}: '}{_unknown(name)}")
    try:
        return (kind.model_validate(value),)
    except ValidationError as error:
        place, problem = document.explain(kind, error)
        dotted = ".".join(str(part) for part in place)
        raise ScmgenError(f"{where}: {dotted}: {problem}" if dotted else f"{where}: {problem}") from None


def _unknown(name: object) -> str:
    hints = {word: hint for kind in KINDS.values() for word, hint in kind.misnomers.items()}
    hint = hints.get(str(name)) or suggestion(str(name), {NONE, *(word for word in KINDS if not KINDS[word].sign)})
    problem = "no 'kind'" if name is None else f"no kind of intervention {name!r}"
    return f"{problem}; {hint}"


def spell(documents: Iterable[Mapping[str, Any]]) -> str:
    """Write steps, as a manifest holds them, in the notation that :func:`parse` reads."""
    return "; ".join(map(_spelled, documents)) or NONE


def _spelled(step: Mapping[str, Any]) -> str:
    kind = meaning(step["kind"])
    if kind.sign:
        return f" {kind.sign} ".join(map(_spelled, step[kind.own]))
    plain = {name: field.default for name, field in kind.model_fields.items()}
    given = {key: value for key, value in step.items() if key != "kind" and value != plain.get(key)}
    parts = []
    for key, value in given.items():
        own = value if key == kind.own and isinstance(value, Mapping) else {key: value}
        parts += [f"{name}={_value(part)}" for name, part in own.items()]
    return f"{step['kind']}:{','.join(parts)}" if parts else str(step["kind"])


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_value, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
