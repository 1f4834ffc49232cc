"""Labels as one labelled array a variable, in the conventions of netCDF and CF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.scene.domain import flags
from scmgen.storage.entries import FactorEntry
from scmgen.storage.manifest import Manifest

if TYPE_CHECKING:
    import xarray

Rows = Sequence[Mapping[str, Any]]
_DIMENSIONS = ("sample", "world", "step", "factor", "exogenous", "cause", "effect")
_MARKS = ("do_mask", "do_value", "do_scale", "do_shift")
TAKEN = frozenset((*_DIMENSIONS, *_MARKS, "index", "domain", "noise", "do_kind", "adjacency", "confounded"))
"""What the layout needs itself, of one data set or another: a variable of such a name has no place in it."""


def attributes(name: str, factor: FactorEntry) -> dict[str, Any]:
    """What is told of a factor, from its description in a manifest."""
    said = {"role": "factor", "units": factor.unit, "long_name": factor.long_name or name}
    return {**said, **factor.domain.attributes()}


def dataset(manifest: Manifest, split: str, rows: Rows) -> xarray.Dataset:
    """Lay the labels of a split out as :meth:`scmgen.storage.loading.reader.Data.labels` describes.

    Raises:
        ScmgenError: if labels differ in their keys, or a variable has a name that the layout needs itself.
    """
    import xarray

    first, factors = rows[0], list(manifest.factors)
    endings = _endings(first, "do_mask") or _endings(first, "do_kind")
    coordinates: dict[str, Any] = {
        "sample": [f"{split}-{row['index']:09d}" for row in rows],
        "world": ["factual", *(f"cf{ending}" for ending in _endings(first, "factors_cf"))],
    }
    if manifest.frames is not None:
        coordinates["time"] = manifest.clock
    if endings:
        coordinates |= {"step": [f"cf{ending}" for ending in endings], "factor": factors}
    if "noise" in first:
        coordinates["exogenous"] = list(first["noise"])
    try:
        columns = (
            _samples(manifest, rows) | (_interventions(manifest, rows, endings) if endings else {}) | _graph(manifest)
        )
        variables = _variables(manifest, rows)
    except (KeyError, TypeError, ValueError) as error:
        raise ScmgenError(f"{manifest.name}: {split}: labels differ in their keys: {error}") from None
    for name in variables:
        if name in columns or name in coordinates or name in _DIMENSIONS:
            raise ScmgenError(f"{manifest.name}: a variable is called {name!r}, as an array of labels() is; use rows()")
    return xarray.Dataset(variables | columns, coordinates, {"name": manifest.name, "split": split})


def _endings(label: Mapping[str, Any], key: str) -> list[str]:
    """What follows ``key`` in the keys of a label that begin with it: nothing, 2, 3, ..."""
    return [name.removeprefix(key) for name in label if name.startswith(key)]


def _samples(manifest: Manifest, rows: Rows) -> dict[str, Any]:
    """What a label says of the sample as such."""
    first = rows[0]
    arrays: dict[str, Any] = {"index": ("sample", np.array([row["index"] for row in rows]))}
    if "domain" in first:
        domains = np.array([row["domain"] for row in rows])
        arrays["domain"] = ("sample", "time")[: domains.ndim], domains, flags(manifest.environments)
    if "source" in first:
        arrays["source"] = "sample", np.array([row["source"] for row in rows]), {"long_name": "file of the image"}
    if "noise" in first:
        columns = [np.array([row["noise"][name] for row in rows], np.float64) for name in first["noise"]]
        along = ("sample", *_time(manifest), "exogenous")
        arrays["noise"] = along, np.stack(columns, axis=-1), {"long_name": "exogenous uniforms"}
    return arrays


def _variables(manifest: Manifest, rows: Rows) -> dict[str, Any]:
    """Factors and hidden variables in every world."""
    arrays, worlds = {}, ["", *(f"_cf{ending}" for ending in _endings(rows[0], "factors_cf"))]
    for group in ("factors", "hidden"):
        for name in rows[0].get(group, ()):
            attrs = attributes(name, manifest.factors[name]) if group == "factors" else {"role": "hidden"}
            columns = [np.array([row[group + world][name] for row in rows], np.float64) for world in worlds]
            arrays[name] = ("sample", "world", *_time(manifest)), np.stack(columns, axis=1), attrs
    return arrays


def _time(manifest: Manifest) -> tuple[str, ...]:
    """The dimension that clips have besides."""
    return () if manifest.frames is None else ("time",)


def _interventions(manifest: Manifest, rows: Rows, steps: Sequence[str]) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    if f"do_kind{steps[0]}" in rows[0]:
        arrays["do_kind"] = ("sample", "step"), np.array([[row[f"do_kind{step}"] for step in steps] for row in rows])
    for name in _MARKS:
        if name in rows[0]:
            table = np.array([[row[f"{name}{step}"] for step in steps] for row in rows])
            along = ("sample", "step", *_time(manifest), "factor")
            arrays[name] = along, table.astype(np.int8) if name == "do_mask" else table
    return arrays


def _graph(manifest: Manifest) -> dict[str, Any]:
    """The graph over the factors as matrices from cause to effect."""
    if manifest.graph is None:
        return {}
    matrices = manifest.graph.adjacency
    said = {
        "adjacency": (matrices.directed, "1: the row causes the column"),
        "confounded": (matrices.bidirected, "1: a hidden cause"),
    }
    names = {"cause": list(matrices.names), "effect": list(matrices.names)}
    arrays: dict[str, Any] = {
        name: (("cause", "effect"), np.array(matrix, np.int8), {"long_name": text})
        for name, (matrix, text) in said.items()
    }
    return arrays | {name: (name, values) for name, values in names.items()}
