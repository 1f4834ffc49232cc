"""What docstrings hold and Markdown does not: roles such as ``:func:`scmgen.load``` , as links, and doctests."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:mod|func|class|meth|data|attr):`(~?)([\w.]+)`")
_DOCTEST = re.compile(r"^( *)>>> .+(?:\n.*\S.*)*", re.MULTILINE)


def fenced(text: str) -> str:
    """A docstring whose doctests are blocks of code, which Markdown takes for quotations."""
    return _DOCTEST.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)


def linked(text: str) -> str:
    """A docstring whose roles are links if the name is documented, and code if it is not.

    >>> linked("made by :func:`~scmgen.load`")
    'made by <autoref optional identifier="scmgen.load"><code>load</code></autoref>'
    """
    return _ROLE.sub(_link, text)


def _link(found: re.Match[str]) -> str:
    name = found[2].rpartition(".")[2] if found[1] else found[2]
    return f'<autoref optional identifier="{found[2]}"><code>{name}</code></autoref>'


class Roles(griffe.Extension):
    """Translates the docstring of everything that is loaded."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Translate one."""
        if obj.docstring:
            obj.docstring.value = fenced(linked(obj.docstring.value))
