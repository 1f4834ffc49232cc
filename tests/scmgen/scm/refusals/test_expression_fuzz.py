"""Any text at all is computed or refused, and nothing else comes of it."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from language import X

from scmgen.errors import Faults, ScmgenError
from scmgen.scm import vocabulary
from scmgen.scm.expression import NOISE, parse

WORDS = [*vocabulary.FUNCTIONS, *vocabulary.NOISES, "pi", "x", "y", "x1", "0", "1", "2.5", "1e3", "9" * 20, ".5"]
LANGUAGE = [*WORDS, "+", "-", "*", "/", "%", "**", "(", ")", "(", ")", ",", "<", "<=", ">", ">=", "==", "!="]
PYTHON = (
    "lambda if else for in is not and or await yield None True False := -> ... . : ; @ = [ ] { } ~ ^ & | // << >> "
    "+= async def class import from del return pass with as try except global nonlocal assert raise while break "
    "__import__ __class__ print eval f' ' \" b' r\" \\ # ! ? $ 1j 0x 0b 1_ 0777 1e 1e999 \0 \u00e9 \u2028 \u00a0"
).split(" ")
VALID = [
    "0.5 + 0.45 * sin(angle)",
    "0.10 + 0.20 * abs(x - y) + uniform(-0.1, x1)",
    "where(x < y, category(1, x, 2), 3)",
    "clip(normal(x, 1 + abs(y)), -1, 1) ** 2",
    "bernoulli(sigmoid(x - y)) * (1 - x) / max(y, 2, x1)",
    "-(x % 2) + arctan2(y, x) >= -round(x) != 0",
    "min(floor(x), sqrt(y), log(x1)) - tanh(exp(x)) * cos(pi * y) / tan(x)",
]
ALPHABET = [chr(code) for code in range(128)] + [
    "\u00e9",
    "\u03c0",
    "\u0662",
    "\u3000",
    "\u00b2",
    "\ud800",
    "\U0001f40d",
]


def noise_text(random_: random.Random) -> str:
    return "".join(random_.choices(ALPHABET, k=random_.randint(0, 25)))


def soup(random_: random.Random) -> str:
    tokens = LANGUAGE if random_.random() < 0.6 else LANGUAGE + PYTHON
    return random_.choice(["", " "]).join(random_.choices(tokens, k=random_.randint(1, 14)))


def phrase(random_: random.Random, depth: int = 0) -> str:
    """Text that nearly always parses, with any word in any place."""
    form = random_.randint(0, 5) if depth < 5 else 0
    if form <= 1:
        return random_.choice(WORDS[-9:])
    if form == 2:
        operator = random_.choice(["+", "-", "*", "/", "%", "**", "<", "<=", ">", "==", "!="])
        return f"{phrase(random_, depth + 1)} {operator} {phrase(random_, depth + 1)}"
    if form == 3:
        return f"{random_.choice(['-', '', '--'])}({phrase(random_, depth + 1)})"
    arguments = ", ".join(phrase(random_, depth + 1) for _ in range(random_.randint(1, 3)))
    return f"{random_.choice([*vocabulary.FUNCTIONS, *vocabulary.NOISES])}({arguments})"


def mutation(random_: random.Random) -> str:
    text = random_.choice(VALID)
    for _ in range(random_.randint(1, 4)):
        at, to = sorted(random_.choices(range(len(text) + 1), k=2))
        piece = random_.choice([text[at:to], random_.choice(LANGUAGE + PYTHON), random_.choice(ALPHABET), ""])
        text = text[:at] + piece + random_.choice([text[at:], text[to:], text[at + 1 :]])
    return text


def test_fuzzed_text_is_computed_or_refused() -> None:
    random_ = random.Random(7)
    kinds = [noise_text, soup, phrase, mutation]
    parsed = 0
    with np.errstate(all="ignore"):
        for round_ in range(50_000):
            text = kinds[round_ % 4](random_)
            try:
                expression = parse(text)
            except ScmgenError:
                continue
            parsed += 1
            if expression.banks:
                continue  # what pictures are called is for the scene to know
            arrays = dict.fromkeys(expression.names, X)
            value = expression.evaluate({**arrays, NOISE: np.linspace(0.01, 0.99, X.size)})
            values = value if expression.outputs > 1 else [value]
            assert all(np.shape(each) in ((), X.shape) for each in values), text
            assert all(np.asarray(each).dtype == np.float64 for each in values), text
            scalars = dict.fromkeys(expression.names, np.float64(0.5))
            value = expression.evaluate({**scalars, NOISE: np.array([0.5])})
            assert np.asarray(value).size == expression.outputs, text
    assert parsed > 8_000


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_computed_or_refused(text: str) -> None:
    try:
        parse(text)
    except ScmgenError as error:
        told = error.errors if isinstance(error, Faults) else [error]
        assert all(str(one).startswith("expression: ") for one in told)
