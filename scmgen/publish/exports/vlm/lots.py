"""Every choice that questions take, by name: none depends on how many were taken before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

Item = TypeVar("Item")


@dataclass(frozen=True)
class Lots:
    """Choices from a seed, of one split."""

    seed: int
    split: str = ""

    def numbers(self, count: int, *purpose: object) -> Array:
        """Numbers in (0, 1) for a purpose, ``(count,)``."""
        return uniforms(self.seed, self.split, "/".join(map(str, ("vlm", *purpose))), 0, count)

    def shuffled(self, items: Iterable[Item], *purpose: object) -> list[Item]:
        """Things in an order that is drawn for a purpose."""
        given = list(items)
        return [given[k] for k in np.argsort(self.numbers(len(given), *purpose), kind="stable")]

    def one(self, items: Iterable[Item], number: int, *purpose: object) -> Item:
        """What a question of a number gets, if each of some things is to be had equally often."""
        given = list(items)
        turn, place = divmod(number, len(given))
        return self.shuffled(given, *purpose, turn)[place]
