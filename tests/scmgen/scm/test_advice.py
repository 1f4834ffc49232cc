"""Habits of other languages: each is refused with what to write, and what to write is in the language."""

from __future__ import annotations

import re

import pytest

from scmgen.scm import advice, vocabulary
from scmgen.scm.expression import EquationError, parse

AND, OR, NOT = "write a * b for 'and'", "write max(a, b) for 'or'", "write 1 - a for 'not'"
COMPARE = "compare with ==; an equation is 'name: expression', one line a variable"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x && y", AND),
        ("x & y", AND),
        ("x || y", f"{OR}, abs(x) for |x|"),
        ("!x", NOT),
        ("2 * !(x > 1)", NOT),
        ("~x", NOT),
        ("and(x, y)", f"{AND}, max(a, b) for 'or'"),
        ("x ^ 2", "write a ** b for a power"),
        ("e ** x", "write exp(1) for the number, exp(x) for its power"),
        ("true", "write 1 for true and 0 for false"),
        ("False", "write 1 for true and 0 for false"),
        ("a = b", COMPARE),
        ("a=b", COMPARE),
        ("a => b", "write >= or <="),
        ("a <> b", "write != for unequal"),
        ("a === b", "compare with == and !="),
        ("x += 1", "an equation changes nothing: it is one expression"),
        ("x ? 1 : 0", "write where(condition, a, b)"),
        ("if x then y", "write where(condition, a, b)"),
        ("2x", "write * between factors: 2 * x"),
        ("2 (x + 1)", "write * between factors: 2 * (x + 1)"),
        ("np.sin(x)", "write the function's name alone: sin(x)"),
        ("ln(x)", "write log(x)"),
        ("if(x, 1, 2)", "write where(condition, a, b)"),
        ("x \N{MULTIPLICATION SIGN} y", "write a * b for a product"),
        ("1j", "    ^^"),
    ],
)
def test_a_habit_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(EquationError) as caught:
        expression = parse(text, "eq")
        raise expression.reject(next(iter(expression.names)), {"x", "y"})
    assert str(caught.value).splitlines()[-1] == told.removeprefix("  ")


@pytest.mark.parametrize("told", sorted({*advice.NAMES.values(), *advice.FUNCTIONS.values()}))
def test_what_is_advised_is_in_the_language(told: str) -> None:
    written = re.fullmatch(r"write (.+?)(?: for .*)?", told)
    if written:
        parse(written[1].replace("...", "1"))


def test_nobody_is_advised_against_a_word_of_the_language() -> None:
    assert not vocabulary.reserved() & {*advice.NAMES, *advice.FUNCTIONS}
