"""The directory of a report: ``report.json``, pictures beside it, and ``report.html``, which stands alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cdm.data import files
from cdm.errors import CdmError
from cdm.foundation import pictures, scoring
from cdm.foundation.imagine import Answer, Imagined
from cdm.foundation.protocols import Picture
from cdm.foundation.report.page import page, section

FORMAT = 1
FILE, PAGE = "report.json", "report.html"
SHOWN = 100  # pictures that the page shows, each of which stands in it
_PICTURES = "pictures"


class Report:
    """A report that grows by a picture at a time; no picture stays in memory.

    Args:
        out: its directory, which is made when the first picture comes.

    Attributes:
        told: of each picture what the JSON tells.
        failed: pictures of which nothing was made, and why.

    Raises:
        CdmError: if a report is there already.
    """

    def __init__(self, out: Path) -> None:
        if (out / FILE).exists():
            raise CdmError(f"{out}: holds a report already; choose another --out")
        self.out, self._sections = out, list[str]()
        self.told: list[dict[str, Any]] = []
        self.failed: dict[str, str] = {}

    def add(self, each: Imagined) -> None:
        """Write the files of a picture, which are named after it; no word of a model becomes a path.

        Raises:
            CdmError: if they cannot be written.
        """
        self.told.append(_told(self.out, len(self.told) + 1, each))
        if len(self._sections) < SHOWN:
            self._sections.append(section(each))

    def finish(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Write the report; its JSON comes last, so that a directory that has one is whole.

        Args:
            settings: who did what and how, plain values.

        Returns:
            The means of all scores.

        Raises:
            CdmError: if it cannot be written.
        """
        answers = [answer for each in self.told for answer in each["interventions"]]
        scores = [scoring.mean([part["scores"] for part in parts]) for parts in (answers, self.told)]
        whole = {**settings, "scores": scores[0] | scores[1]}
        lead = f"{_count(len(self.told), 'picture')}, {_count(len(answers), 'intervention')}. {_who(settings)}."
        if len(self.told) > SHOWN:
            lead += f" The first {SHOWN} are shown, {FILE} tells of all."
        with files.replacing(self.out / PAGE) as there:
            there.write_text(page(self._sections, lead, self.failed, whole), encoding="utf-8")
        told = {"format": FORMAT, "pictures": self.told, "failed": self.failed, **whole}
        with files.replacing(self.out / FILE) as there:
            there.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return scores[0] | scores[1]


def _who(settings: Mapping[str, Any]) -> str:
    parts = [part for part in ("extractor", "manipulator", "generator") if part in settings]
    return "; ".join(f"{part.capitalize()}: {settings[part]}" for part in parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _told(out: Path, number: int, each: Imagined) -> dict[str, Any]:
    """What is told of a picture, whose files are written."""
    stem = f"{number:04d}-{pictures.slug(each.name)}"
    answers = [_answer(out, f"{stem}-do{k}", answer) for k, answer in enumerate(each.answers, 1)]
    before = _written(out, stem, each.image)
    return {
        "name": each.name,
        "picture": before,
        "scm": each.scm.to_json(),
        "scores": each.scores,
        "interventions": answers,
    }


def _answer(out: Path, stem: str, answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {**asdict(answer.manipulation), "scores": answer.scores}
    if answer.truth is not None:
        told["truth"] = _written(out, f"{stem}-truth", answer.truth)
    drawn = answer.generated
    if drawn is None:
        return told
    masks = {
        name: _written(out, f"{stem}-mask{k}", (np.clip(mask, 0, 1) * 255).round().astype(np.uint8))
        for k, (name, mask) in enumerate(drawn.masks.items(), 1)
    }
    return {**told, "picture": _written(out, stem, drawn.image), "masks": masks, "drawn by": drawn.settings}


def _written(out: Path, stem: str, image: Picture) -> str:
    """A PNG file's path in the directory."""
    name = f"{_PICTURES}/{stem}.png"
    with files.replacing(out / name) as there:
        there.write_bytes(pictures.png(image))
    return name
