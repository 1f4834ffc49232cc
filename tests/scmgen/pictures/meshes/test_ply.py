"""PLY files: text and bytes hold one surface, and what is none of them is one clear message."""

from __future__ import annotations

from typing import Any

import meshed
import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes import ply

FORMS = ("ascii", "binary_little_endian", "binary_big_endian")


@pytest.mark.parametrize(("points", "faces"), [(meshed.CUBE, meshed.SIDES), (meshed.PYRAMID, meshed.SLOPES)])
def test_text_and_bytes_of_either_order_hold_the_same(points: Any, faces: Any) -> None:
    first, *others = (ply.read(meshed.ply(points, faces, form), "p") for form in FORMS)
    assert first.points.tolist() == [list(map(float, point)) for point in points]
    assert len(first.faces) == sum(len(face) - 2 for face in faces) and first.normals is first.texels is None
    for other in others:
        assert (other.points == first.points).all() and (other.faces == first.faces).all()


def test_normals_and_places_in_a_texture_are_read_and_what_is_besides_is_passed_over() -> None:
    listed = ("float nx", "float ny", "float nz", "uchar red", "double s", "double t")
    more = "".join(f"property {told}\n" for told in listed)
    head = meshed.header("ascii", 3, 1, more).replace("element face", "element camera 1\nproperty int id\nelement face")
    head = head.replace("end_header", "element edge 2\nproperty int a\nend_header")
    rows = [f"{k} {k * k} 0 0 0 {k + 1} 255 0.{k} 0.5" for k in range(3)]
    read = ply.read("\n".join([head + rows[0], *rows[1:], "7", "3 0 1 2", "1", "2"]).encode(), "p")
    assert read.points.tolist() == [[0, 0, 0], [1, 1, 0], [2, 4, 0]] and read.faces.tolist() == [[0, 1, 2]]
    assert read.normals is not None and read.normals.tolist() == [[0, 0, 1], [0, 0, 2], [0, 0, 3]]
    assert read.texels is not None and read.texels.tolist() == [[0, 0.5], [0.1, 0.5], [0.2, 0.5]]


SOUND = meshed.ply(meshed.CUBE, meshed.SIDES).decode()
FAULTS = [
    ("nothing", "p: no PLY file: it should begin with 'ply' and have an 'end_header'"),
    (SOUND.replace("ascii 1.0", "ascii 2.0"), "p: its header has the line 'format ascii 2.0', which is no PLY 1.0"),
    (SOUND.replace("format ascii 1.0\n", ""), "p: its header names no format; allowed: ascii, binary_big_endian,"),
    (SOUND.replace("float x", "half x"), "p: its header has the line 'property half x', which is no PLY 1.0"),
    (SOUND.replace("float y", "float x"), "p: its header has the line 'property float x', which is no PLY 1.0"),
    (SOUND.replace("float z", "float w"), "p: its points have no z"),
    (SOUND.replace("element face", "element strip"), "p: no element 'face'; it has vertex, strip"),
    (SOUND.replace("vertex_indices", "corners"), "p: its faces have no list 'vertex_indices'"),
    (SOUND.replace("vertex 8", "vertex 999999999"), "p: 6 faces and 999,999,999 points; at most 200,000 triangles"),
    (SOUND.replace("vertex 8", "vertex 50000"), "p: is cut short: its header promises more than it has"),
    (SOUND[:-9], "p: is cut short: its header promises more than it has"),
    (SOUND.replace("4 1 3 7 5", "4 1 3 7 x"), "p: a number is needed: could not convert string to float: b'x'"),
    (SOUND.replace("4 1 3 7 5", "2 1 3"), "p: face 5 has 2 corners; three or more are needed"),
    (SOUND.replace("4 1 3 7 5", "4 1 3 7 nan"), "p: the corners of its faces are no numbers of points"),
    (SOUND.replace("4 1 3 7 5", "1e9 1 3 7 5"), "p: is cut short: its header promises more than it has"),
    (
        SOUND.replace("element vertex", "element range 9\nproperty list int int of\nelement vertex"),
        "p: element 'range': it cannot be read before the faces are",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        ply.read(text.encode(), "p")
    assert str(caught.value).startswith(message)


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    generator = np.random.default_rng(0)
    for form in FORMS:
        sound = meshed.ply(meshed.PYRAMID, meshed.SLOPES, form)
        for _ in range(80):
            data = bytearray(sound[: generator.integers(1, len(sound) + 1)])
            for place in generator.integers(0, len(data), 2):
                data[place] = generator.integers(0, 256)
            try:
                ply.read(bytes(data), "p")
            except ScmgenError as error:
                assert str(error).startswith("p: ")
