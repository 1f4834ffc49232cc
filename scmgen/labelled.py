"""Labels as one labelled array a variable, in the conventions of netCDF and CF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray

Rows = Sequence[Mapping[str, Any]]
_MARKS = ("do_mask", "do_value", "do_scale", "do_shift")


def attributes(name: str, factor: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a factor, from its description in a manifest."""
    domain: dict[str, Any] = {"valid_range": list(factor["range"])}
    if factor["levels"]:
        domain = {"flag_values": list(range(len(factor["levels"]))), "flag_meanings": " ".join(factor["levels"])}
    told = {"role": "factor", "units": factor["unit"], "long_name": factor["long_name"] or name}
    return {**told, "circular": int(factor["circular"]), **domain}


def dataset(manifest: Mapping[str, Any], split: str, rows: Rows) -> xarray.Dataset:
    """Lay the labels of a split out as :meth:`scmgen.load.Data.labels` describes."""
    import xarray

    first, factors = rows[0], manifest["factors"]
    worlds = [""] + [key.removeprefix("factors") for key in first if key.startswith("factors_cf")]
    steps = [key.removeprefix("do_mask") for key in first if key.startswith("do_mask")]
    steps = steps or [key.removeprefix("do_kind") for key in first if key.startswith("do_kind")]
    coordinates: dict[str, Any] = {
        "sample": [f"{split}-{row['index']:09d}" for row in rows],
        "world": ["factual", *(world[1:] for world in worlds[1:])],
    }
    arrays: dict[str, Any] = {"index": ("sample", np.array([row["index"] for row in rows]))}
    if "domain" in first:
        told = {"flag_values": list(range(len(manifest["environments"])))}
        meanings = {"flag_meanings": " ".join(manifest["environments"])}
        arrays["domain"] = "sample", np.array([row["domain"] for row in rows]), told | meanings
    for group in ("factors", "hidden"):
        for name in first.get(group, ()):
            told = attributes(name, factors[name]) if group == "factors" else {"role": "hidden"}
            columns = [_column(row[group + world][name] for row in rows) for world in worlds]
            arrays[name] = ("sample", "world"), np.stack(columns, axis=1), told
    if "noise" in first:
        coordinates["exogenous"] = list(first["noise"])
        table = np.array([list(row["noise"].values()) for row in rows], np.float64)
        arrays["noise"] = ("sample", "exogenous"), table, {"long_name": "exogenous uniforms"}
    if steps:
        coordinates |= {"step": [f"cf{step}" for step in steps], "factor": list(factors)}
        arrays |= _interventions(rows, steps)
    return xarray.Dataset({**arrays, **_graph(manifest)}, coordinates, {"name": manifest["name"], "split": split})


def _interventions(rows: Rows, steps: Sequence[str]) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    if f"do_kind{steps[0]}" in rows[0]:
        arrays["do_kind"] = ("sample", "step"), np.array([[row[f"do_kind{step}"] for step in steps] for row in rows])
    for name in _MARKS:
        if name in rows[0]:
            table = np.array([[row[f"{name}{step}"] for step in steps] for row in rows])
            arrays[name] = ("sample", "step", "factor"), table.astype(np.int8) if name == "do_mask" else table
    return arrays


def _graph(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The graph over the factors as matrices from cause to effect."""
    graph = manifest["graph"]
    if graph is None:
        return {}
    matrices = graph["adjacency"]
    told = {
        "adjacency": ("directed", "1: the row causes the column"),
        "confounded": ("bidirected", "1: a hidden cause"),
    }
    names = {"cause": list(matrices["names"]), "effect": list(matrices["names"])}
    arrays: dict[str, Any] = {
        name: (("cause", "effect"), np.array(matrices[kind], np.int8), {"long_name": text})
        for name, (kind, text) in told.items()
    }
    return arrays | {name: (name, values) for name, values in names.items()}


def _column(values: Iterable[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.fromiter(values, np.float64)
