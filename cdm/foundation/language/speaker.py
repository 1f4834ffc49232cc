"""Whoever answers in words: what is said to a language model that sees, how, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from cdm.foundation.protocols import Picture


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        role: who speaks.
        text: what is said.
        image: what is shown with it.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    image: Picture | None = None


@dataclass(frozen=True)
class Manner:
    """How an answer is drawn.

    Attributes:
        temperature: of the sampling; 0 takes the likeliest.
        tokens: most tokens of an answer.
        seed: of the sampling, as far as whoever answers takes one.
    """

    temperature: float
    tokens: int
    seed: int = 0


EXTRACTING, MANIPULATING, JUDGING = Manner(0.1, 2048), Manner(0.2, 3072), Manner(0.0, 64)
"""As FM-CGM extracts and manipulates; a judge needs few words and no chance."""


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        text: its words.
        whole: whether it came to its end by itself.
        asked: tokens of the question.
        answered: tokens of the answer.
    """

    text: str
    whole: bool = True
    asked: int = 0
    answered: int = 0


class Speaker(Protocol):
    """A language model that sees.

    Attributes:
        name: of the model.
        told: what else a report says of it, plain values; no secrets.
    """

    name: str
    told: Mapping[str, Any]

    def say(self, turns: Sequence[Turn], manner: Manner, form: Mapping[str, Any] | None) -> Said:
        """What it answers to the last turn; ``form`` is the JSON Schema that the answer is to have."""
