"""Which file a name means: the strictest reading first, and never a guess between two."""

from __future__ import annotations

import pytest

from scmgen.build.imported.lookup import AMBIGUOUS, Lookup, is_named, locate

FILES = ["a.png", "p/b.png", "p/Scan.v1.png", "q/b.png", "q/c.jpeg"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.png", "a.png"),
        ("a", "a.png"),
        ("p/b", "p/b.png"),
        ("c.jpeg", "q/c.jpeg"),
        ("/elsewhere/of/p/b.png", "p/b.png"),
        ("p\\b.png", "p/b.png"),
        ("b.png", AMBIGUOUS),
        ("b", AMBIGUOUS),
        ("A.png", None),
        ("a.jpg", None),
        ("r/a", "a.png"),
        ("", None),
    ],
)
def test_a_name_is_read_strictly(name: str, file: str | None) -> None:
    assert Lookup(FILES).strict(name) == file


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("A.PNG", "a.png"),
        ("a.jpg", "a.png"),
        ("P/B", "p/b.png"),
        ("scan.V1", "p/Scan.v1.png"),
        ("SCAN.v1.tif", "p/Scan.v1.png"),
        ("scan", None),
        ("B.jpg", AMBIGUOUS),
        ("d.png", None),
    ],
)
def test_case_and_the_suffix_of_an_image_may_differ(name: str, file: str | None) -> None:
    assert Lookup(FILES).loose(name) == file


def test_a_file_that_one_name_means_strictly_is_given_to_no_other() -> None:
    assert locate(["A.png", "a.png", "C.PNG"], Lookup(FILES)) == ([None, "a.png", "q/c.jpeg"], [2])
    assert locate(["A.png", "x"], Lookup(FILES)) == (["a.png", None], [0])
    assert Lookup(FILES).candidates("B.JPG") == ["p/b.png", "q/b.png"]


def test_a_cell_that_ends_as_an_image_names_one() -> None:
    assert [is_named(cell) for cell in ("i0.PNG ", "i0.jpeg", "i0", "v1.5", "png")] == [True, True, False, False, False]
