"""Answers that were paid for, kept on disk by what was asked: files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdm.data import files, schema
from cdm.errors import CdmError

_FORM = {"question": str, "text": str}
_MOST = 1 << 20  # bytes of a file that are read


def key(question: Mapping[str, Any]) -> str:
    """The sum of all that an answer depends on, plain values."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A directory of answers.

    Attributes:
        place: the directory; it is made when the first answer comes.
    """

    place: Path

    def get(self, question: str) -> str | None:
        """The answer to a question of this :func:`key`; None if there is none, or its file is damaged."""
        try:
            with files.open_file(self._file(question)) as file:
                told = schema.parse(file.read(_MOST), "")
        except (OSError, CdmError):
            return None
        if schema.misfit(told, _FORM) or told["question"] != question:
            return None
        return str(told["text"])

    def put(self, question: str, text: str) -> None:
        """Keep an answer.

        Raises:
            CdmError: if it cannot be written.
        """
        with files.replacing(self._file(question), "; choose another place with --cache") as there:
            there.write_text(json.dumps({"question": question, "text": text}) + "\n", encoding="utf-8")

    def _file(self, question: str) -> Path:
        return self.place / f"{question}.json"
