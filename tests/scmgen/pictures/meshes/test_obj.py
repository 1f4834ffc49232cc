"""OBJ files: the words that make a surface, and none of the files that they name."""

from __future__ import annotations

import meshed
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes import obj

SEAM = """\
# a strip of two triangles, with a seam in its texture
o strip
v 0 0 0
v 1 0 0
v 1 1 0 0.5 0.5 0.5
v 0 1 0
vt 0 0
vt 1 0
vt 1 1 0
vt 0.5
vn 0 0 2
usemtl ../../somewhere
f 1/1/1 2/2/1 \\
  3/3/1
f -4/4/1 -2/3/1 -1/4/1
"""


def test_corners_are_points_with_their_place_in_a_texture_and_their_normal() -> None:
    read = obj.read(SEAM.encode(), "o")
    assert read.points[read.faces].tolist() == [
        [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
        [[0, 0, 0], [1, 1, 0], [0, 1, 0]],
    ]
    assert read.texels is not None and read.texels[read.faces[1]].tolist() == [[0.5, 0], [1, 1], [0.5, 0]]
    assert read.normals is not None and (read.normals == [0, 0, 2]).all() and len(read.points) == 5
    assert read.shared.tolist().count(0) == 2  # the first point, on both sides of the seam, is one


def test_of_what_only_some_corners_have_none_is_kept() -> None:
    read = obj.read(SEAM.replace("1/1/1", "1//1").encode(), "o")
    assert read.texels is None and read.normals is not None
    plain = obj.read(meshed.obj(meshed.PYRAMID, meshed.SLOPES), "o")
    assert plain.normals is plain.texels is None and len(plain.faces) == 6 and len(plain.points) == 5


FAULTS = [
    ("v 0 0\n", "o:1: 'v 0 0' cannot be read"),
    ("v 0 0 x\n", "o:1: 'v 0 0 x' cannot be read"),
    ("v 0 0 0\nf 1 1\n", "o:2: 'f 1 1' cannot be read"),
    ("v 0 0 0\nf 0 1 1\n", "o:2: 'f 0 1 1' cannot be read"),
    ("v 0 0 0\nf -2 1 1\n", "o:2: 'f -2 1 1' cannot be read"),
    ("v 0 0 0\nf /1 1 1\n", "o:2: 'f /1 1 1' cannot be read"),
    ("v 0 0 0\nf 1 1 4\n", "o: a face has point 4; there are 1"),
    ("v 0 0 0\nf 1/1 1/1 1/2\n", "o: a face has place in a texture 2; there are 0"),
    ("v 0 0 0\nf " + "1 " * 200_003, "o: 200,001 faces and 1 points; at most 200,000 triangles and 600,000"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_what_cannot_be_read_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        obj.read(text.encode(), "o")
    assert str(caught.value).startswith(message)
