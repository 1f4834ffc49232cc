"""What a notebook shows of an object: its name, some facts, a picture and a graph; escaped, and never large."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping

from PIL import Image

from scmgen.errors import shortened
from scmgen.pictures.sheet import encode

_FACT, _DRAWING, _PICTURE = 600, 50_000, 90_000  # characters of a fact and of a graph, bytes of a picture


def page(title: str, facts: Mapping[str, str], picture: Image.Image | None = None, drawing: str = "") -> str:
    """Less than 200 kB of HTML.

    Args:
        title: what the object is called.
        facts: what is told of it, by what it tells; text, which is escaped here.
        picture: images, shrunk until they fit.
        drawing: SVG that was escaped where it was drawn; left out if it is too large.
    """
    cells = "".join(
        f'<tr><th style="text-align:left">{_text(name)}</th><td style="text-align:left">{_text(fact)}</td></tr>'
        for name, fact in facts.items()
    )
    shown = drawing if len(drawing) <= _DRAWING else ""
    return f"<div><strong>{_text(title)}</strong><table>{cells}</table>{_image(picture)}<div>{shown}</div></div>"


def _text(words: str) -> str:
    return html.escape(shortened(words, _FACT))


def _image(picture: Image.Image | None) -> str:
    if picture is None:
        return ""
    width = picture.width
    while len(png := encode(picture)) > _PICTURE:
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
    source = base64.b64encode(png).decode()
    return f'<img alt="a few samples" width="{width}" style="max-width:100%" src="data:image/png;base64,{source}"/>'
