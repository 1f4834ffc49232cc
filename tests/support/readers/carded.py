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
    match = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=\n\n## |\Z)", card, re.DOTALL | re.MULTILINE)
    assert match is not None, title
    return match[1]


def manifest(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return content


def saying(out: Path, **changes: Any) -> Manifest:
    """The manifest of a data set as it would be if it said something else."""
    return typed({**manifest(out), **changes}, "changed")


def due(manifest: Manifest) -> tuple[str, ...]:
    """What stands beside the shards."""
    return layout.names(manifest.splits, manifest.graph is not None)
