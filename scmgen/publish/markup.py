"""HTML as text that is escaped unless it was made here."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence


class Safe(str):
    """Text that is HTML already; all other text is escaped where it is used."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str | float | bool | None) -> Safe:
    """An element; an attribute's trailing underscore is dropped, its others become hyphens.

    True is an attribute without value; None and False are none.

    >>> element("p", "1 < 2", class_="note", aria_label='"')
    '<p class="note" aria-label="&quot;">1 &lt; 2</p>'
    """
    return Safe(f"{_opened(tag, attributes)}{joined(content)}</{tag}>")


def void(tag: str, **attributes: str | float | bool | None) -> Safe:
    """An element without content, in HTML as in SVG."""
    return Safe(f"{_opened(tag, attributes)[:-1]}/>")


def _opened(tag: str, attributes: dict[str, str | float | bool | None]) -> Safe:
    spelled = ""
    for name, value in attributes.items():
        name = name.rstrip("_").replace("_", "-")
        if value is not None and value is not False:
            spelled += f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
    return Safe(f"<{tag}{spelled}>")


def joined(parts: Iterable[str], between: str = "") -> Safe:
    """Parts in a row, escaped where they are plain text."""
    return Safe(between.join(part if isinstance(part, Safe) else html.escape(part) for part in parts))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> Safe:
    """A table that scrolls by itself where it is wider than the page; the first cell of a row is its header.

    Columns without any text are left out.
    """
    rows = list(rows)
    filled = [k for k in range(len(header)) if any(row[k] for row in rows)]
    top = element("tr", *(element("th", header[k], scope="col") for k in filled))
    lines = (element("tr", cell(row[0], "th"), *(cell(row[k]) for k in filled[1:])) for row in rows)
    body = element("table", element("thead", top), element("tbody", *lines))
    return element("div", body, class_="wide", role="region", aria_label=label, tabindex="0")


def cell(content: str, tag: str = "td") -> Safe:
    """A cell of a table, if it is not one already."""
    ready = isinstance(content, Safe) and content.startswith("<td")
    return Safe(content) if ready else element(tag, content, scope="row" if tag == "th" else None)


def choice(name: str, legend: str, panels: Sequence[tuple[str, str]]) -> Safe:
    """Panels of which one is shown, chosen by radio buttons: with a keyboard, and without any script.

    Args:
        name: of the group; no two on a page may share it.
        legend: what is chosen.
        panels: label and content of each.
    """
    if len(panels) == 1:
        return element("div", element("p", panels[0][0], class_="chosen"), joined([panels[0][1]]), class_="single")
    buttons = []
    for k, (label, _) in enumerate(panels):
        known = f"{name}-{k}"
        buttons.append(void("input", type="radio", name=name, id=known, checked=k == 0))
        buttons.append(element("label", label, for_=known))
    shown = (element("div", joined([content]), class_="panel", data_label=label) for label, content in panels)
    return element("fieldset", element("legend", legend), *buttons, *shown, class_="choice")


def shown(panels: int) -> str:
    """The style rules by which :func:`choice` shows the chosen one of up to ``panels``."""
    rules = (f".choice>input:nth-of-type({k}):checked~.panel:nth-of-type({k})" for k in range(1, panels + 1))
    return ",".join(rules) + "{display:block}"


def picture(png: bytes, alt: str, width: int | None = None, height: int | None = None, **attributes: str) -> Safe:
    """A PNG inside the page, at its own size if none is given."""
    return void("img", src=inlined(png), alt=alt, width=width, height=height, **attributes)


def themed(light: bytes, dark: bytes, alt: str, width: int | None = None) -> Safe:
    """A PNG inside the page, another one where pages are dark."""
    source = void("source", media="(prefers-color-scheme: dark)", srcset=inlined(dark))
    return element("picture", source, picture(light, alt, width))


def inlined(png: bytes) -> str:
    """The address of a PNG that stands in the page itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
