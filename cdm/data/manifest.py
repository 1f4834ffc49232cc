"""The manifest of a data set: proven by its digest, consistent, and as docs/reference/manifest.schema.json has it."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from cdm.data.schema import spelt
from cdm.errors import CdmError, suggestion
from cdm.scm.codes import from_manifest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FORMAT = 1
MOST = 1 << 26  # bytes of a manifest: about 200,000 shards
_NAME = "manifest.schema.json"
_HERE = Path(__file__).parent
_PAGES = _HERE.parents[1] / "docs" / "reference"
SCHEMA = (_HERE if (_HERE / _NAME).exists() else _PAGES) / _NAME  # in a wheel; in a checkout
_TAR = 512  # bytes that a member of a shard takes at least


def parse(text: bytes, where: str) -> dict[str, Any]:
    """The manifest that a file holds; ``where`` is its name. Units that it leaves out are "1".

    Raises:
        CdmError: if it is damaged, was changed, is of another format, does not say what one says, or its images
            are no squares.
    """
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CdmError(f"{where}: damaged: not valid JSON ({error})") from None
    version = data.get("format") if isinstance(data, dict) else type(data).__name__
    if version != FORMAT:
        raise CdmError(f"{where}: format {spelt(version)}; this cdm reads format {FORMAT}")
    if data.get("digest") != digest(data):
        raise CdmError(f"{where}: changed since it was written: its digest does not match")
    wrong = misfit(data) or _contradiction(data)
    if wrong:
        raise CdmError(f"{where}: {wrong}; docs/reference/format.md says what a manifest holds")
    if isinstance(data["size"], list):
        wide, tall = data["size"]
        raise CdmError(f"{where}: images of {wide} x {tall} pixels; cdm reads square ones: build with --size {tall}")
    return {**data, "factors": {name: {"unit": "1", **factor} for name, factor in data["factors"].items()}}


def digest(data: Mapping[str, Any]) -> str:
    """Sha256 of a manifest's canonical JSON without its own digest."""
    rest = {key: value for key, value in data.items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()


def misfit(data: Mapping[str, Any]) -> str | None:
    """Where a manifest departs from the schema, what was found and what is allowed; None if nowhere."""
    error = next(_validator().iter_errors(data), None)
    return None if error is None else _worded(_innermost(error))


@functools.cache
def _validator() -> Draft202012Validator:
    """What checks by the schema: whole numbers are written without a point, and a text may not end with a new line."""
    try:
        import jsonschema
    except ImportError:
        raise CdmError("reading a data set needs jsonschema: pip install 'scmgen[cdm]'") from None
    kind = jsonschema.Draft202012Validator
    whole = kind.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict: Any = jsonschema.validators.extend(kind, type_checker=whole)  # type: ignore[no-untyped-call]
    checker: Draft202012Validator = strict(_anchored(json.loads(SCHEMA.read_text(encoding="utf-8"))))
    return checker


def _anchored(part: Any) -> Any:
    """Let patterns end where texts end: Python's ``$`` also fits before a new line at the end, a schema's does not."""
    if isinstance(part, list):
        return [_anchored(value) for value in part]
    if not isinstance(part, dict):
        return part
    done = {key: _anchored(value) for key, value in part.items()}
    if isinstance(done.get("pattern"), str):
        done["pattern"] = _ended(done["pattern"])
    if "patternProperties" in done:
        done["patternProperties"] = {_ended(key): value for key, value in done["patternProperties"].items()}
    return done


def _ended(pattern: str) -> str:
    return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern


def _innermost(error: Any) -> Any:
    """What is wrong in the one option of several that the value may have been meant as: the last that is not null."""
    inner = [part for part in error.context or () if part.validator_value != "null"]
    return _innermost(inner[0]) if inner else error


_TYPES = {
    "array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "null", "number": "a number",
    "object": "a mapping", "string": "a text",
}  # fmt: skip
_BOUNDS = {
    "minimum": "at least {}", "maximum": "at most {}", "const": "{!r}", "pattern": "a text of the form {}",
    "minItems": "a list of at least {} entries", "maxItems": "a list of at most {} entries",
    "minProperties": "a mapping of at least {} entries", "maxLength": "a text of at most {} characters",
}  # fmt: skip


def _worded(error: Any) -> str:
    """An error in our words: its place in the document, what is needed, what was found."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path).lstrip(".")
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return f"{place + ' ' if place else ''}has no {missing}"
    if error.validator == "additionalProperties":
        form = next(iter(error.schema["patternProperties"])).removesuffix(r"\Z") + "$"
        return f"{place}: names of the form {form} are needed, found {_odd_key(error)}"
    return f"{place or 'it'}: {_needed(error)} is needed, found {spelt(error.instance)}"


def _odd_key(error: Any) -> str:
    forms = list(error.schema["patternProperties"])
    return spelt(next(key for key in error.instance if not any(re.search(form, key) for form in forms)))


def _needed(error: Any) -> str:
    value = error.validator_value
    if error.validator == "type":
        return _TYPES[value]
    if error.validator == "enum":
        return f"one of {', '.join(map(str, value))}"
    if error.validator == "pattern":
        value = value.removesuffix(r"\Z") + "$" if value.endswith(r"\Z") else value
    return _BOUNDS.get(error.validator, f"{error.validator} {{}}").format(value)


def _contradiction(data: Mapping[str, Any]) -> str | None:
    """What a manifest of the right form says that cannot be."""
    return _of_factors(data) or _of_graph(data) or _of_shards(data)


def _of_factors(data: Mapping[str, Any]) -> str | None:
    for name, factor in data["factors"].items():
        if None in factor["range"]:
            return f"factors.{name}.range: two numbers are needed, found {spelt(factor['range'])}"
    try:
        from_manifest({name: {"unit": "1", **factor} for name, factor in data["factors"].items()})
    except CdmError as error:
        return str(error)
    return None


def _of_graph(data: Mapping[str, Any]) -> str | None:
    if data["graph"] is None:
        return None
    names, directed = list(data["factors"]), data["graph"]["adjacency"]["directed"]
    if data["graph"]["adjacency"]["names"] != names:
        return f"graph.adjacency.names: the factors are needed, in their order: {', '.join(names)}"
    if [len(row) for row in directed] != [len(names)] * len(names) or not {0, 1}.issuperset(itertools.chain(*directed)):
        return f"graph.adjacency.directed: a row and a column of 0 and 1 for each of the {len(names)} factors is needed"
    return None


def _of_shards(data: Mapping[str, Any]) -> str | None:
    listed, counts = set[str](), dict.fromkeys(data["splits"], 0)
    for number, shard in enumerate(data["shards"]):
        name, split, place = shard["name"], shard["split"], f"shards[{number}]"
        if name in listed:
            return f"{place}.name: {name} is listed twice"
        if split not in counts:
            return f"{place}.split: no split {split!r}; {suggestion(split, counts)}"
        if shard["samples"] * len(data["members"]) * _TAR > shard["bytes"]:
            return f"{place}.samples: {shard['samples']:,} samples cannot lie in {shard['bytes']:,} bytes"
        listed.add(name)
        counts[split] += shard["samples"]
    for split, count in counts.items():
        if count != data["splits"][split]:
            return f"splits.{split}: {data['splits'][split]:,} samples, but its shards hold {count:,}"
    if ".image.png" not in data["members"] or ".label.json" not in data["members"]:
        return f"members: .image.png and .label.json are needed, found {spelt(data['members'])}"
    return None
