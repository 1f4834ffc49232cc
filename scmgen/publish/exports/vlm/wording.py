"""The words of all questions, in one place; whoever changes one raises the version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

VERSION = 1
REPLY = "Answer with the letter of one choice."
YES, NO = "yes", "no"
NO_EDGES = "no factor causes another"
_ONLY = "and nothing but its effects had changed"


def scene(factors: Sequence[str]) -> str:
    """What a question begins with."""
    listed = ", ".join(factors[:-1]) + (" and " if len(factors) > 1 else "") + factors[-1]
    return f"All images show one scene, which follows from these factors: {listed}. Some factors may cause others."


def scale(numbers: Sequence[str], round_: Sequence[str]) -> list[str]:
    """What numbers mean, if a question has any; of some 0 and 100 are the same."""
    if not numbers:
        return []
    told = "Numbers are places in the range of a factor: 0 is the least that it can be, 100 the most."
    return [told, *(f"The range of {name} comes round: 0 and 100 are the same." for name in round_)]


def one(number: int) -> str:
    """An image that only shows what pictures look like."""
    return f"Image {number} is an example of the scene."


def moved(before: int, after: int, target: str) -> str:
    """A pair of images, and the factor that was set between them."""
    return f"From image {before} to image {after}, {target} was set to another value."


def held() -> str:
    """What is meant by setting."""
    return "When a factor is set, what it causes changes with it, and everything else stays as it is."


def edge(cause: str, effect: str) -> str:
    """Whether there is an edge."""
    meaning = f"would {effect} change if {cause} were set to another value and every other factor were held still"
    return f"Is {cause} a direct cause of {effect}, that is: {meaning}?"


def graph() -> str:
    """Which graph there is."""
    return "Which of these lists has all direct causes among the factors, and no other?"


def edges(pairs: Iterable[tuple[str, str]]) -> str:
    """A graph in one line."""
    return "; ".join(f"{cause} causes {effect}" for cause, effect in pairs) or NO_EDGES


def target(before: int, after: int) -> str:
    """Which factor was set."""
    return f"From image {before} to image {after}, one factor was set to another value. Which one?"


def is_(name: str, value: str) -> str:
    """What a factor is."""
    return f"{name} is {value}"


def had(number: int, before: str, name: str, value: str, effect: str, result: str) -> str:
    """A solved question about a value; ``before`` says what factors are in the image."""
    return f"In image {number}, {before}. If {name} had been set to {value}, {effect} would have been {result}."


def value(number: int, before: str, name: str, value: str, effect: str) -> str:
    """What a value would have been."""
    return f"In image {number}, {before}. If {name} had been set to {value} {_ONLY}, what would {effect} have been?"


def became(first: int, before: str, name: str, value: str, second: int) -> str:
    """A solved question about an image."""
    return f"In image {first}, {before}. If {name} had been set to {value}, it would have been image {second}."


def image(number: int, before: str, name: str, value: str) -> str:
    """What an image would have been."""
    return f"In image {number}, {before}. If {name} had been set to {value} {_ONLY}, which image would it have been?"


def number(image_: int) -> str:
    """An image as a choice."""
    return f"image {image_}"
