"""The formats that a data set can be exported to, and where each is registered."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scmgen.errors import ScmgenError, suggestion
from scmgen.publish.exports.writing.selection import Selection

Write = Callable[[Selection, Path], None]


@dataclass(frozen=True)
class Format:
    """A way to lay a data set out for other programs.

    Attributes:
        name: what ``--to`` calls it.
        summary: one line on what is written.
        ending: what its file or directory is called after the data set's name, if no name is given.
        write: writes chosen splits to a path at which nothing lies.
        mark: a file that a directory of this format always holds, as a glob; empty if it is one file.
        libraries: what it needs of the extra.
        extra: what installs them.
        needs: what a label must tell for it (``docs/reference/format.md``).
        samples: whether it draws samples of its own, which needs the equations of a generated set.
        scales: whether it scales labels to [0, 1], and can be told to leave them in their units.
        clips: whether it has a place for what moves.
        moves: whether it has a place for nothing else.
        options: what reads the options that it has of its own, by their names; None if there are none.
        made: what is said of so many samples when it is written.
    """

    name: str
    summary: str
    ending: str
    write: Write
    mark: str = ""
    libraries: tuple[str, ...] = ()
    extra: str = "export"
    needs: tuple[str, ...] = ()
    samples: bool = False
    scales: bool = False
    clips: bool = False
    moves: bool = False
    options: Callable[..., Any] | None = None
    made: str = "{} samples"


FORMATS: dict[str, Format] = {}


def layout(name: str, summary: str, **fields: Any) -> Callable[[Write], Write]:
    """Register a function as the writer of a format; ``fields`` are the further fields of :class:`Format`."""

    def register(write: Write) -> Write:
        FORMATS[name] = Format(name, summary, write=write, **fields)
        return write

    return register


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        ScmgenError: if there is none, or a library that it needs is not installed.
    """
    if name not in FORMATS:
        raise ScmgenError(f"--to {name}: no such format; {suggestion(name, FORMATS)}")
    for library in FORMATS[name].libraries:
        require(library, FORMATS[name].extra, f"--to {name}")
    return FORMATS[name]


def require(library: str, extra: str, what: str = "a video") -> Any:
    """The module of a library.

    Raises:
        ScmgenError: if it is not installed, with the extra that installs it.
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        raise ScmgenError(f"{what}: needs {library}: pip install 'scmgen[{extra}]'") from None
