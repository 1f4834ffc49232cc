"""The page: served, to ask the server; or with a recording in it, to ask nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scmgen.publish.markup import Safe, element, joined
from scmgen.publish.pages.document import Page, document, resource

_HERE = "scmgen.cli.explorer"
SCRIPTS = (  # in their order: each may use what stands before it
    *("state", "address", "recorded", "asking", "sliders", "rows"),
    *("graph", "film", "showing", "chain", "saving", "lesson", "keys", "start"),
)


def served() -> Page:
    """The page that a server gives: it asks for all it shows."""
    return _page("scmgen explore", Safe(resource(_HERE, "explore.html")), asks=True)


def recorded(title: str, recording: Mapping[str, Any]) -> Page:
    """The page as one file that needs no server: what it shows stands in it."""
    text = json.dumps(recording, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    data = element("script", Safe(text), type="application/json", id="recording")
    body = joined([Safe(resource(_HERE, "explore.html")), data])
    return _page(f"{title} \N{MIDDLE DOT} scmgen explore", body)


def _page(title: str, body: Safe, asks: bool = False) -> Page:
    scripts = [resource(_HERE, f"web/{name}.js") for name in SCRIPTS]
    return document(title, body, resource(_HERE, "explore.css"), scripts, asks)
