"""What is asked: the options that the format has of its own."""

from __future__ import annotations

from dataclasses import dataclass

from scmgen.errors import ScmgenError, suggestion

FAMILIES = ("structure", "intervention", "counterfactual")
NAMES = ("described", "neutral", "permuted")
MOST_SHOTS, MOST_QUESTIONS = 32, 10_000


@dataclass(frozen=True)
class Options:
    """Which questions are written.

    Attributes:
        names: what factors are called: what the scene says of them, names that mean nothing, or each what the scene
            says of another one.
        shots: how many solved examples stand before a question; questions are asked with each of these numbers.
        questions: of each kind with each number of examples, in each split.
        seed: of every choice.
        family: which families.

    Raises:
        ScmgenError: if one of them is not possible.
    """

    names: str = "described"
    shots: tuple[int, ...] = (0, 2, 4, 8)
    questions: int = 40
    seed: int = 0
    family: tuple[str, ...] = FAMILIES

    def __post_init__(self) -> None:
        object.__setattr__(self, "shots", tuple(sorted(set(self.shots))))
        object.__setattr__(self, "family", tuple(name for name in FAMILIES if name in self.family) + self._unknown())
        _among("names", self.names, NAMES)
        for name in self.family:
            _among("family", name, FAMILIES)
        for shots in self.shots:
            _within("shots", shots, 0, MOST_SHOTS)
        _within("questions", self.questions, 1, MOST_QUESTIONS)
        _within("seed", self.seed, 0, 2**63 - 1)

    def _unknown(self) -> tuple[str, ...]:
        return tuple(name for name in self.family if name not in FAMILIES)


def _among(option: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise ScmgenError(f"--{option} {word}: {suggestion(word, allowed)}")


def _within(option: str, number: int, low: int, high: int) -> None:
    if not low <= number <= high:
        raise ScmgenError(f"--{option} {number}: {low} to {high} are possible")
