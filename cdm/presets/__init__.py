"""Presets of the causal diffusion model: a file each, of options that differ from their defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any


class Presets(Mapping[str, Mapping[str, Any]]):
    """The presets by name, from the smallest on; a file is read when its preset is asked for."""

    names = ("tiny", "quick", "standard", "full")

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        """The options of a preset."""
        if name not in self.names:
            raise KeyError(name)
        return tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))

    def __iter__(self) -> Iterator[str]:
        """Names."""
        return iter(self.names)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.names)


PRESETS = Presets()
