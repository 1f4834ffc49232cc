"""Where an export lands: under its final name when it is whole, or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scmgen.errors import ScmgenError
from scmgen.storage.places.ownership import abandoned, owned, unfinished


def check(out: Path, force: bool, mark: str, origin: Path | None) -> None:
    """Refuse a name that an export may not take.

    Args:
        out: the final name.
        force: whether what is there may be replaced.
        mark: a file (a glob) that a directory must hold to be replaced, so that no other one is lost by a slip.
        origin: the directory of the data set, if it lies on this machine.

    Raises:
        ScmgenError: if the name is taken, or replacing it would lose what is no export.
    """
    if out.parent.exists() and not out.parent.is_dir():
        raise ScmgenError(f"{out.parent}: is no directory")
    if not (out.exists() or out.is_symlink()):
        return
    if not force:
        raise ScmgenError(f"{out}: exists; --force replaces it, -o names another place")
    if origin is not None and out.resolve() in (origin.resolve(), *origin.resolve().parents):
        raise ScmgenError(f"{out}: holds the data set itself; -o names another place")
    if out.is_dir() and any(out.iterdir()) and not (mark and any(out.glob(mark))):
        raise ScmgenError(f"{out}: is a directory that no such export wrote; remove it yourself, or -o names another")


@contextmanager
def placing(out: Path) -> Iterator[Path]:
    """Give a path to write a file or a directory to, which becomes ``out`` at the end.

    What was there is replaced only then. If an exception leaves the block, nothing of the new one remains; what a
    killed process left is removed by the next export to the same name.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    temporary = _beside(out)
    try:
        with unfinished(temporary), owned(_holding(temporary)):
            yield temporary
            _settle(temporary)
            _replace(temporary, out)
    except BaseException:
        _remove(temporary)
        raise
    finally:
        _remove(_holding(temporary))


def _beside(out: Path) -> Path:
    return out.with_name(f".{out.name}.{secrets.token_hex(8)}.tmp")


def _holding(temporary: Path) -> Path:
    """The file that an export holds while it lives: what it writes, other libraries open and lock."""
    return temporary.with_name(f"{temporary.name}.lock")


def _sweep(out: Path) -> None:
    """Remove what killed exports to this name left, and nothing of one that lives."""
    left = re.compile(rf"\.{re.escape(out.name)}\.[0-9a-f]{{16}}\.tmp")
    for path in [path for path in out.parent.iterdir() if left.fullmatch(path.name)]:
        holding = _holding(path)
        if not holding.exists() or abandoned(holding):
            _remove(path)
            _remove(holding)


def _settle(path: Path) -> None:
    """See that it is on disk before it gets its name; a directory may hold too many files to ask for each."""
    if path.is_dir() and hasattr(os, "sync"):
        os.sync()
    elif path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _replace(temporary: Path, out: Path) -> None:
    aside = _beside(out)
    if out.is_dir() and not out.is_symlink():
        out.rename(aside)  # no system call replaces a directory that is not empty
    temporary.replace(out)
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
