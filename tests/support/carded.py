"""Reading a card, and the manifest behind it as it would be if it said something else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from scmgen.storage import layout
from scmgen.storage.manifest import Manifest, typed


def text(out: Path) -> str:
    return (out / "README.md").read_text(encoding="utf-8")


def section(card: str, title: str) -> str:
    """Give what stands under a heading."""
    found = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=\n\n## |\Z)", card, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def manifest(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return found


def saying(out: Path, **told: Any) -> Manifest:
    """The manifest of a data set as it would be if it said something else."""
    return typed({**manifest(out), **told}, "changed")


def due(data: Manifest) -> tuple[str, ...]:
    return layout.names(data.splits, data.graph is not None)
