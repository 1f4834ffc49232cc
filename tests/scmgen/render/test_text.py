"""The mark ``text``: what is written is what a reader sees, and what cannot be written is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene, SceneDocument, compile_scene

WHITE = ["1", "1", "1"]


def scene(*marks: dict[str, Any]) -> Scene:
    """Marks on black; ``a`` may be any number."""
    ground = {"mark": "fill", "rgb": ["0", "0", "0"]}
    whole = [{"mark": "text", "x": "0.5", "y": "0.5", "height": "0.2", "rgb": WHITE, **mark} for mark in marks]
    shown = {"name": "s", "equations": {"a": "uniform(0, 1)"}, "factors": {"a": {"range": [0, 1]}}}
    return compile_scene(SceneDocument.model_validate({**shown, "draw": [ground, *whole]}))


def drawn(mark: dict[str, Any], values: Sequence[float] = (0.0,), size: int = 128) -> np.ndarray:
    return scene(mark).render({"a": list(values)}, size)[..., 0].astype(float) / 255


@pytest.mark.parametrize(
    ("value", "places", "seen"),
    [
        (0, {"digits": 1}, "0"),
        (7, {"digits": 1}, "7"),
        (42.49, {"digits": 2}, "42"),
        (42.5, {"digits": 2}, "43"),
        (3.14159, {"digits": 1, "decimals": 2}, "3.14"),
        (0.5, {"digits": 1, "decimals": 1}, "0.5"),
        (987, {"digits": 3}, "987"),
        (1000, {"digits": 3}, "###"),
        (9.96, {"digits": 1, "decimals": 1}, "#.#"),
    ],
)
def test_a_number_is_written_as_its_rounded_digits(value: float, places: dict[str, int], seen: str) -> None:
    assert np.abs(drawn({"value": "a", **places}, [value]) - drawn({"text": seen})).max() < 0.01


def test_the_last_digit_keeps_its_place_and_a_sign_stands_before_the_first() -> None:
    images = drawn({"value": "a", "digits": 3, "height": "0.15"}, [8, -8, 188, -188, -0.4, 0])
    right = images[:, :, 80:]
    assert np.array_equal(right[0], right[2]) and np.array_equal(images[4], images[5])
    columns = [np.flatnonzero(image.max(axis=0) > 0.5) for image in images]
    assert columns[1][0] < columns[0][0] and columns[3][0] < columns[2][0] < columns[1][0]
    assert np.array_equal(images[0][:, 72:], images[1][:, 72:])


def test_one_of_several_words_is_written_each_about_the_same_middle() -> None:
    words = ["i", "Words go", "of 3"]
    several = drawn({"text": words, "value": "a", "height": "0.1"}, [0, 1, 2, 9, -1])
    alone = [drawn({"text": word, "height": "0.1"})[0] for word in (*words, words[-1], words[0])]
    assert np.abs(several - np.stack(alone)).max() < 0.01  # a value that is beyond gives the nearest word
    x = np.arange(128) + 0.5
    middles = [(np.array([x[c] for c in np.flatnonzero(image.max(axis=0) > 0.2)])[[0, -1]]).mean() for image in alone]
    assert np.allclose(middles, 64, atol=3)


def test_letters_turn_about_the_middle_and_a_group_is_one_object() -> None:
    level, turned = drawn({"text": "HIH", "group": "word"})[0], drawn({"text": "HIH", "rotate": "pi / 2"})[0]
    assert np.abs(np.rot90(level) - turned).mean() < 0.01
    both = scene({"text": "ab", "group": "word", "y": "0.7"}, {"value": "a", "y": "0.2"})
    assert [one.name for one in both.renderer.objects] == ["word", "draw.0 fill", "draw.2 text"]
    mask = both.masks({"a": [1.0]}, 64)[0]
    assert set(np.unique(mask)) == {0, 1} and not mask[40:].any()


def test_a_capital_is_as_high_as_it_says() -> None:
    for size in (64, 512):
        rows = np.flatnonzero(drawn({"text": "H", "height": "0.5"}, size=size)[0].max(axis=1) > 0.5)
        assert len(rows) == pytest.approx(0.5 * size, abs=0.02 * size)
        assert (rows[0] + rows[-1] + 1) / 2 == pytest.approx(size / 2, abs=0.02 * size)


@pytest.mark.parametrize(
    ("mark", "problem"),
    [
        ({}, "s: draw.1: text needs text, the words, or value, a number; nothing is to be written"),
        ({"text": " "}, "s: draw.1.text: nothing is to be written"),
        ({"text": []}, "s: draw.1.text: words, or a list of 1 to 20 of them, are needed, found []"),
        ({"text": {}}, "s: draw.1.text: words, or a list of 1 to 20 of them, are needed, found {}"),
        (
            {"text": [True], "value": "a"},
            "s: draw.1.text: words, or a list of 1 to 20 of them, are needed, found [True]",
        ),
        ({"text": ["a", "b"]}, "s: draw.1.text: a list needs value, which says which of them is written"),
        ({"text": "a", "value": "a"}, "s: draw.1.text: value goes with a list"),
        ({"text": "a" * 41}, "s: draw.1.text: 41 letters; the most is 40"),
        ({"text": "ä"}, "s: draw.1.text: 'ä' is not in the font, which has ASCII and the sign of degrees"),
        ({"text": "a", "digits": 2}, "s: draw.1.digits: digits are of a number; words have none"),
        ({"value": "a", "digits": 0}, "s: draw.1.digits: a whole number from 1 to 9 is needed, found 0"),
        ({"value": "a", "decimals": "a"}, "s: draw.1.decimals: a whole number from 0 to 9 is needed, found 'a'"),
        ({"value": "a", "digits": 6, "decimals": 4}, "s: draw.1: 10 digits; the most is 9"),
        ({"value": "a", "pictures": "letters"}, "s: draw.1.pictures: text has no channel 'pictures'; allowed: "),
        ({"value": "b"}, "s: draw.1.value: unknown name 'b'"),
        ({"value": "normal(0, 1)"}, "s: draw.1.value: a channel has no noise; give 'normal(0, 1)' a variable"),
    ],
)
def test_what_cannot_be_written_is_said_where_it_stands(mark: dict[str, Any], problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        scene(mark)
    assert str(error.value).startswith(problem)
