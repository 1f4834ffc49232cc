"""What a benchmark runs, as data: methods, protocols, seeds and a budget; each combination is a cell."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cdm.data import files
from cdm.data.schema import misfit
from cdm.errors import CdmError, suggestion
from cdm.evaluation import protocol as protocols
from cdm.evaluation.protocol import Protocol

FLOORS = ("identity", "oracle")
"""Methods without a model: the image that was asked about, and the true counterfactual."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_USUAL: dict[str, Any] = {"seeds": [], "cpu_seconds": 0, "threads": 1, "budget_on": ""}
_FORM = {
    "name": str, "protocols": [str], "data": {str: str}, "methods": {str: dict}, "seeds": [int], "cpu_seconds": int,
    "threads": int, "budget_on": str,
}  # fmt: skip
_METHOD: dict[str, Any] = {
    "floor": "", "model": "", "preset": "standard", "set": {}, "told": "", "protocols": [], "seeds": [],
}  # fmt: skip
_METHOD_FORM = {
    "floor": str, "model": str, "preset": str, "set": dict, "told": str, "protocols": [str], "seeds": [int],
}  # fmt: skip
_MOST = 1 << 18


@dataclass(frozen=True)
class Method:
    """One row: a model of a kind with options, or a floor.

    Attributes:
        name: of the row.
        floor: one of :data:`FLOORS`; empty for a model.
        model, preset, settings: its kind, and its options.
        told: what its training is told and its graph, for whoever reads a table.
        protocols: by whose names it is asked; empty for all of the plan.
        seeds: of it; those of the plan if empty.
    """

    name: str
    floor: str = ""
    model: str = ""
    preset: str = "standard"
    settings: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""
    protocols: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()

    def identity(self) -> dict[str, Any]:
        """What its figures hang on, as plain JSON: not how much it is asked, nor what readers of a table are told."""
        plain = {**asdict(self), "told": ""}
        return {name: value for name, value in plain.items() if name not in ("protocols", "seeds")}


@dataclass(frozen=True)
class Cell:
    """One method under one protocol with one seed.

    Attributes:
        method, asked, seed: which.
        base: the first protocol of the plan that asks this method about the same data: for it the training is done,
            of which the others ask more.
        measured: the protocol whose data tell how long the training may be.
    """

    method: Method
    asked: Protocol
    seed: int
    base: Protocol
    measured: Protocol

    @property
    def key(self) -> str:
        """What its files are called."""
        return f"{self.method.name}--{self.asked.name}--{self.seed}"


@dataclass(frozen=True)
class Choice:
    """Which cells of a plan are to be filled.

    Attributes:
        part, parts: which of how many parts, from 0 on; several runs may share a directory, each with another part.
        only: patterns of the names ``METHOD--PROTOCOL--SEED``, as of files; empty for all.
    """

    part: int = 0
    parts: int = 1
    only: tuple[str, ...] = ()


ALL = Choice()


@dataclass(frozen=True)
class Plan:
    """A benchmark.

    Attributes:
        name: of it.
        methods: the rows, in their order.
        protocols: what is asked.
        data: for each protocol where its data set lies.
        seeds: of every method; those of the protocols if empty.
        cpu_seconds: of each training; that of the protocol if 0.
        threads: of each cell.
        budget_on: name of the protocol whose data tell how many steps a budget is, for every protocol that a method is
            asked; if empty each tells its own. What a step costs hangs on the size of images and hardly on what they
            show, so a method then trains as long on each.
    """

    name: str
    methods: tuple[Method, ...]
    protocols: tuple[Protocol, ...]
    data: Mapping[str, str]
    seeds: tuple[int, ...] = ()
    cpu_seconds: int = 0
    threads: int = 1
    budget_on: str = ""

    @property
    def cells(self) -> list[Cell]:
        """All cells: the first seed of every method first, so that a table is soon there; floors have one seed."""
        every = [
            self._cell(method, asked, seed)
            for asked, method in itertools.product(self.protocols, self.methods)
            if asked in self._asking(method)
            for seed in (method.seeds or self.seeds or asked.seeds)[: 1 if method.floor else None]
        ]
        order = {seed: k for k, seed in enumerate(dict.fromkeys(cell.seed for cell in every))}
        return sorted(every, key=lambda cell: order[cell.seed])

    def chosen(self, choice: Choice) -> list[Cell]:
        """Some of the cells; those of a method that share a budget are in one part.

        Raises:
            CdmError: if a pattern fits none.
        """
        groups = dict.fromkeys((cell.method.name, cell.measured.name) for cell in self.cells)
        mine = list(groups)[choice.part :: choice.parts]
        likely = f"methods are {', '.join(method.name for method in self.methods)}"
        for pattern in choice.only:
            if not any(fnmatchcase(cell.key, pattern) for cell in self.cells):
                raise CdmError(f"--only {pattern}: no cell has such a name, as METHOD--PROTOCOL--SEED; {likely}")
        return [
            cell
            for cell in self.cells
            if (cell.method.name, cell.measured.name) in mine
            and (not choice.only or any(fnmatchcase(cell.key, pattern) for pattern in choice.only))
        ]

    def _cell(self, method: Method, asked: Protocol, seed: int) -> Cell:
        base = next(one for one in self._asking(method) if one.data == asked.data)
        measured = next((one for one in self._asking(method) if one.name == self.budget_on), base)
        return Cell(method, asked, seed, base, measured)

    def _asking(self, method: Method) -> list[Protocol]:
        return [one for one in self.protocols if not method.protocols or one.name in method.protocols]

    def seconds(self, asked: Protocol) -> int:
        """The budget of a training, in CPU-seconds."""
        return self.cpu_seconds or asked.cpu_seconds


def read(path: Path) -> Plan:
    """The plan of a TOML file; places of data in it are beside it, unless they are absolute or URLs.

    Raises:
        CdmError: if it cannot be read, or does not say what one says.
    """
    try:
        with files.open_file(path) as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise CdmError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > _MOST:
        raise CdmError(f"{path}: has more than {_MOST:,} bytes, which is all that are read")
    try:
        plain = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CdmError(f"{path}: not valid TOML: {error}") from None
    return _plan({**_USUAL, **plain}, path)


def _plan(plain: dict[str, Any], path: Path) -> Plan:
    _checked(plain, _FORM, f"{path}")
    if not plain["methods"] or not plain["protocols"] or not plain["threads"]:
        raise CdmError(f"{path}: a method, a protocol and a thread at least are needed")
    asked = tuple(
        protocols.find(_beside(path, name) if name.endswith(".toml") else name) for name in plain["protocols"]
    )
    names = [one.name for one in asked]
    for name in (*plain["methods"], *names):
        if not _NAME.fullmatch(name):
            raise CdmError(f"{path}: {name!r:.80}: a name of letters, digits, '-', '_' and '.' is needed")
    for one in asked:
        if one.name not in plain["data"]:
            raise CdmError(f"{path}: data: {one.name!r} is missing; it is built by: {one.build}")
    methods = tuple(_method(name, {**_METHOD, **told}, path, plain["data"]) for name, told in plain["methods"].items())
    data = {name: _beside(path, where) for name, where in plain["data"].items()}
    told = plain["budget_on"]
    if told and told not in names:
        raise CdmError(f"{path}: budget_on: no protocol {told!r}; {suggestion(told, names)}")
    return Plan(
        plain["name"], methods, asked, data, tuple(plain["seeds"]), plain["cpu_seconds"], plain["threads"], told
    )


def _method(name: str, told: dict[str, Any], path: Path, known: Collection[str]) -> Method:
    where = f"{path}: methods.{name}"
    _checked(told, _METHOD_FORM, where)
    if bool(told["floor"]) == bool(told["model"]):
        raise CdmError(f"{where}: a model or a floor is needed, and not both")
    if told["floor"] and told["floor"] not in FLOORS:
        raise CdmError(f"{where}: no floor {told['floor']!r}; {suggestion(told['floor'], FLOORS)}")
    unknown = [one for one in told["protocols"] if one not in known]
    if unknown:
        raise CdmError(f"{where}: no data of a protocol {unknown[0]!r}; {suggestion(unknown[0], known)}")
    more = tuple(told["protocols"]), tuple(told["seeds"])
    return Method(name, told["floor"], told["model"], told["preset"], told["set"], told["told"], *more)


def _checked(plain: Mapping[str, Any], form: Mapping[str, Any], where: str) -> None:
    wrong = misfit(plain, form)
    unknown = [] if wrong else [key for key in plain if key not in form]
    if wrong or unknown:
        raise CdmError(f"{where}: {wrong or f'unknown key {unknown[0]!r}; {suggestion(unknown[0], form)}'}")


def _beside(path: Path, text: str) -> str:
    return text if "://" in text else str(path.parent / text)
