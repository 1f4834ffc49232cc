"""A bank: which picture a noise picks, and what is no number of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures.bank import Bank, Pixels, bank

PICTURES = [np.full((2, 2), k, np.uint8) for k in range(6)]
LABELS = np.array([1, 0, 1, 0, 1, 2])


def small() -> Bank[Pixels]:
    return bank("b", PICTURES, LABELS, ("x", "y", "z"))


def test_classes_stand_one_after_the_other_and_keep_their_order() -> None:
    assert [int(picture[0, 0]) for picture in small().items] == [1, 3, 0, 2, 4, 5]
    assert small().starts.tolist() == [0, 2, 5, 6]


def test_every_picture_of_a_class_is_as_likely_and_the_noise_decides() -> None:
    u = (np.arange(3000) + 0.5) / 3000
    picked = small().pick(np.ones(3000), u)
    assert np.unique(picked, return_counts=True)[1].tolist() == [1000, 1000, 1000]
    assert (np.diff(picked) >= 0).all()
    assert small().pick([0.0, 1.0, 2.0], [0.0, 1.0, 1.0]).tolist() == [0, 4, 5]


@pytest.mark.parametrize(
    ("level", "u", "problem"),
    [
        (3, 0.5, "pictures 'b': no class 3; its classes are numbered from 0 to 2"),
        (-1, 0.5, "pictures 'b': no class -1; its classes are numbered from 0 to 2"),
        (0.5, 0.5, "pictures 'b': no class 0.5; its classes are numbered from 0 to 2"),
        (0, 1.5, "pictures 'b': u is 1.5; a number from 0 to 1 is needed"),
        (0, np.nan, "pictures 'b': u is nan; a number from 0 to 1 is needed"),
    ],
)
def test_what_cannot_be_picked_is_said(level: float, u: float, problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        small().pick(level, u)
    assert str(error.value) == problem


def test_a_number_beyond_the_last_picture_is_said() -> None:
    with pytest.raises(ScmgenError) as error:
        small().numbers([0, 6])
    assert str(error.value) == "pictures 'b': no picture 6; they are numbered from 0 to 5"


def test_the_sum_tells_pixels_and_classes_but_not_the_name() -> None:
    other = [*PICTURES[:5], PICTURES[5] + 1]
    assert bank("c", PICTURES, LABELS, ("x", "y", "z")).sum == small().sum
    assert bank("b", other, LABELS, ("x", "y", "z")).sum != small().sum
    assert bank("b", PICTURES, LABELS, ("x", "y", "w")).sum != small().sum
    assert bank("b", PICTURES, LABELS[::-1].copy(), ("x", "y", "z")).sum != small().sum


def test_no_pictures_and_an_empty_class_are_refused() -> None:
    with pytest.raises(ScmgenError, match=r"^pictures 'b': there are none$"):
        bank("b", [], np.zeros(0, np.int64), ("",))
    with pytest.raises(ScmgenError, match=r"^pictures 'b': class y has no picture$"):
        bank("b", PICTURES, np.where(LABELS == 1, 0, LABELS), ("x", "y", "z"))


def test_pictures_without_classes_are_not_labelled() -> None:
    assert small().labelled and not bank("b", PICTURES, np.zeros(6, np.int64), ("",)).labelled
