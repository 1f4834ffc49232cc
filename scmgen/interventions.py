"""Intervention policies: data in a spec that fill a do-table, row by row.

A data set's ``interventions`` is a list of steps. Each step is one of the models in this module,
told apart by ``kind``; another kind of intervention is another model with a ``fill``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from scmgen import streams
from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import Factor
from scmgen.scm import Affine
from scmgen.vocabulary import Array


@dataclass(frozen=True)
class Table:
    """What a step does to each sample: arrays of shape ``(n, factors)``, affine as in the SCM.

    Attributes:
        kinds: ``(n,)`` the kind of each row; ``"none"`` where nothing is intervened on.
        mask: 1 where the factor is a target.
        scale, shift: x := scale * f + shift; (1, 0) off the mask.
    """

    kinds: list[str]
    mask: NDArray[np.int64]
    scale: Array
    shift: Array

    def do(self, factors: Mapping[str, Factor]) -> dict[str, Affine]:
        """The table as the argument of :meth:`scmgen.scm.SCM.solve`."""
        return {
            name: Affine(self.scale[:, k], self.shift[:, k]) for k, name in enumerate(factors) if self.mask[:, k].any()
        }


class Hard(BaseModel):
    """A hard do on one factor, its value uniform over the factor's domain, whatever its parents say.

    In every block of d + 1 samples each of the d factors and "none" comes exactly once, in an
    order drawn from the block's own stream.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hard"] = "hard"

    def targets(self, factors: Mapping[str, Factor]) -> list[frozenset[str]]:
        """The intervention targets that a large data set holds; the empty one is observation."""
        return [frozenset(), *(frozenset({name}) for name in factors)]

    def fill(self, factors: Mapping[str, Factor], seed: int, split: str, start: int, stop: int) -> Table:
        """Fill the do-table of samples ``start`` to ``stop`` of a split."""
        arms = _balanced(seed, split, len(factors) + 1, start, stop)
        mask = (arms[:, None] == np.arange(len(factors))[None]).astype(np.int64)
        drawn = [
            factor.at(streams.uniforms(seed, split, f"do:{name}", start, stop)) for name, factor in factors.items()
        ]
        shift = np.where(mask == 1, np.stack(drawn, axis=1), 0.0)
        kinds = [self.kind if targeted else "none" for targeted in mask.any(axis=1).tolist()]
        return Table(kinds, mask, 1.0 - mask, shift)


def _balanced(seed: int, split: str, arms: int, start: int, stop: int) -> NDArray[np.int64]:
    """An arm for each sample: a keyed permutation of all arms in each block of ``arms`` samples."""
    first, last = start // arms, -(-stop // arms)
    keys = streams.uniforms(seed, split, "do:arm", first * arms, last * arms).reshape(-1, arms)
    return np.argsort(keys, axis=1, kind="stable").ravel()[start - first * arms : stop - first * arms]


KINDS: dict[str, type[Hard]] = {"hard": Hard}


def parse(text: str) -> tuple[Hard, ...]:
    """Read the command line's value: a kind, or ``none``.

    Raises:
        ScmgenError: if there is no such kind.
    """
    if text == "none":
        return ()
    if text not in KINDS:
        hint = suggestion(text, {*KINDS, "none"})
        raise ScmgenError(f"no kind of intervention {text!r}; {hint}")
    return (KINDS[text](),)
