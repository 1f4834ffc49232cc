"""Formulas of pages as MathML, which browsers show by themselves: the site needs no script and no font for them."""

from __future__ import annotations

import re
from html import unescape

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def shown(html: str) -> str:
    """A page in which what ``pymdownx.arithmatex`` has marked is a formula."""

    def drawn(found: re.Match[str]) -> str:
        alone = found[2] == "["
        formula = convert(unescape(found[3].strip()), display="block" if alone else "inline")
        return f'<div class="formula">{formula}</div>' if alone else str(formula)

    return _FORMULA.sub(drawn, html)
