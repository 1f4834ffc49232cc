"""Every word of the language is told, with its arguments or channels; of a plug-in's words its docstring tells."""

from __future__ import annotations

from typing import Any

import pytest

import scmgen
from scmgen.render.marks import COMMON, MARKS
from scmgen.scene import words
from scmgen.scm import vocabulary


def test_arguments_are_as_many_as_a_word_takes() -> None:
    for told, known in ((words.functions(), vocabulary.FUNCTIONS), (words.noises(), vocabulary.NOISES)):
        assert list(told) == list(known)
        for name, word in told.items():
            arguments = word.usage.removeprefix(f"{name}(").removesuffix(")").split(", ")
            open_ended = arguments[-1] == "..."
            assert open_ended == (known[name].most is None)  # type: ignore[index]
            word_of = known[name]  # type: ignore[index]
            assert len(arguments) - open_ended == (word_of.fewest if open_ended else word_of.most)
            assert word.meaning and not word.meaning.endswith(".")


def test_every_noise_says_its_value_and_its_demands() -> None:
    for word in words.noises().values():
        assert word.more.startswith("Value for u: ") and "\nDemands: " in word.more


@pytest.mark.parametrize("name", list(MARKS))
def test_a_mark_has_all_its_channels_once_each_with_unit_and_meaning(name: str) -> None:
    told = [*words.channels(name), *words.common(name)]
    keys = [key for one in told for key in one.name.split(" or ")]
    word = MARKS[name]
    colours = ["rgb", "hsv"] * word.coloured + ["to_rgb", "to_hsv"] * ("to" in word.channels)
    assert sorted(keys) == sorted({*word.channels, *COMMON, *word.words, *colours} - {"to"})
    assert all(one.unit and one.meaning and one.default for one in told)


def test_a_default_is_that_of_the_mark() -> None:
    told = {one.name: one.default for one in words.channels("star")}
    assert told == {"x": "needed", "y": "needed", "radius": "needed", "tips": "5", "inner": "0.45"}
    assert {one.name: one.unit for one in words.channels("glyph")}["slant"] == "radians"


def test_the_docstring_of_a_plugin_tells_of_its_words() -> None:
    @scmgen.function()
    def halved_by(x: Any, times: Any) -> Any:
        """x, halved some ``times``."""
        return x / 2**times

    @scmgen.noise()
    def tossed(u: Any, *weights: Any) -> Any:
        """A toss.

        Of any number of coins.
        """
        return u

    @scmgen.mark
    def lens(x: Any, y: Any, power: Any = 2.0) -> Any:
        """A lens about (x, y).

        Args:
            power: how much it magnifies.
        """

    try:
        assert words.functions()["halved_by"] == words.Word("halved_by(x, times)", "x, halved some `times`")
        assert words.noises()["tossed"] == words.Word("tossed(...)", "A toss", "Of any number of coins.")
        assert words.marks()["lens"].meaning == "A lens about (x, y)"
        assert words.channels("lens")[2] == words.Channel("power", "2.0", "number", "how much it magnifies.")
    finally:
        del vocabulary.FUNCTIONS["halved_by"], vocabulary.NOISES["tossed"], MARKS["lens"]
