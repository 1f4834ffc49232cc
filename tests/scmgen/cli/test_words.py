"""Marks, functions and noises are listed a line each, and told of one by one; a plug-in's are among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import scmgen as process
from shell_here import Shell

from scmgen.render.marks import MARKS
from scmgen.scm.vocabulary import FUNCTIONS, NOISES

PLUGIN = '''
import scmgen

@scmgen.noise()
def halves(u, width):
    """Either side of 0, and never near it."""
    return width * (0.25 + 0.5 * u)

@scmgen.mark
def lens(x, y, bend=0.5):
    """A lens about (x, y).

    Args:
        bend: how much it bends.
    """
    return scmgen.Shape(1, [x, y, bend, bend, 1.0, 0.0])
'''


@pytest.mark.parametrize(("command", "known"), [("marks", MARKS), ("functions", FUNCTIONS), ("noises", NOISES)])
def test_a_list_has_a_line_for_each(shell: Shell, command: str, known: dict[str, object]) -> None:
    done = shell(command)
    assert (done.status, done.err) == (0, "")
    assert [line.split("(")[0].split()[0] for line in done.out.splitlines()] == list(known)


def test_a_mark_is_shown_with_channels_defaults_and_units(shell: Shell) -> None:
    lines = [" ".join(line.split()) for line in shell("marks", "disc").out.splitlines()]
    assert lines[0] == "disc: A filled circle about (x, y)"
    assert "radius needed frame from its middle to its edge, its corners or its tips" in lines
    assert "rotate 0 radians turns it about its middle, counter-clockwise" in lines


def test_a_noise_is_shown_with_its_formula(shell: Shell) -> None:
    assert shell("noises", "uniform").out == (
        "uniform(low, high): The uniform distribution from `low` to `high`\n\n"
        "Value for u: low + (high - low) u.\nDemands: low <= high.\n"
    )
    assert shell("functions", "floor").out == "floor(x): the whole number below\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("marks dics", "no mark 'dics'; did you mean 'disc'?"),
        ("functions flor", "no function 'flor'; did you mean 'floor'?"),
        ("noises normla", "no noise 'normla'; did you mean 'normal'?"),
    ],
)
def test_a_word_that_is_not_there(shell: Shell, line: str, message: str) -> None:
    assert shell(*line.split()) == (2, "", f"scmgen: {message}\n")


def test_words_of_a_plugin_are_listed_too(tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text(PLUGIN)
    listed = process("noises", "--plugin", "my.py", home=tmp_path).stdout
    assert "\nhalves(width)" in listed and "Either side of 0, and never near it\n" in listed
    shown = process("marks", "lens", "--plugin", "my.py", home=tmp_path).stdout
    assert "bend 0.5 number how much it bends." in " ".join(shown.split())
