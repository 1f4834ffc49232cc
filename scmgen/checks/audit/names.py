"""What is worth knowing of a valid scene before anything is built: names that are taken elsewhere, colours in bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scmgen.dataset.interventions.kinds import KINDS
from scmgen.scene.scene import Scene
from scmgen.storage.loading.labelled import TAKEN

_COLOURS = ("rgb", "hsv")


def notes(scene: Scene) -> Iterator[str]:
    """A line for each name and each colour that will mean something else than it seems to."""
    options = {option for kind in KINDS.values() for option in kind.model_fields} - {"kind"}
    for name in scene.factors:
        if name in options:
            wanted = f"write hard:value=...,among={name}"
            yield f"{name}: in --interventions this is the name of an option; to set the factor, {wanted}"
    for name in scene.scm.variables:
        if name in TAKEN:
            yield f"{name}: data.labels() has an array of this name; only data.rows() will read these labels"
    for place, mark in _painted(scene):
        for channel, value in mark.items():
            if channel.endswith(_COLOURS) and isinstance(value, list) and any(_number(part) > 1 for part in value):
                found = ", ".join(map(str, value))
                yield f"{place}.{channel}: colours are from 0 to 1, and what is more counts as 1; found [{found}]"


def _painted(scene: Scene) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What may have a colour, and its place in the document: marks, and the lamps and objects of a stage."""
    yield from _listed("draw", scene.document.draw)
    for part in ("lights", "objects"):
        for place, one in _listed(f"stage.{part}", (scene.document.stage or {}).get(part, [])):
            yield place, one
            yield from _listed(f"{place}.texture", one.get("texture", []))


def _listed(place: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((f"{place}.{number}", entry) for number, entry in enumerate(entries))


def _number(text: object) -> float:
    """The number that a text is; of an expression 0."""
    try:
        return float(str(text))
    except ValueError:
        return 0.0
