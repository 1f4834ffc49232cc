"""YAML documents in which every value is text and every error knows its line.

All scalars are read as strings and typed later by the schema, so YAML's surprises (``on`` is true,
``1e5`` is text, ``1:30`` is ninety) do not exist. Nothing is ever constructed or executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from scmgen.errors import ScmgenError, suggestion

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_LARGEST = 1_000_000  # bytes of a document
_MOST_NODES = 50_000
_DEEPEST = 12


@dataclass(frozen=True)
class Document:
    """What a file says: ``data`` (mappings, lists and strings) and the line of each place."""

    data: Any
    lines: Mapping[Place, int]
    source: str

    def locate(self, place: Place) -> str:
        """Write a place as ``file:line: path.in.document``."""
        known = place
        while known not in self.lines and known:
            known = known[:-1]
        line = self.lines.get(known)
        dotted = ".".join(str(part) for part in place)
        prefix = f"{self.source}:{line}" if line else self.source
        return f"{prefix}: {dotted}" if dotted else prefix


def read(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        ScmgenError: if it cannot be read or is no YAML, holds a key twice, or is too large.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ScmgenError(f"{path}: {len(data)} bytes; a document has at most {_LARGEST}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScmgenError(f"{path}: not UTF-8 text (byte {error.start})") from None
    return parse(text, str(path))


def parse(text: str, source: str) -> Document:
    """Read YAML text; ``source`` is quoted in errors."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScmgenError(f"{source}:{line}: not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ScmgenError(f"{source}: not valid YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise ScmgenError(f"{source}: the file is empty")
    lines: dict[Place, int] = {}
    return Document(_plain(node, (), lines, source), lines, source)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], source: str) -> Any:
    lines[place] = node.start_mark.line + 1
    if len(lines) > _MOST_NODES or len(place) > _DEEPEST:
        raise ScmgenError(f"{source}: too large or too deeply nested (are there aliases?)")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, source)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, i), lines, source) for i, item in enumerate(node.value)]
    return str(node.value)


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int], source: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ScmgenError(f"{source}:{line}: a key must be a name, found a {key.id}")
        if key.value in result:
            raise ScmgenError(f"{source}:{line}: {'.'.join(map(str, (*place, key.value)))}: the key stands here twice")
        result[key.value] = _plain(value, (*place, key.value), lines, source)
        lines[(*place, key.value)] = line
    return result


def validate(model: type[Model], document: Document, place: Place = ()) -> Model:
    """Check a document (or the part at ``place``) against a pydantic model.

    Raises:
        ScmgenError: for the first thing that does not fit, with its line.
    """
    data = document.data
    for part in place:
        data = data[part]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = (*place, *(part for part in first["loc"] if not str(part).startswith("function-")))
        raise ScmgenError(f"{document.locate(where)}: {_problem(model, first)}") from None


def _problem(model: type[BaseModel], error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key; {suggestion(str(error['loc'][-1]), _keys(model, error['loc'][:-1]))}"
    if error["type"] == "missing":
        return "this key is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    found = error.get("input")
    return message if error["type"] == "value_error" else f"{message}, found {found!r:.80}"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that a model allows at a place."""
    for part in place:
        field = model.model_fields.get(str(part))
        inner = [model] if field is None else _models(field.annotation)
        if inner:
            model = inner[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
