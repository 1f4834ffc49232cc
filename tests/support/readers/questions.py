"""Questions that were written, read without the code that wrote them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scmgen.publish import exports
from scmgen.storage.loading.reader import Data

Line = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A directory of questions: what is asked, and the key, line by line."""

    place: Path
    data: Data
    lines: list[Line]
    key: dict[str, Line]

    def of(self, kind: str, shots: int = 0) -> list[tuple[Line, Line]]:
        """The questions of a kind, each with its line of the key."""
        found = [line for line in self.lines if (line["kind"], line["shots"]) == (kind, shots)]
        return [(line, self.key[line["id"]]) for line in found]

    def labels(self) -> dict[str, Line]:
        """The labels of the samples, by their keys."""
        return {f"train-{row['index']:09d}": row for row in self.data.rows("train")}


def asked(data: Data, place: Path, **options: Any) -> Asked:
    chosen = {"questions": 8, "shots": (0, 2), **options}
    exports.export(data, "vlm", place, splits=["train"], truth=True, options=chosen)
    return read(data, place)


def read(data: Data, place: Path) -> Asked:
    lines, key = (parsed(path) for path in (place / "questions" / "train.jsonl", place / "key.jsonl"))
    return Asked(place, data, lines, {line["id"]: line for line in key})


def parsed(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def answers(place: Path, given: dict[str, str]) -> Path:
    place.write_text("".join(json.dumps({"id": name, "answer": text}) + "\n" for name, text in given.items()))
    return place
