"""A manifest in which one thing was changed by somebody who knows of its digest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from scmgen.storage import manifest

Json = dict[str, Any]


Damage = Callable[[Json], object]


def signed(out: Path, data: Mapping[str, Any]) -> Path:
    """Write a manifest with a digest that fits it."""
    out.mkdir(exist_ok=True)
    (out / manifest.FILE).write_bytes(orjson.dumps({**data, "digest": manifest.digest(data)}))
    return out


def damaged(plain: Json, out: Path, damage: Damage) -> Path:
    """Write a manifest in which one thing was changed by somebody who knows of its digest."""
    data = copy.deepcopy(plain)
    damage(data)
    return signed(out, data)
