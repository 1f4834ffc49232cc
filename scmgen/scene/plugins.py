"""What a user brings: plug-ins, which add words, marks and kinds of intervention, pictures and meshes.

A plug-in is a Python file. No scene and no spec says where one lies, or where a bank does: the command line does.
Their sums are in the manifest, so that a reader knows what the data came from.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.pictures.bank import ONE, What
from scmgen.pictures.brought import Given

_loaded: dict[Path, str] = {}
_FILE = ".py"


Brought: TypeAlias = Path | Given
"""A plug-in's file, or a bank: the name that a scene calls it by, where it lies, and what it holds."""


def load(paths: Sequence[Brought]) -> dict[str, str]:
    """Run plug-in files and read banks, each once a process; give file name, or what a bank is known as -> sha256.

    Raises:
        ScmgenError: if something cannot be read or fails, or two have one name.
    """
    sums: dict[str, str] = {}
    for one in (given for given in paths if isinstance(given, Given)):
        if any(brought.key(one.name, what) in sums for what in ONE):
            raise ScmgenError(f"{one.option}: {one.name!r} is given twice")
        sums[one.known_as] = brought.bring(one).sum
    for path in (given.resolve() for given in paths if not isinstance(given, Given)):
        if path not in _loaded:
            _loaded[path] = _run(path)
        if sums.setdefault(path.name, _loaded[path]) != _loaded[path]:
            raise ScmgenError(f"plug-in {path}: another plug-in is called {path.name} too; rename one")
    return sums


def require(sums: Mapping[str, str], paths: Sequence[Brought], where: str) -> None:
    """Load plug-ins and banks and raise unless they are those that a data set was built with."""
    loaded = load(paths)
    missing = [name for name, digest in sums.items() if loaded.get(name, _bundled(name)) != digest]
    if missing:
        raise ScmgenError(f"{where}: {needed(missing)}")


def lacking(sums: Mapping[str, str]) -> list[str]:
    """Those of the plug-ins and banks that a data set was built with that this process has not loaded."""
    there = {(path.name, digest) for path, digest in _loaded.items()}
    there |= {(brought.key(name, bank.what), bank.sum) for name, bank in brought.BANKS.items()}
    return [name for name, digest in sums.items() if (name, digest) not in there and _bundled(name) != digest]


def _bundled(name: str) -> str | None:
    """The sum of the pictures of a name that come with scmgen."""
    found = None if name.endswith(_FILE) else brought.bundled(name)
    return None if found is None else found.sum


def needed(names: Sequence[str]) -> str:
    """What to say of a data set of which something was not given that it was built with."""
    files, banks = ([name for name in names if name.endswith(_FILE) == file] for file in (True, False))
    said = [f"the plug-in {', '.join(files)}; give the same file with --plugin"] if files else []
    for name, what in ((name.removesuffix(brought.MESHES), _what(name)) for name in banks):
        said.append(f"the {what} {name}; give the same with --{what} {name}=PLACE")
    return f"was built with {'; and with '.join(said)}"


def _what(name: str) -> What:
    """What a bank holds, by what it is known as."""
    return "meshes" if name.endswith(brought.MESHES) else "pictures"


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
