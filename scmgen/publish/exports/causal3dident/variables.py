"""The variables of Causal3DIdent, and which factor each is: those of the scene ``ident3d``, by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scene.domain import Circular
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

LATENTS = {  # as their loaders order them
    "pos-x": "x",
    "pos-y": "y",
    "pos-z": "z",
    "rot-alpha": "roll",
    "rot-beta": "pitch",
    "rot-gamma": "yaw",
    "rot-spot": "spot_angle",
    "hue-object": "object_hue",
    "hue-spot": "spot_hue",
    "hue-back": "background_hue",
}
SHAPES = {"obj-shape": "shape", "obj-material": "material"}
REACH = 2.0  # of a position, either way


def check(source: Selection) -> None:
    """Raise :class:`ScmgenError` unless a data set has the factors of Causal3DIdent."""
    factors = source.data.manifest.factors
    missing = [name for name in LATENTS.values() if name not in factors]
    if missing:
        needed = f"--to causal3dident needs the factors that ident3d has ({', '.join(LATENTS.values())})"
        raise ScmgenError(f"{source.data.place}: {needed}; it has no {', '.join(missing)}")
    for name in LATENTS.values():
        if factors[name].domain.levels:
            raise ScmgenError(f"{source.data.place}: --to causal3dident: {name} has levels; a number is needed")


def unit(factors: Mapping[str, FactorEntry], values: Array) -> Array:
    """The ten latents ``(n, 10)`` of factors ``(n, d)`` as places in their ranges, from -1 to 1."""
    places = [(column(factors, values, name) - low) / (high - low) for name, (low, high) in _ranges(factors)]
    return 2.0 * np.stack(places, axis=1) - 1.0


def plain(factors: Mapping[str, FactorEntry], values: Array) -> Array:
    """The same in the units of the factors."""
    return np.stack([column(factors, values, name) for name in LATENTS.values()], axis=1)


def stretched(factors: Mapping[str, FactorEntry], values: Array) -> Array:
    """The same as their generator has them: positions from -2 to 2, angles and hues in rad."""
    columns = []
    for called, (name, (low, high)) in zip(LATENTS, _ranges(factors), strict=True):
        found = column(factors, values, name)
        if called.startswith("pos-"):
            found = REACH * (2.0 * (found - low) / (high - low) - 1.0)
        elif isinstance(factors[name].domain, Circular) and factors[name].unit != "rad":
            found = (found - low) * math.tau / (high - low)
        columns.append(found)
    return np.stack(columns, axis=1)


def shapes(factors: Mapping[str, FactorEntry], values: Array) -> Array:
    """The number of the shape and of the material ``(n, 2)``, 0 where the data set has no such factor."""
    return gathered(factors, values, list(SHAPES.values()))


def gathered(factors: Mapping[str, FactorEntry], values: Array, names: Sequence[str]) -> Array:
    """What stands in the columns ``(n, d)`` of some factors, 0 for those that a data set does not have."""
    return np.stack([column(factors, values, name) for name in names], axis=-1)


def column(factors: Mapping[str, FactorEntry], values: Array, name: str) -> Array:
    """The column of a factor, or zeros."""
    order = list(factors)
    return values[..., order.index(name)] if name in factors else np.zeros(values.shape[:-1])


def _ranges(factors: Mapping[str, FactorEntry]) -> list[tuple[str, tuple[float, float]]]:
    """The factor that each latent is, and the ends of its range; of an empty range the width is 1."""
    bounds = {name: factors[name].domain.bounds for name in LATENTS.values()}
    return [(name, (low, high if high > low else low + 1.0)) for name, (low, high) in bounds.items()]
