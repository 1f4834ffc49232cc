"""A causal model in words: what a picture shows, with the value of each concept and a graph, and no mechanisms."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdm.data import schema
from cdm.errors import CdmError, suggestion

MOST = 64  # concepts of a picture, a bound on what a stranger's answer may make us do
_LONG = 200  # characters of a name or a value
_FORM = {"concepts": [{"name": str, "value": str}], "edges": [[str]]}


@dataclass(frozen=True)
class Concept:
    """Something that a picture shows, and its value in words.

    Attributes:
        name: what it is, ``weather``.
        value: what it is like here, ``rainy``.
        values: all that it could be, if that is known.
    """

    name: str
    value: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class SemanticSCM:
    """Concepts and the directed acyclic graph of what causes what.

    Attributes:
        concepts: of which no two have one name.
        edges: names, from cause to effect.

    Raises:
        CdmError: if a name is empty, too long or there twice, a value is none of the concept's, an edge joins unknown
            concepts or one with itself, or the edges make a cycle.
    """

    concepts: tuple[Concept, ...]
    edges: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        fault = next((fault for fault in _faults(self.concepts, self.edges) if fault), None)
        if fault:
            raise CdmError(f"semantic SCM: {fault}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the concepts, in their order."""
        return tuple(concept.name for concept in self.concepts)

    @property
    def order(self) -> tuple[str, ...]:
        """The names, causes before effects."""
        return tuple(_sorter(self.names, self.edges).static_order())

    def __getitem__(self, name: str) -> Concept:
        """The concept of a name.

        Raises:
            CdmError: if there is none.
        """
        self.require(name)
        return self.concepts[self.names.index(name)]

    def require(self, name: str) -> None:
        """Raise unless there is a concept of this name.

        Raises:
            CdmError: if there is none.
        """
        if name not in self.names:
            raise CdmError(f"no concept {name!r}; {suggestion(name, self.names)}")

    def single(self, do: Mapping[str, str]) -> tuple[str, str]:
        """The concept that a do sets, and its value.

        Raises:
            CdmError: if it sets none or several, or one that there is not, or the value is empty.
        """
        if len(do) != 1:
            raise CdmError(f"a do on one concept is needed, found {', '.join(do) or 'none'}")
        ((name, value),) = do.items()
        self.require(name)
        if not value.strip():
            raise CdmError(f"do({name} = ): a value is needed")
        return name, value

    def parents(self, name: str) -> tuple[str, ...]:
        """The direct causes of a concept, in the order of the concepts."""
        self.require(name)
        return tuple(cause for cause in self.names if (cause, name) in self.edges)

    def descendants(self, *names: str) -> tuple[str, ...]:
        """All that some concepts cause, directly or not, without these; causes before effects."""
        reached = set(names)
        for name in names:
            self.require(name)
        for name in self.order:
            if reached.intersection(self.parents(name)):
                reached.add(name)
        return tuple(name for name in self.order if name in reached and name not in names)

    def with_values(self, values: Mapping[str, str]) -> SemanticSCM:
        """The same concepts and graph with other values; one that a concept's ``values`` do not name is added there.

        Raises:
            CdmError: if there is no such concept.
        """
        for name in values:
            self.require(name)
        return replace(self, concepts=tuple(_valued(each, values.get(each.name, each.value)) for each in self.concepts))

    def to_json(self) -> dict[str, Any]:
        """What :meth:`from_json` reads: plain lists, mappings and texts."""
        told = [{"name": each.name, "value": each.value, "values": list(each.values)} for each in self.concepts]
        return {"concepts": told, "edges": [list(edge) for edge in self.edges]}

    @classmethod
    def from_json(cls, data: Any, where: str = "semantic SCM") -> SemanticSCM:
        """A semantic SCM of ``{"concepts": [{"name", "value", "values"}], "edges": [[cause, effect]]}``.

        Args:
            data: as JSON gives it.
            where: it comes from, for an error.

        Raises:
            CdmError: if it has another form, or does not make one.
        """
        fault = schema.misfit(data, _FORM) or schema.misfit(
            [each["values"] for each in data["concepts"] if "values" in each], [[str]], "values"
        )
        fault = fault or next(
            (f"edges[{i}]: two names are needed" for i, e in enumerate(data["edges"]) if len(e) != 2), None
        )
        if fault:
            raise CdmError(f"{where}: {fault}")
        concepts = (Concept(each["name"], each["value"], tuple(each.get("values", ()))) for each in data["concepts"])
        try:
            return cls(tuple(concepts), tuple((cause, effect) for cause, effect in data["edges"]))
        except CdmError as error:
            raise CdmError(f"{where}: {str(error).removeprefix('semantic SCM: ')}") from None


def _valued(concept: Concept, value: str) -> Concept:
    known = concept.values
    return replace(concept, value=value, values=known if not known or value in known else (*known, value))


def _sorter(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> graphlib.TopologicalSorter[str]:
    return graphlib.TopologicalSorter({name: [a for a, b in edges if b == name] for name in names})


def _faults(concepts: tuple[Concept, ...], edges: tuple[tuple[str, str], ...]) -> Iterator[str | None]:
    """What is wrong, in turn; each question may count on the answers before it."""
    names = [concept.name for concept in concepts]
    if len(names) > MOST:
        yield f"{len(names)} concepts; at most {MOST} are allowed"
    for concept in concepts:
        yield _odd(concept)
    yield next((f"two concepts are called {name!r}" for name in names if names.count(name) > 1), None)
    for cause, effect in edges:
        for name in (cause, effect):
            if name not in names:
                yield f"edge {cause} -> {effect}: no concept {name!r}; {suggestion(name, names)}"
    yield next((f"edge {a} -> {b} is there twice" for a, b in edges if edges.count((a, b)) > 1), None)
    yield _cycle(names, edges)


def _odd(concept: Concept) -> str | None:
    """What is wrong with one concept."""
    for what, text in (("name", concept.name), ("value", concept.value)):
        if not text.strip() or len(text) > _LONG or not text.isprintable():
            found = f"{schema.spelt(text)} ({schema.spelt(concept.name)})"
            return f"a {what} of 1 to {_LONG} printed characters is needed, found {found}"
    if concept.values and concept.value not in concept.values:
        return f"concept {concept.name!r}: no value {concept.value!r}; {suggestion(concept.value, concept.values)}"
    return None


def _cycle(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> str | None:
    try:
        _sorter(names, edges).prepare()
    except graphlib.CycleError as error:
        return f"a cycle, {' -> '.join(error.args[1])}; causes come before effects"
    return None
