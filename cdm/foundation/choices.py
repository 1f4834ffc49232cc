"""Who may do each part of the pipeline, by name: ``NAME`` or ``NAME:PLACE``."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.errors import CdmError, suggestion

SPOKEN = ("endpoint", "transformers")
"""Language models: a server that speaks the OpenAI protocol, a Qwen-VL model on this machine."""
KNOWING = (*SPOKEN, "cdm", "oracle")
"""Extractors and manipulators: besides, a run of cdm, and the truth of a data set."""
DRAWING = ("none", "cdm", "csg", "ledits")
"""Generators: nobody; a run of cdm in its own way, and by causal semantic guidance; a Stable Diffusion by that."""
JUDGING = ("none", *SPOKEN, "cdm", "reader")
"""Judges: nobody; besides, a run of cdm, and the reader of a data set, which was told all factors."""
_PARTS = {"extractor": KNOWING, "manipulator": KNOWING, "generator": DRAWING, "judge": JUDGING}


@dataclass(frozen=True)
class Chosen:
    """One part as a user names it.

    Attributes:
        part: ``extractor``, ``manipulator``, ``generator`` or ``judge``.
        name: of the backend.
        place: a directory, a model or a URL; empty if none is named.
    """

    part: str
    name: str
    place: str = ""

    @property
    def said(self) -> str:
        """How it is named."""
        return f"{self.name}:{self.place}" if self.place else self.name

    @property
    def option(self) -> str:
        """How it was written."""
        return f"--{self.part} {self.said}"

    def needs(self, what: str) -> CdmError:
        """The error of a place that is missing."""
        return CdmError(f"{self.option}: {what} is needed: --{self.part} {self.name}:PLACE")


def chosen(part: str, text: str) -> Chosen:
    """What a user means by ``NAME`` or ``NAME:PLACE``.

    Raises:
        CdmError: if there is no such backend of this part.
    """
    name, _, place = text.partition(":")
    if name not in _PARTS[part]:
        raise CdmError(f"--{part} {name}: {suggestion(name, _PARTS[part])}")
    return Chosen(part, name, place)
