"""What factors and their values are called in questions.

What a model answers under names that describe, and no longer answers under names that do not, it knew from the
names. Questions are otherwise the same, word for word and image for image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scmgen.errors import ScmgenError
from scmgen.publish.exports.vlm.lots import Lots
from scmgen.scene.domain import Categorical, Domain
from scmgen.storage.entries import FactorEntry


@dataclass(frozen=True)
class Names:
    """How questions speak of factors.

    Attributes:
        factors: of each what it is called.
        domains: of each the values that it can have.
        described: whether levels are called what they are.
    """

    factors: Mapping[str, str]
    domains: Mapping[str, Domain]
    described: bool

    def quoted(self, factor: str) -> str:
        """The name of a factor as a text has it."""
        return f'"{self.factors[factor]}"'

    def value(self, factor: str, value: float) -> str:
        """A value in words: a level, or a number from 0 to 100 that tells its place in the range."""
        domain = self.domains[factor]
        if isinstance(domain, Categorical):
            return domain.spell(value) if self.described else f"level {int(value) + 1}"
        low, high = domain.bounds
        return f"{100 * (value - low) / (high - low):.0f}"


def names(mode: str, factors: Mapping[str, FactorEntry], lots: Lots) -> Names:
    """The names of a mode: ``described``, ``neutral`` or ``permuted``.

    Neutral ones are numbered in an order of their own, since that of a scene often is the causal one.

    Raises:
        ScmgenError: if there is one factor, and names are to be permuted.
    """
    described, turned = _described(factors), lots.shuffled(factors, "names")
    if mode == "described":
        called = described
    elif mode == "neutral":
        called = {name: f"X{number}" for number, name in enumerate(turned, 1)}
    elif len(turned) == 1:
        raise ScmgenError(f"--names permuted: {turned[0]} is the only factor, and has no other's name to take")
    else:
        called = {name: described[other] for name, other in zip(turned, [*turned[1:], turned[0]], strict=True)}
    ordered = {name: called[name] for name in factors}
    return Names(ordered, {name: factor.domain for name, factor in factors.items()}, mode == "described")


def _described(factors: Mapping[str, FactorEntry]) -> dict[str, str]:
    """What the scene says of each factor; where it says the same of two, or nothing, its own name is added or taken."""
    said = {name: " ".join(factor.long_name.split()).replace('"', "'") for name, factor in factors.items()}
    texts = list(said.values())
    plain = {name: name.replace("_", " ") for name in factors}
    return {
        name: plain[name] if not text else text if texts.count(text) == 1 else f"{text}, {plain[name]}"
        for name, text in said.items()
    }
