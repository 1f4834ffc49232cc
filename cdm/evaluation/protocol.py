"""The protocol of a benchmark, as data: which questions are asked, of which samples of which data set.

Two groups that score under one protocol have asked the same questions: it names the data by the hash of its spec, the
split and how many of its first samples; what was done to each is in the data. Its sum stands in every set of answers.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from cdm.data import files
from cdm.data.schema import misfit
from cdm.errors import CdmError, suggestion

_FORM = {
    "name": str,
    "version": int,
    "build": str,
    "data": {"name": str, "version": int, "size": int, "spec_hash": str},
    "split": str,
    "rows": int,
    "seeds": [int],
    "cpu_seconds": int,
}
_SHIPPED, _MOST = "cdm.evaluation.protocols", 1 << 16


@dataclass(frozen=True)
class Protocol:
    """What is asked.

    Attributes:
        name, version: of the protocol; other questions are another version.
        build: the command that makes the data.
        data: name, version, size and spec hash of the data set.
        split, rows: which samples: the first ones of a split.
        seeds: of the trainings that are to be shown.
        cpu_seconds: what a training may take.
    """

    name: str
    version: int
    build: str
    data: Mapping[str, Any]
    split: str
    rows: int
    seeds: tuple[int, ...]
    cpu_seconds: int

    def plain(self) -> dict[str, Any]:
        """The protocol as plain JSON."""
        return {**vars(self), "data": dict(self.data), "seeds": list(self.seeds)}

    @property
    def hash(self) -> str:
        """Sha256 of its canonical JSON."""
        return hashlib.sha256(orjson.dumps(self.plain(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def keys(self) -> list[str]:
        """The keys of the samples, as docs/reference/format.md spells them."""
        return [f"{self.split}-{row:09d}" for row in range(self.rows)]

    def check(self, manifest: Mapping[str, Any], where: str) -> None:
        """Raise unless a data set is the one that is asked about, and large enough.

        Raises:
            CdmError: if it is another, or has too few samples.
        """
        found = manifest.get("spec_hash")
        if found != self.data["spec_hash"]:
            told = f"{manifest['name']}, spec {str(found)[:12]}"
            raise CdmError(
                f"{where}: {told}, and protocol {self.name} asks about {self.data['name']} at {self.data['size']} px, "
                f"spec {self.data['spec_hash'][:12]}: {self.build}"
            )
        if manifest["size"] != self.data["size"]:
            told = f"images of {manifest['size']} pixels a side"
            raise CdmError(f"{where}: {told}; protocol {self.name} says {self.data['size']}")
        there = manifest["splits"].get(self.split, 0)
        if there < self.rows:
            raise CdmError(f"{where}: {there} samples of {self.split}; protocol {self.name} asks about {self.rows}")


def names() -> list[str]:
    """The protocols that come with cdm."""
    folder = resources.files(_SHIPPED)
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def shipped(name: str) -> str:
    """The file of a protocol that comes with cdm.

    Raises:
        CdmError: if there is none of that name.
    """
    if name not in names():
        raise CdmError(f"no protocol {name!r}; {suggestion(name, names())}, or a .toml file")
    return (resources.files(_SHIPPED) / f"{name}.toml").read_text(encoding="utf-8")


def find(text: str) -> Protocol:
    """A protocol: the name of one that comes with cdm, or a TOML file.

    Raises:
        CdmError: if there is none, or it does not say what one says.
    """
    if not text.endswith(".toml"):
        return parse(shipped(text).encode(), text)
    try:
        with files.open_file(Path(text)) as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise CdmError(f"{text}: cannot be read: {error.strerror or error}") from None
    if len(content) > _MOST:
        raise CdmError(f"{text}: has more than {_MOST:,} bytes, which is all that are read")
    return parse(content, text)


def parse(content: bytes, where: str) -> Protocol:
    """The protocol that TOML tells; ``where`` is its name.

    Raises:
        CdmError: if it does not say what one says.
    """
    try:
        plain = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CdmError(f"{where}: not valid TOML: {error}") from None
    return told(plain, where)


def told(plain: Any, where: str) -> Protocol:
    """The protocol of plain data.

    Raises:
        CdmError: if it does not say what one says.
    """
    wrong = misfit(plain, _FORM)
    unknown = [] if wrong else [key for key in plain if key not in _FORM]
    if wrong or unknown:
        raise CdmError(f"{where}: {wrong or f'unknown key {unknown[0]!r}; {suggestion(unknown[0], _FORM)}'}")
    if plain["rows"] < 1 or not plain["seeds"]:
        raise CdmError(f"{where}: a row and a seed at least are needed")
    return Protocol(**{**plain, "seeds": tuple(plain["seeds"])})
