"""Whether the files beside the shards say what the manifest says: each is written again and compared.

Text and JSON must be equal where this scmgen wrote the data set. Another version may word them otherwise: then what
they state is compared, sums, names and numbers of files first of all. A picture may differ in the shapes of its
letters, which come with Pillow, and in nothing else.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
import orjson
import yaml
from numpy.typing import NDArray
from PIL import Image

from scmgen import __version__
from scmgen.errors import ScmgenError
from scmgen.publish import card, companions, croissant
from scmgen.storage import layout
from scmgen.storage.loading.reader import Data
from scmgen.storage.manifest import LARGEST_FILE, Manifest
from scmgen.storage.places.place import Folder

LETTERING = 0.05  # of the pixels of a sheet may differ: letters take about half of that

_END = b"\0\0\0\0IEND\xaeB`\x82"  # the last chunk of a PNG
_AUDIT = re.compile(r"\n## Audit\n\n.*?(?=\n## )", re.DOTALL)
_HEADER = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


def problems(manifest: Manifest, place: Folder, audited: bool = False) -> Iterator[str]:
    """What is wrong with the files beside the shards, a sentence each that begins with the name of the file.

    Args:
        manifest: of the data set, which is compared elsewhere.
        place: where it lies.
        audited: run the audit again that the card tells of, which takes as long as in the build; else only its
            presence is looked at.

    Raises:
        OSError: if a file is there and cannot be read.
    """
    ours = manifest.software.get("scmgen") == __version__
    for name, look in _looks(manifest, place, audited).items():
        try:
            data = place.read(name, LARGEST_FILE)
        except FileNotFoundError:
            continue  # a check of files tells it
        except ScmgenError as error:
            yield f"{name}: cannot be read: {error}"
            continue
        problem = look(data, ours) if data else "is empty"
        if problem:
            yield f"{name}: {problem}"


Look = Callable[[bytes, bool], str]
"""Says what is wrong with the content of a file, or nothing; told whether this version wrote it."""


def _looks(manifest: Manifest, place: Folder, audited: bool) -> dict[str, Look]:
    indices = {layout.index(split): _is(companions.wids(manifest, split)) for split in manifest.splits}
    graph: dict[str, Look] = {
        layout.GRAPH[0]: _is(manifest["graph"]),
        layout.GRAPH[1]: lambda data, ours: _picture(data, ours, manifest),
    }
    return {
        **indices,
        **(graph if manifest.graph is not None else {}),
        layout.SHEET: lambda data, ours: _sheet(data, ours, Data(place, manifest)),
        layout.CARD: lambda data, ours: _card(data, ours, Data(place, manifest), audited),
        layout.CROISSANT: lambda data, ours: _metadata(data, ours, manifest),
    }


def _parsed(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return error


def _is(due: Any) -> Look:
    return lambda data, ours: _json(data, due)


def _json(data: bytes, due: Any) -> str:
    """Compare JSON with what is due."""
    found = _parsed(data)
    if isinstance(found, orjson.JSONDecodeError):
        return f"no valid JSON: {found}"
    return "" if found == orjson.loads(orjson.dumps(due)) else "does not say what the manifest says"


def _metadata(data: bytes, ours: bool, manifest: Manifest) -> str:
    due = croissant.describe(manifest)
    if ours:
        return _json(data, due)
    found = _parsed(data)
    if not isinstance(found, dict):
        return "no valid JSON object"
    keys = ("name", "license", "distribution")
    differing = [key for key in keys if _files(found.get(key)) != _files(due.get(key))]
    return f"{differing[0]} is not that of the manifest" if differing else ""


def _files(value: Any) -> Any:
    """Of a list of files their names, sizes and sums, whatever else is said of them."""
    if not isinstance(value, list):
        return value
    told = ("@id", "name", "contentUrl", "contentSize", "sha256")
    return [{key: one.get(key) for key in told} for one in value if isinstance(one, Mapping) and "sha256" in one]


def _picture(data: bytes, ours: bool, manifest: Manifest) -> str:
    """Look at the picture of the graph."""
    if ours:
        return "" if data == companions.picture(manifest) else "is not the picture of the graph in the manifest"
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # nothing that we write, and a parser's memory may depend on it
        return "no picture that scmgen writes"
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  # no entities
    except ElementTree.ParseError as error:
        return f"no valid XML: {error}"
    words = set(itertools.chain.from_iterable(text.split() for text in root.itertext()))
    lost = [name for name in manifest.factors if name not in words]
    if not root.tag.endswith("svg"):
        return f"no SVG: its outermost element is {root.tag[:40]!r}"
    return f"does not show {lost[0]}" if lost else ""


def _card(data: bytes, ours: bool, shown: Data, audited: bool) -> str:
    """Compare the card; its audit only if that is run again."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 text (byte {error.start})"
    if not ours:
        return _header(text, shown.manifest)
    told = "" if not audited else companions.pictured(shown)[1]
    due = card.readme(shown.manifest, told)
    if shown.manifest.origin == "generated" and not audited:
        if not _AUDIT.search(text):
            return "tells of no audit"
        text = _AUDIT.sub("", text, count=1)
    return "" if text == due else f"line {_first(text, due)} is not what the manifest says"


def _first(text: str, due: str) -> int:
    """The number of the first line that differs."""
    pairs = itertools.zip_longest(text.splitlines(), due.splitlines())
    return next((number for number, (one, other) in enumerate(pairs, 1) if one != other), 1)


def _header(text: str, manifest: Manifest) -> str:
    """Whether the YAML of a card names the files of each split."""
    match = _HEADER.match(text)
    try:
        told = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        return f"its header is no valid YAML: {str(error).splitlines()[0]}"
    due = yaml.safe_load(_HEADER.match(card.readme(manifest))[1])  # type: ignore[index]  # ours has one
    keys = ("configs", "license")
    if not isinstance(told, dict):
        return "has no header in YAML"
    differing = [key for key in keys if told.get(key) != due.get(key)]
    return f"{differing[0]} in its header is not that of the manifest" if differing else ""


def _sheet(data: bytes, ours: bool, shown: Data) -> str:
    """Compare the sheet with one drawn again, save for its lettering; of another version's whether it is an image."""
    due = np.asarray(companions.pictured(shown, audited=False)[0].convert("RGB"))
    found = _pixels(data, due.shape if ours else None)
    if isinstance(found, str):
        return found
    if not ours:
        return ""
    share = float((found != due).any(axis=-1).mean())
    return f"{share:.0%} of its pixels differ when it is drawn again" if share > LETTERING else ""


def _pixels(data: bytes, shape: tuple[int, ...] | None) -> NDArray[np.uint8] | str:
    """The pixels of a PNG whose sums fit, or what is wrong with it; it is decoded only if its size is the one due."""
    if data.find(_END) + len(_END) != len(data):
        return "no readable PNG: it does not end where its image ends"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                size = (image.height, image.width)
                if shape is not None and size != shape[:2]:
                    return f"is {size[1]} x {size[0]} pixels, not {shape[1]} x {shape[0]}"
                image.verify()
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        return f"no readable PNG: {error}"
