"""Plug-ins: Python files, named on the command line, that add words, marks and kinds of intervention.

A plug-in is never named in a scene or a spec; its hash is in the manifest, so that a reader knows
which code the data came from.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from scmgen.errors import ScmgenError

_loaded: dict[Path, str] = {}


def load(paths: Sequence[Path]) -> dict[str, str]:
    """Run plug-in files, each once a process; give file name -> sha256.

    Raises:
        ScmgenError: if a file cannot be read or fails, or two have one name.
    """
    sums: dict[str, str] = {}
    for path in (Path(p).resolve() for p in paths):
        if path not in _loaded:
            _loaded[path] = _run(path)
        if sums.setdefault(path.name, _loaded[path]) != _loaded[path]:
            raise ScmgenError(f"plug-in {path}: another plug-in is called {path.name} too; rename one")
    return sums


def require(sums: Mapping[str, str], paths: Sequence[Path], where: str) -> None:
    """Load plug-in files and raise unless they are those that a data set was built with."""
    loaded = load(paths)
    missing = [name for name, digest in sums.items() if loaded.get(name) != digest]
    if missing:
        raise ScmgenError(f"{where}: {needed(missing)}")


def lacking(sums: Mapping[str, str]) -> list[str]:
    """Those of the plug-ins that a data set was built with that this process has not run."""
    there = {(path.name, digest) for path, digest in _loaded.items()}
    return [name for name, digest in sums.items() if (name, digest) not in there]


def needed(names: Sequence[str]) -> str:
    """What to say of a data set whose plug-ins were not given."""
    return f"was built with the plug-in {', '.join(names)}; give the same file with --plugin"


@functools.cache
def load_installed() -> None:
    """Import the modules that installed packages register under ``scmgen.plugins``, once a process."""
    import importlib.metadata  # takes a while to load, and many commands compile nothing

    for entry in importlib.metadata.entry_points(group="scmgen.plugins"):
        try:
            entry.load()
        except Exception as error:
            raise ScmgenError(f"plug-in {entry.value}: {type(error).__name__}: {error}") from error


def _run(path: Path) -> str:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ScmgenError(f"plug-in {path}: cannot be read: {error.strerror}") from None
    spec = importlib.util.spec_from_file_location(f"scmgen_plugin_{digest[:12]}", path)
    if spec is None or spec.loader is None:
        raise ScmgenError(f"plug-in {path}: a plug-in is a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where the annotations of its classes are looked up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, ScmgenError) else f"{type(error).__name__}: "
        raise ScmgenError(f"plug-in {path}{_line(error, path)}: {kind}{error}") from error
    return digest


def _line(error: BaseException, path: Path) -> str:
    """The line of the plug-in that failed; a syntax error says it itself."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f":{lines[-1]}" if lines else ""
