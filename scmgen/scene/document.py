"""YAML documents in which every value is text and every error knows its line.

All scalars are read as strings and typed later by the schema, so YAML's surprises (``on`` is true,
``1e5`` is text, ``1:30`` is ninety) do not exist. Nothing is ever constructed or executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from scmgen.errors import ScmgenError, suggestion, together
from scmgen.files import read_file

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

LARGEST = 250_000  # bytes of a document
MOST_NODES = 50_000
_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, and safe from deep nesting
_DEEPEST = 12
_INDENT = "indent it like its neighbours"
_YAML_HINTS = {
    "\\t": "indent with spaces, not tabs",
    "mapping values": "quote a text that holds ': '",
    "<block mapping start>": _INDENT,
    "expected ':'": "write key: value",
    "got '{'": "between brackets, quote a text that holds { }",
    "found '<scalar>'": "quote a text that begins with {, [ or a quotation mark",
}
_NAMES = {  # what those write who name something, in words
    "^[a-z0-9][a-z0-9_-]*$": "a name of lower-case letters, digits, _ and - is needed",
    "^[A-Za-z][A-Za-z0-9_]*$": "a name of letters, digits and _ is needed, a letter first",
}
_NUMBER, _WHOLE, _MAPPING, _LIST = "a number", "a whole number", "a mapping (key: value)", "a list"
_NEEDED: dict[str, str] = {  # pydantic's error types, in the words of a scene's author
    "bool_parsing": "true or false is needed",
    "bool_type": "true or false is needed",
    "dataclass_type": f"{_MAPPING} is needed",
    "dict_type": f"{_MAPPING} is needed",
    "finite_number": "a finite number is needed",
    "float_parsing": f"{_NUMBER} is needed",
    "float_type": f"{_NUMBER} is needed",
    "greater_than": "more than {gt} is needed",
    "greater_than_equal": "at least {ge} is needed",
    "int_from_float": f"{_WHOLE} is needed",
    "int_parsing": f"{_WHOLE} is needed",
    "int_parsing_size": f"{_WHOLE} of fewer digits is needed",
    "int_type": f"{_WHOLE} is needed",
    "less_than": "less than {lt} is needed",
    "less_than_equal": "at most {le} is allowed",
    "list_type": f"{_LIST} is needed",
    "literal_error": "allowed: {expected}",
    "model_type": f"{_MAPPING} is needed",
    "string_pattern_mismatch": "a name that matches {pattern} is needed",
    "string_too_short": "a text that is not empty is needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "string_type": "text is needed",
    "too_long": "at most {max_length} entries are allowed",
    "too_short": "at least {min_length} of these is needed",
    "tuple_type": f"{_LIST} is needed",
}


@dataclass(frozen=True)
class Document:
    """What a file says: ``data`` (mappings, lists and strings) and the line of each place.

    ``notes`` say of some places where they come from; errors at or below them repeat it.
    """

    data: Any
    lines: Mapping[Place, int]
    source: str
    notes: Mapping[Place, str] = field(default_factory=dict)

    def locate(self, place: Place) -> str:
        """Write a place as ``file:line: path.in.document (note)``."""
        above = [place[:depth] for depth in range(len(place), -1, -1)]
        line = next((self.lines[known] for known in above if known in self.lines), None)
        note = next((f" ({self.notes[known]})" for known in above if known in self.notes), "")
        dotted = ".".join(str(part) for part in place)
        prefix = f"{self.source}:{line}" if line else self.source
        return f"{prefix}: {dotted}{note}" if dotted else prefix


def read(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        ScmgenError: if it cannot be read or is no YAML, holds a key twice, or is too large.
    """
    try:
        data = read_file(path, LARGEST)
    except OSError as error:
        beside = [path.with_suffix(suffix) for suffix in (".yaml", ".yml") if path.suffix in (".yaml", ".yml")]
        near = next((f"; did you mean {other}?" for other in beside if other.is_file() and other != path), "")
        raise ScmgenError(f"{path}: cannot be read: {error.strerror}{near}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScmgenError(f"{path}: not UTF-8 text (byte {error.start})") from None
    return parse(text, str(path))


def parse(text: str, source: str) -> Document:
    """Read YAML text; ``source`` is quoted in errors."""
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        line, hint = _blamed(error, text)
        problem = ", ".join(filter(None, (error.context, error.problem)))
        raise ScmgenError(f"{source}:{line + 1}: not valid YAML: {problem}{hint and f'; {hint}'}") from None
    except RecursionError:
        raise ScmgenError(f"{source}: nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ScmgenError(f"{source}: not valid YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise ScmgenError(f"{source}: the file is empty")
    lines: dict[Place, int] = {}
    return Document(_plain(node, (), lines, source), lines, source)


def _blamed(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line to look at, from 0, and what to do there."""
    mark, problem, lines = error.problem_mark, f"{error.context} {error.problem}", [*text.splitlines(), ""]
    hint = next((hint for sign, hint in _YAML_HINTS.items() if sign in problem), "")
    if mark is None:
        return 0, hint
    if "expected ':'" in problem and error.context_mark:  # noticed only when the next line begins
        return error.context_mark.line, hint
    above = [line for line in range(mark.line) if _said(lines[line])]
    if hint and above and ":" not in _said(lines[above[-1]]):  # what was begun there is missed here
        return above[-1], _YAML_HINTS["expected ':'"]
    key = "mapping values" in problem and ":" not in lines[mark.line][: mark.column]
    return mark.line, _INDENT if key else hint


def _said(line: str) -> str:
    """A line without its comment."""
    return "" if line.lstrip().startswith("#") else line.partition(" #")[0].strip()


def _composed(text: str) -> yaml.Node | None:
    """The tree of a text, by libyaml where it is there; what is wrong with one, the reader in Python tells."""
    try:
        return yaml.compose(text, Loader=_QUICK)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], source: str) -> Any:
    lines[place] = node.start_mark.line + 1
    if len(lines) > MOST_NODES or len(place) > _DEEPEST:
        raise ScmgenError(f"{source}:{lines[place]}: too large or too deeply nested (are there aliases?)")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, source)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, i), lines, source) for i, item in enumerate(node.value)]
    return str(node.value)


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int], source: str) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ScmgenError(f"{source}:{line}: a key must be a name, found a {key.id}")
        if key.value == "<<":
            raise ScmgenError(f"{source}:{line}: merge keys (<<) are not read; write the keys out")
        if key.value in mapping:
            raise ScmgenError(f"{source}:{line}: {'.'.join(map(str, (*place, key.value)))}: the key stands here twice")
        mapping[key.value] = _plain(value, (*place, key.value), lines, source)
        lines[(*place, key.value)] = line
    return mapping


def validate(model: type[Model], document: Document, place: Place = (), also: Iterable[str] = ()) -> Model:
    """Check a document (or the part at ``place``) against a pydantic model.

    ``also`` names keys that the file may have beside those of the model, for the error about a typo.

    Raises:
        ScmgenError: of all that does not fit, each with its line.
    """
    data = document.data
    for part in place:
        data = data[part]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        told = [(document.locate((*place, *spelt(one["loc"]))), one) for one in _misfits(error, data)]
        raise together([ScmgenError(f"{where}: {_problem(model, one, also)}") for where, one in told]) from None


def _misfits(error: ValidationError, data: Any) -> list[Any]:
    """What does not fit, one a place of the document; beside an unknown key, a typo, nothing is said to be missing."""
    listed = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    misspelt = {one["loc"][:-1] for one in listed if one["type"] == "extra_forbidden"}
    told = [one for one in listed if one["type"] != "missing" or one["loc"][:-1] not in misspelt]
    first: dict[Place, Any] = {}
    for one in told:
        first.setdefault(_known(one["loc"], data), one)
    return list(first.values())


def _known(parts: Sequence[str | int], data: Any) -> Place:
    """As much of a place as the document has, and the next key of a mapping, which may be missing."""
    for depth, part in enumerate(parts):
        if part in (data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()):
            data = data[part]
        else:
            return tuple(parts[: depth + isinstance(data, dict)])
    return tuple(parts)


def explain(model: type[BaseModel], error: ValidationError, also: Iterable[str] = ()) -> tuple[Place, str]:
    """The place and the meaning of what does not fit; an unknown key comes first, a typo explains the rest."""
    first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    return spelt(first["loc"]), _problem(model, first, also)


def spelt(parts: Iterable[str | int]) -> Place:
    """A place as a user knows it, without what pydantic puts between."""
    return tuple(part for part in parts if not str(part).startswith(("[", "function-")))


def _problem(model: type[BaseModel], error: Any, also: Iterable[str]) -> str:
    if error["type"] == "extra_forbidden":
        place = error["loc"][:-1]
        allowed = [*keys(model, place), *(() if place else also)]
        return f"unknown key; {suggestion(str(error['loc'][-1]), allowed)}"
    return misfit(error)


def misfit(error: Any) -> str:
    """What is wrong with a value, from the details of an error of pydantic: what is needed, and what was found."""
    kind, value = error["type"], error.get("input")
    if kind == "missing":
        return f"this {'entry' if isinstance(error['loc'][-1], int) else 'key'} is missing"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    context = error.get("ctx", {})
    needed = _NAMES.get(context.get("pattern")) or _NEEDED.get(kind, error["msg"]).format(**context)
    return f"{needed}, found {'nothing' if value == '' else f'{value!r:.80}'}"


def keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that a model allows at a place."""
    for part in place:
        entry = model.model_fields.get(str(part))
        inner = [model] if entry is None else _models(entry.annotation)
        if inner:
            model = inner[0]
    return [entry.alias or name for name, entry in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
