"""The source of a small imported data set: two factors of 30 pictures, without any file."""

from __future__ import annotations

from typing import Any

from scmgen.storage.imported import ImportedSpec

SOURCE: dict[str, Any] = {
    "name": "tiles",
    "size": 16,
    "splits": {"train": 20, "test": 10},
    "factors": {
        "light": {"range": (0.0, 1.0)},
        "kind": {"range": (0.0, 1.0), "levels": ("square", "round")},
    },
    "samples": "0" * 64,
}


def tiles(**changes: Any) -> ImportedSpec:
    return ImportedSpec.model_validate({**SOURCE, **changes})
