"""What the parts of the pipeline are to each other: who reads a picture, who intervenes, who draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cdm.errors import CdmError
from cdm.foundation.semantic import SemanticSCM

Picture = NDArray[np.uint8]
"""Bytes ``(H, W, 3)``."""


class Unanswered(CdmError):
    """Whoever was asked answered, and not so that it can be used: the next picture may fare better."""


@dataclass(frozen=True)
class Edit:
    """What becomes of one concept.

    Attributes:
        concept: its name.
        before: its value in the picture.
        after: its value in the counterfactual.
        phrase: what to draw, ``a dry street``; empty if nobody worded it.
    """

    concept: str
    before: str
    after: str
    phrase: str = ""


@dataclass(frozen=True)
class Manipulation:
    """An intervention with all that follows from it.

    Attributes:
        target: what is set.
        propagated: what becomes of its descendants, causes before effects; only those whose value changes.
        kept: names of the concepts that stay.
        prompt: the whole counterfactual picture in words.
    """

    target: Edit
    propagated: tuple[Edit, ...]
    kept: tuple[str, ...]
    prompt: str

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The target and what is propagated."""
        return (self.target, *self.propagated)


@dataclass(frozen=True)
class Generated:
    """A counterfactual picture, and how it came to be.

    Attributes:
        image: bytes ``(H, W, 3)``.
        masks: where each edited concept was drawn, ``(H, W)`` from 0 to 1, by its name.
        settings: what the generator was told, plain values.
    """

    image: Picture
    masks: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


class Extractor(Protocol):
    """Reads concepts and their graph in a picture."""

    def extract(self, image: Picture) -> SemanticSCM:
        """The semantic SCM of a picture ``(H, W, 3)``."""


class Manipulator(Protocol):
    """Intervenes on a semantic SCM."""

    def manipulate(self, scm: SemanticSCM, do: Mapping[str, str], image: Picture) -> Manipulation:
        """What ``do``, one value by the name of its concept, makes of all that the concept causes."""


class Proposer(Protocol):
    """Says what could be asked of a picture."""

    def propose(self, scm: SemanticSCM, image: Picture, count: int) -> list[dict[str, str]]:
        """So many dos of one concept each."""


class Generator(Protocol):
    """Draws what would have been."""

    def generate(self, image: Picture, manipulation: Manipulation) -> Generated:
        """The counterfactual of a picture ``(H, W, 3)``."""


class Judge(Protocol):
    """Says what a picture shows.

    Attributes:
        name: whose word it is.
    """

    @property
    def name(self) -> str:
        """Of the model."""

    def finds(self, image: Picture, concept: str, value: str) -> bool:
        """Whether a concept has a value in a picture."""
