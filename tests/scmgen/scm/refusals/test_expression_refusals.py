"""What the equation language refuses, in which words, and how soon."""

from __future__ import annotations

import gc
import time

import pytest
from language import X, assert_same, evaluate, refused

from scmgen.scm import vocabulary
from scmgen.scm.expression import parse
from scmgen.scm.tree import DEEPEST_BRACKETS, LONGEST

FOREIGN_HINT = "allowed: names, numbers, + - * / % ** ( ) , < <= > >= == !="


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("sin()", "sin takes 1 argument, found 0"),
        ("sin(x, y)", "sin takes 1 argument, found 2"),
        ("arctan2(x)", "arctan2 takes 2 arguments, found 1"),
        ("clip(x, 1)", "clip takes 3 arguments, found 2"),
        ("where(x, 1, 2, 3)", "where takes 3 arguments, found 4"),
        ("min(x)", "min takes at least 2 arguments, found 1"),
        ("max()", "max takes at least 2 arguments, found 0"),
        ("normal(0)", "normal takes 2 arguments, found 1"),
        ("uniform()", "uniform takes 2 arguments, found 0"),
        ("bernoulli(1, 2)", "bernoulli takes 1 argument, found 2"),
        ("category(1)", "category takes at least 2 arguments, found 1"),
        ("sin(*x)", "sin takes plain arguments, in order"),
        ("sin(**x)", "sin takes plain arguments, in order"),
        ("clip(x, low=1, high=2)", "clip takes plain arguments, in order"),
    ],
)
def test_a_wrong_number_of_arguments_is_found_at_once(call: str, problem: str) -> None:
    assert refused(f"2 + {call}") == f"eq: {problem}\n  2 + {call}\n      {'^' * len(call)}"


@pytest.mark.parametrize(
    ("text", "marked", "problem", "hint"),
    [
        ("2 * sine(x)", "sine", "unknown function 'sine'", "did you mean 'sin'?"),
        ("x\n +\tnorml(0, 1)", "norml", "unknown function 'norml'", "did you mean 'normal'?"),
        ("x + sin", "sin", "'sin' is a function", "write sin(...)"),
        ("1e999 + x", "1e999", "a number too large for a float64", None),
        ("x + True", "True", "True is not a number", "write 1 for true and 0 for false"),
        ("2j", "2j", "2j is not a number", None),
        ("1 + a.b", "a.b", "Attribute is not in the language", "a name has no dots"),
        ("1 + (x and y)", "x and y", "And is not in the language", "write a * b for 'and'"),
        ("x or y", "x or y", "Or is not in the language", "write max(a, b) for 'or'"),
        ("not x", "not x", "Not is not in the language", "write 1 - a for 'not'"),
        ("2 + +x", "+x", "UAdd is not in the language", "leave the + out"),
        ("x // 2", "x // 2", "FloorDiv is not in the language", "write floor(a / b)"),
        ("x << 2", "x << 2", "LShift is not in the language", None),
        ("x if y else 1", "x if y else 1", "IfExp is not in the language", "write where(condition, a, b)"),
        ("1 + (x in y)", "x in y", "In is not in the language", "compare with < <= > >= == !="),
        (
            "2,5 + x",
            "2,5 + x",
            "Tuple is not in the language",
            "an equation is one expression; a decimal point is '.', not ','",
        ),
        ("x + '1'", "'", '"\'" is not in the language', "a level stands without quotes"),
        (
            "sin(f(x)(y))",
            "f(x)(y)",
            "only a function's name can be called",
            "write * between factors: 2 * (x + 1)",
        ),
        (
            "2 * (x + y",
            "(",
            "'(' was never closed",
            "in flow style ({...} or [...]) YAML splits at commas: write one line a variable, or quote the text",
        ),
        (
            "  y = x",
            "=",
            "invalid syntax",
            "compare with ==; an equation is 'name: expression', one line a variable",
        ),
        (
            "normal(0, 1) + uniform(0, 1)",
            "uniform(0, 1)",
            "a second noise (uniform); an equation has at most one",
            "give the second noise a variable of its own",
        ),
        (
            "normal(uniform(0, 1), 1)",
            "uniform(0, 1)",
            "a second noise (uniform); an equation has at most one",
            "give the second noise a variable of its own",
        ),
    ],
)
def test_carets_stand_under_what_is_wrong(text: str, marked: str, problem: str, hint: str | None) -> None:
    shown = text.replace("\n", " ").replace("\t", " ")
    last = text.index(marked) if len(marked) == 1 else text.rindex(marked)
    lines = [f"eq: {problem}", f"  {shown}", "  " + " " * last + "^" * len(marked), *([hint] if hint else [])]
    assert refused(text) == "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("sine(x) + coss(y)", ["unknown function 'sine'", "unknown function 'coss'"]),
        ("sine(coss(x), y // 2)", ["unknown function 'sine'", "unknown function 'coss'", "FloorDiv is not"]),
        ("sin(x, sine(y)) + tan(coss(1))", ["sin takes 1", "unknown function 'sine'", "unknown function 'coss'"]),
        ("sine(1) - sine(2)", ["unknown function 'sine'"]),  # as an unknown name, at its first place
        ("x and sine(y)", ["And is not", "unknown function 'sine'"]),
        ("normal(0, 1) * uniform(0, 1) + beta(1)", ["a second noise (uniform)", "beta takes 2 arguments, found 1"]),
        ("x \u00b2 + \u221ay ? 2 : 1", ["'\u00b2' is not", "'\u221a' is not", "'?' is not"]),
        (
            "prev(y // 1, sine(x), 0) + each(gauss(0, 1))",
            ["prev needs frames", "unknown function 'sine'", "unknown function 'gauss'"],
        ),
    ],
)
def test_all_that_is_wrong_with_a_text_is_told_each_with_its_caret(text: str, problems: list[str]) -> None:
    told = [line for line in refused(text).splitlines() if line.startswith("eq: ")]
    assert len(told) == len(problems) and all(
        line.startswith(f"eq: {problem}") for line, problem in zip(told, problems, strict=True)
    )
    assert refused(text).count("^") >= len(problems)


def test_long_lines_are_cut_around_the_caret() -> None:
    text = "x + " * 30 + "sine(x)" + " + y" * 30
    lines = refused(text).splitlines()
    assert len(lines[1]) == 92
    start = lines[2].index("^")
    assert lines[1][start : start + lines[2].count("^")] == "sine"


def test_the_text_may_be_empty_no_more_than_anything_else() -> None:
    assert refused("").splitlines()[0] == "eq: an empty expression"
    assert refused(" \n ").splitlines()[0] == "eq: an empty expression"


def test_an_unknown_name_gets_a_guess() -> None:
    expression = parse("2 * bobx + y", "scene.yaml: equations.length")
    assert str(expression.reject("bobx", {"bob_x", "y"})) == (
        "scene.yaml: equations.length: unknown name 'bobx'\n  2 * bobx + y\n      ^^^^\ndid you mean 'bob_x'?"
    )


def test_an_unknown_function_lists_what_is_allowed() -> None:
    allowed = ", ".join(sorted({*vocabulary.FUNCTIONS, *vocabulary.NOISES})[:20])
    assert refused("__import__(x)").splitlines()[-1] == f"allowed: {allowed}, ..."


HOSTILE: dict[str, str] = {
    "brackets": "(" * 1_500 + "x" + ")" * 1_500,
    "brackets just too deep": "(" * (DEEPEST_BRACKETS + 1) + "x" + ")" * (DEEPEST_BRACKETS + 1),
    "open brackets": "(" * 3_000,
    "closing brackets": ")" * 3_000,
    "calls": "sin(" * 900 + "x" + ")" * 900,
    "minus": "-" * 3_000 + "x",
    "a few minus": "-" * 160 + "x",
    "tilde": "~" * 3_000 + "x",
    "not": "not " * 900 + "x",
    "powers": "2**" * 1_300 + "2",
    "minus powers": "2**-" * 900 + "2",
    "sums": "x" + "+x" * 1_900,
    "conditions": "x if y else " * 300 + "x",
    "comparisons in brackets": "(x<" * 900 + "x" + ")" * 900,
    "long literal": "9" * 5_000,
    "literal of the longest text": "9" * LONGEST,
    "literal too large": "9" * 400,
    "huge hexadecimal": "0x" + "f" * 3_900,
    "huge literal of 10**5000": "1" + "0" * 5_000,
    "infinite": "1e400",
    "underscored": "1_0" * 900,
    "attribute": "x.__class__",
    "attribute of a number": "(1).__class__.__bases__",
    "attribute call": "x.tofile(y)",
    "import": "__import__(os)",
    "eval": "eval(x)",
    "exec": "exec(x)",
    "open": "open(x)",
    "call of a call": "sin(x)(y)",
    "call of a number": "1(x)",
    "call of a name": "x(1)",
    "call of a condition": "(sin if x else cos)(y)",
    "call without arguments": "exit()",
    "lambda": "lambda: x",
    "lambda in brackets": "(lambda x: x)(1)",
    "f-string": "f'{x}'",
    "string": "'x'",
    "bytes": 'b"x"',
    "string times": "'x' * 9999999",
    "walrus": "(x := 1)",
    "list comprehension": "[a for a in x]",
    "generator": "sum(a for a in x)",
    "generator of a known function": "max(a for a in x)",
    "set": "{x}",
    "dict": "{x: y}",
    "index": "x[0]",
    "starred": "*x",
    "await": "await x",
    "yield": "(yield x)",
    "statement": "import os",
    "two statements": "x; y",
    "two lines": "x\ny",
    "comment": "x # y",
    "continuation": "x + \\\n y",
    "decorator": "@x",
    "assignment": "x = 1",
    "megabyte of a name": "x" * 1_000_000,
    "megabyte of brackets": "(" * 1_000_000,
    "megabyte of spaces": " " * 1_000_000,
    "megabyte of NUL": "\0" * 1_000_000,
    "megabyte of sums": "x+" * 500_000,
    "NUL": "x\0",
    "NUL first": "\0x",
    "accents": "\u00e9t\u00e9 + 1",
    "Greek": "\u03b1 * 2",
    "full-width letters": "\uff53\uff49\uff4e(x)",
    "Arabic digits": "\u0661\u0662 + x",
    "mathematical letters": "\U0001d465 + 1",
    "right to left": "x \u202e+ y",
    "lone surrogate": "x + \ud800",
    "byte order mark": "\ufeffx + 1",
    "emoji": "\N{SNAKE}",
    "ellipsis": "...",
    "None": "None",
    "debug": "__debug__ = 1",
    "matrix product": "x @ y",
    "print": "print(x)",
    "keyword": "class",
    "dollar": "$x",
    "backquote": "`x`",
    "question mark": "x ? y",
    "old inequality": "x <> y",
    "octal of old": "0777",
    "number run into a name": "1if x else y",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once(name: str) -> None:
    gc.disable()  # what other tests have left is not to be looked through meanwhile
    try:
        begun = time.thread_time()  # of this thread alone: other tests run beside it, and threads of theirs go on
        message = refused(HOSTILE[name])
        assert time.thread_time() - begun < 0.5
    finally:
        gc.enable()
    assert message.removeprefix("2 faults:\n").startswith("eq: ") and len(message) < 600


def test_what_is_deep_but_allowed_is_evaluated() -> None:
    brackets = "(" * DEEPEST_BRACKETS + "x" + ")" * DEEPEST_BRACKETS
    assert_same(evaluate(brackets), X)
    assert_same(evaluate("-" * 148 + "x"), X)
