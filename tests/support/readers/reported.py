"""Reading a report: its elements, tables and images, and what the labels of its data set say."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
from PIL import Image

import scmgen
from scmgen.storage import manifest
from scmgen.storage.loading.reader import Data

SIZE_LIMIT = 3_000_000


def changed(data: scmgen.Data, **changes: Any) -> scmgen.Data:
    """The data set as it would be if its manifest said something else."""
    return replace(data, manifest=manifest.typed({**data.manifest, **changes}, "changed"))


class Reader(HTMLParser):
    """Reads a page: its elements, and for each table its rows of text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "div" and attributes.get("class") == "wide":
            self._rows = self.tables.setdefault(str(attributes["aria-label"]), [])
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self._rows[-1][-1] += data


def images(text: str) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for tag, attributes in Reader(text).elements:
        if tag == "img":
            file = base64.b64decode(str(attributes["src"]).removeprefix("data:image/png;base64,"))
            yield str(attributes["alt"]), np.asarray(Image.open(io.BytesIO(file)))


def pair(data: Data) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Factual and counterfactual factors of the training split, ``(n, d)``, and the mask of targets."""
    rows = list(data.rows("train"))
    before, after = (np.array([list(row[key].values()) for row in rows]) for key in ("factors", "factors_cf"))
    return before, after, np.array([row["do_mask"] for row in rows])
