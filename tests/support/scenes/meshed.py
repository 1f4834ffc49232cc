"""Meshes as files: a cube and a pyramid, as text and as bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

CUBE = [(x, y, z) for z in (0, 2) for y in (0, 2) for x in (0, 2)]
SIDES = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
PYRAMID = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0.5, 0.5, 3)]
SLOPES = [(0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]


def header(form: str, points: int, faces: int, more: str = "") -> str:
    """The header of a PLY file."""
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    listed = f"element face {faces}\nproperty list uchar int vertex_indices\n"
    return f"ply\nformat {form} 1.0\ncomment made here\nelement vertex {points}\n{axes}{more}{listed}end_header\n"


def ply(points: Sequence[Sequence[float]], faces: Sequence[Sequence[int]], form: str = "ascii") -> bytes:
    """Points and polygons as a PLY file."""
    head = header(form, len(points), len(faces)).encode()
    if form == "ascii":
        lines = [*points, *((len(face), *face) for face in faces)]
        return head + "".join(" ".join(map(str, line)) + "\n" for line in lines).encode()
    order = "<" if form.endswith("little_endian") else ">"
    body = [struct.pack(f"{order}3f", *point) for point in points]
    return head + b"".join([*body, *(struct.pack(f"{order}B{len(face)}i", len(face), *face) for face in faces)])


def obj(points: Sequence[Sequence[float]], faces: Sequence[Sequence[int]]) -> bytes:
    """Points and polygons as an OBJ file."""
    lines = [*(f"v {x} {y} {z}" for x, y, z in points), *("f " + " ".join(str(k + 1) for k in face) for face in faces)]
    return "\n".join(["mtllib ../../etc/passwd", *lines, ""]).encode()


def folder(place: Path) -> Path:
    """A folder of two meshes: a cube and a pyramid."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "a-cube.ply").write_bytes(ply(CUBE, SIDES, "binary_little_endian"))
    (place / "b-pyramid.obj").write_bytes(obj(PYRAMID, SLOPES))
    (place / "notes.txt").write_text("nothing of a mesh")
    return place
