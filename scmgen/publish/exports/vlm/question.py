"""A question, as it is built up: lines of text, images, choices, and apart from them what is true."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scmgen.publish.exports.vlm import wording

LETTERS = "ABCDEFGH"
CHOICES = 4
IMAGES = "images"  # their folder


@dataclass(frozen=True)
class Question:
    """A question that is ready to be asked.

    Attributes:
        head: what tells it from others: ``id``, ``split``, ``family``, ``kind``, ``shots``.
        text: the whole text, choices included.
        images: their paths, in the order in which the text numbers them from 1.
        choices: what each letter stands for.
        answer: the number of the right choice.
        truth: what makes it right, for the key.
    """

    head: dict[str, Any]
    text: str
    images: tuple[str, ...]
    choices: tuple[str, ...]
    answer: int
    truth: dict[str, Any]

    def asked(self, names: str, factors: Sequence[str]) -> dict[str, Any]:
        """The line of a question; nothing in it tells the answer."""
        choices = [{"letter": letter, "text": text} for letter, text in zip(LETTERS, self.choices, strict=False)]
        told = {"text": self.text, "images": list(self.images), "choices": choices}
        return {**self.head, **told, "names": names, "factors": list(factors)}

    def key(self) -> dict[str, Any]:
        """The line of the answer key."""
        return {**self.head, "letters": len(self.choices), "answer": LETTERS[self.answer], **self.truth}


@dataclass(frozen=True)
class Album:
    """The images that questions show, each once, under names that tell nothing of what they are: their SHA-256."""

    root: Path
    written: set[str] = field(default_factory=set)

    def add(self, content: bytes) -> str:
        """Write a PNG file; its path below the root."""
        name = f"{IMAGES}/{hashlib.sha256(content).hexdigest()}.png"
        if name not in self.written:
            (self.root / IMAGES).mkdir(exist_ok=True)
            (self.root / name).write_bytes(content)
            self.written.add(name)
        return name


@dataclass
class Draft:
    """A question to which lines and images are added in turn."""

    album: Album
    lines: list[str]
    images: list[str] = field(default_factory=list)

    def show(self, *pictures: bytes) -> list[int]:
        """Add images; the number that each has in the text."""
        self.images += [self.album.add(picture) for picture in pictures]
        return list(range(len(self.images) - len(pictures) + 1, len(self.images) + 1))

    def say(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)

    def question(self, head: dict[str, Any], choices: Sequence[str], answer: int, truth: dict[str, Any]) -> Question:
        """The question, with its choices under letters."""
        listed = [f"{letter}: {text}" for letter, text in zip(LETTERS, choices, strict=False)]
        text = "\n".join([*self.lines, *listed, wording.REPLY])
        return Question(head, text, tuple(self.images), tuple(choices), answer, truth)
