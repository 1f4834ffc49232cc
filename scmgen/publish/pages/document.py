"""One HTML file that stands alone: its head, what it may load and run, and the style that all pages share."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from scmgen.publish.markup import Safe, element, joined, void

LOCKED = "base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Page:
    """A page as text, and the policy (of content security) that it carries in its head.

    Attributes:
        text: the whole file.
        policy: what it may load, run and ask; its own script by its sum, pictures that stand in it, and no more.
    """

    text: str
    policy: str


def document(title: str, body: Safe, style: str = "", scripts: Sequence[str] = (), asks: bool = False) -> Page:
    """Put a page together, the same text on each run.

    Args:
        title: of the window.
        body: all that it shows.
        style: rules of its own, after those that all pages share.
        scripts: run in their order, in one scope, once the body is there.
        asks: whether its script may ask the server that it comes from.
    """
    rules, script = resource("scmgen.publish.pages", "base.css") + style, "".join(scripts)
    styles = "'unsafe-inline'" if ' style="' in body else f"'{_sum(rules)}'"
    policy = f"default-src 'none'; img-src data:; style-src {styles}; "
    policy += f"script-src '{_sum(script)}'; " if script else ""
    policy += "connect-src 'self'; " if asks else ""
    head = element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=policy + LOCKED),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        *([void("link", rel="icon", href="data:,")] if asks else []),  # or a browser asks the server for one
        element("title", title),
        element("style", Safe(rules)),
    )
    whole = element("body", joined(["\n", body, "\n"]), *([element("script", Safe(script))] if script else []))
    return Page(f'<!doctype html>\n<html lang="en">{head}\n{whole}</html>\n', policy + LOCKED)


def resource(package: str, name: str) -> str:
    """A file of a package, as text."""
    return resources.files(package).joinpath(name).read_text("utf-8")


def _sum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
