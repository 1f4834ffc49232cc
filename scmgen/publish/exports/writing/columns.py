"""Labels as columns: an array for each key of a label, whatever keys there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.publish.exports.writing.selection import Block
from scmgen.scm.vocabulary import Array

Arrays = dict[str, NDArray[Any]]


def columns(block: Block) -> Arrays:
    """The labels of a block: numbers and texts ``(n,)``, variables and factors side by side ``(n, d)``; and ``key``."""
    names = [name for name in block.labels[0] if name != "split"]
    return {"key": np.array(block.keys)} | {name: _column(name, block.labels) for name in names}


def variables(label: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each column of variables (``factors``, ``noise``, ...) what its columns are called."""
    return {name: list(value) for name, value in label.items() if isinstance(value, dict)}


def _column(name: str, labels: list[dict[str, Any]]) -> NDArray[Any]:
    values = [label[name] for label in labels]
    if isinstance(values[0], dict):
        values = [list(value.values()) for value in values]
    return np.array(values, np.int8 if name.startswith("do_mask") else None)


def values(block: Block) -> Array:
    """The factors of the factual world side by side, ``(n, d)``."""
    return np.array([list(label["factors"].values()) for label in block.labels], np.float64)
