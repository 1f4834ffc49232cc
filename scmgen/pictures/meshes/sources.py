"""From a place to a bank of meshes: a folder of PLY and OBJ files, or one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.files import read_file
from scmgen.pictures.bank import Bank, bank
from scmgen.pictures.folders import classed, there
from scmgen.pictures.meshes import obj, ply
from scmgen.pictures.meshes.mesh import Mesh, Raw, mesh

MOST, MOST_BYTES = 1_000, 33_554_432  # meshes of a bank, and bytes of a file
TOGETHER = 5_000_000  # triangles of a bank
_READERS: dict[str, Callable[[bytes, str], Raw]] = {".ply": ply.read, ".obj": obj.read}


def read(name: str, place: Path) -> Bank[Mesh]:
    """A bank of meshes.

    Args:
        name: what a scene calls it.
        place: a PLY or OBJ file, or a folder of such, or one with a sub-folder of them a class.

    Raises:
        ScmgenError: if there is nothing, or it cannot be read, or is too much.
    """
    where = f"--meshes {name}={place}"
    there(place, where)
    files = classed(place, _READERS, "mesh") if place.is_dir() else [("", place)]
    if not files:
        raise ScmgenError(f"{where}: there are no meshes in it ({' and '.join(_READERS)} are read)")
    if len(files) > MOST:
        raise ScmgenError(f"{where}: {len(files):,} meshes; at most {MOST:,} are read")
    meshes, triangles = list[Mesh](), 0
    for _, path in files:
        meshes.append(_one(path))
        triangles += len(meshes[-1].faces)
        if triangles > TOGETHER:
            raise ScmgenError(f"{where}: more than {TOGETHER:,} triangles; give fewer or simpler meshes")
    classes = tuple(sorted({kind for kind, _ in files}))
    return bank(name, meshes, np.array([classes.index(kind) for kind, _ in files]), classes, "meshes")


def _one(path: Path) -> Mesh:
    if path.suffix.lower() not in _READERS:
        raise ScmgenError(f"{path}: of no kind that is read: {', '.join(_READERS)}")
    try:
        data = read_file(path, MOST_BYTES)
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None
    return mesh(_READERS[path.suffix.lower()](data, str(path)), data, str(path))
