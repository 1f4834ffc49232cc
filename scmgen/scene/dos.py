"""What a do on a scene sets, by the domains of the factors: levels by their names, values in their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene.domain import Categorical
from scmgen.scene.factor import Factor
from scmgen.scm.model import Affine, Do
from scmgen.scm.vocabulary import Array


def numbers(factors: Mapping[str, Factor], do: Do) -> dict[str, ArrayLike | Affine]:
    """A do whose levels are numbers, by name or in an array of names.

    Raises:
        ScmgenError: if a text is no level of its factor.
    """
    return {name: _numbered(name, factors.get(name), action) for name, action in do.items()}


def check(factors: Mapping[str, Factor], do: Do, values: Mapping[str, Array], allow_ood: bool) -> None:
    """Refuse values that a do gives and a factor cannot have.

    Args:
        factors: by name; what is no factor may be set to anything.
        do: variable -> number, numbers, or :class:`scmgen.Affine`.
        values: what came of it, ``(n,)`` each.
        allow_ood: let them leave a range; a level that does not exist is refused all the same.

    Raises:
        ScmgenError: for the first value that does not fit.
    """
    for name in (name for name in do if name in factors):
        factor, category = factors[name], isinstance(factors[name].domain, Categorical)
        bad = _touched(do[name], values[name]) & ~factor.domain.contains(values[name])
        if not bad.any() or (allow_ood and not category):
            continue
        row, *frame = (int(place) for place in np.argwhere(bad)[0])
        where = f"row {row}{f', frame {frame[0]}' if frame else ''}"
        found = f"do({name}): {values[name][row, *frame]:.6g} in {where} is"
        if category:
            raise ScmgenError(f"{found} no level; levels are 0 to {factor.bounds[1]:g} ({factor.domain})")
        unit = "" if factor.unit == "1" else f" {factor.unit}"
        raise ScmgenError(f"{found} outside the range {factor.domain}{unit}; allow it with allow_ood=True")


def _numbered(name: str, factor: Factor | None, action: Any) -> ArrayLike | Affine:
    """An action on a variable; what is neither text nor an array of it is left for the model to judge."""
    if factor is None or isinstance(action, Affine) or not _may_hold_text(action):
        return action  # type: ignore[no-any-return]
    cells = np.array(action, object)
    for place, cell in np.ndenumerate(cells):
        cells[place] = _number(name, factor, cell) if isinstance(cell, str) else cell
    return cells


def _may_hold_text(action: Any) -> bool:
    dtype = getattr(action, "dtype", None)
    return isinstance(action, str | list | tuple) if dtype is None else dtype.kind in "OU"


def _number(name: str, factor: Factor, text: str) -> int:
    levels = factor.domain.levels
    if not levels:
        raise ScmgenError(f"do({name}): a number from {factor.domain} is needed, found {text!r}")
    if text not in levels:
        raise ScmgenError(f"do({name}): no level {text!r}; {suggestion(text, levels)}")
    return levels.index(text)


def _touched(action: ArrayLike | Affine, values: Array) -> NDArray[np.bool_]:
    """The rows, or frames of rows, that an action changes."""
    if not isinstance(action, Affine):
        return np.ones(values.shape, bool)
    parts = (np.asarray(part, np.float64) for part in action)
    scale, shift = (part.reshape(part.shape + (1,) * (values.ndim - part.ndim)) for part in parts)
    return np.asarray((scale != 1.0) | (shift != 0.0))
