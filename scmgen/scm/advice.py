"""What to write in this language for what other languages write."""

from __future__ import annotations

import ast
import re

_AND, _OR, _NOT = "write a * b for 'and'", "write max(a, b) for 'or'", "write 1 - a for 'not'"
_PRODUCT, _CHOICE = "write a * b for a product", "write where(condition, a, b)"
ALLOWED = "allowed: names, numbers, + - * / % ** ( ) , < <= > >= == !="

SIGNS = {
    "&": _AND,
    "|": f"{_OR}, abs(x) for |x|",
    "~": _NOT,
    "^": "write a ** b for a power",
    "?": _CHOICE,
    ":": f"{_CHOICE} for a choice; an equation is 'name: expression', one line a variable",
    ";": "write one line a variable",
    "#": "put a comment after the text, where YAML reads it",
    "'": "a level stands without quotes",
    '"': "a level stands without quotes",
    "[": "write ( ) for brackets",
    "]": "write ( ) for brackets",
    "\N{LOGICAL AND}": _AND,
    "\N{LOGICAL OR}": _OR,
    "\N{NOT SIGN}": _NOT,
    "\N{SUPERSCRIPT TWO}": "write a ** 2 for a square",
    "\N{SUPERSCRIPT THREE}": "write a ** 3 for a cube",
    "\N{SQUARE ROOT}": "write sqrt(x)",
    "\N{MULTIPLICATION SIGN}": _PRODUCT,
    "\N{MIDDLE DOT}": _PRODUCT,
    "\N{DOT OPERATOR}": _PRODUCT,
    "\N{DIVISION SIGN}": "write a / b for a quotient",
    "\N{MINUS SIGN}": "write - for minus",
    "\N{EN DASH}": "write - for minus",
    "\N{LESS-THAN OR EQUAL TO}": "write <= for at most",
    "\N{GREATER-THAN OR EQUAL TO}": "write >= for at least",
    "\N{NOT EQUAL TO}": "write != for unequal",
    "\N{GREEK SMALL LETTER PI}": "write pi",
}
"""Of signs that are not in the language."""

NODES: dict[type[ast.AST], str] = {
    ast.FloorDiv: "write floor(a / b)",
    ast.And: _AND,
    ast.Or: _OR,
    ast.Not: _NOT,
    ast.UAdd: "leave the + out",
    ast.IfExp: _CHOICE,
    ast.Tuple: "an equation is one expression; a decimal point is '.', not ','",
    ast.Attribute: "a name has no dots",
}
"""Of what Python has and the language does not."""

MOVING = "write it in an equation of a scene that moves, such as one with frames: 16 at its top"
"""Of a word that only frames give a meaning."""

NAMES = {
    "e": "write exp(1) for the number, exp(x) for its power",
    "E": "write exp(1) for the number, exp(x) for its power",
    "tau": "write 2 * pi",
    "true": "write 1 for true and 0 for false",
    "false": "write 1 for true and 0 for false",
    "inf": "no value is infinite; write a number",
    "nan": "every value is a number",
    "time": "only a scene that moves has a time; write frames: 16 at its top",
}
"""Of names that nothing has."""

FUNCTIONS = {
    "pow": "write a ** b",
    "power": "write a ** b",
    "square": "write x ** 2",
    "cbrt": "write x ** (1 / 3)",
    "ln": "write log(x)",
    "log2": "write log(x) / log(2)",
    "log10": "write log(x) / log(10)",
    "fabs": "write abs(x)",
    "ceil": "write -floor(-x)",
    "int": "write floor(x)",
    "trunc": "write floor(x)",
    "mod": "write a % b",
    "fmod": "write a % b",
    "atan": "write arctan2(x, 1)",
    "arctan": "write arctan2(x, 1)",
    "asin": "write arctan2(x, sqrt(1 - x ** 2))",
    "arcsin": "write arctan2(x, sqrt(1 - x ** 2))",
    "acos": "write arctan2(sqrt(1 - x ** 2), x)",
    "arccos": "write arctan2(sqrt(1 - x ** 2), x)",
    "sinh": "write (exp(x) - exp(-x)) / 2",
    "cosh": "write (exp(x) + exp(-x)) / 2",
    "sign": "write (x > 0) - (x < 0)",
    "sgn": "write (x > 0) - (x < 0)",
    "step": "write x > 0",
    "heaviside": "write x > 0",
    "relu": "write max(x, 0)",
    "hypot": "write sqrt(a ** 2 + b ** 2)",
    "if": _CHOICE,
    "ifelse": _CHOICE,
    "iif": _CHOICE,
    "select": _CHOICE,
    "sum": "write a + b",
    "mean": "write (a + b) / 2",
    "rand": "write uniform(0, 1)",
    "random": "write uniform(0, 1)",
    "randn": "write normal(0, 1)",
    "gauss": "write normal(loc, scale)",
    "gaussian": "write normal(loc, scale)",
    "choice": "write category(w0, w1, ...)",
    "categorical": "write category(w0, w1, ...)",
    "float": "leave it out: every value is a float64",
    "bool": "write x != 0",
}
"""Of functions that the language does not have, or calls otherwise."""

_LAYOUTS = (
    (
        r"never closed",
        r"",
        "in flow style ({...} or [...]) YAML splits at commas: write one line a variable, or quote the text",
    ),
    (r"", r"!\s*[\w(]", _NOT),
    (r"", r"\b(and|or)\(", f"{_AND}, max(a, b) for 'or'"),
    (r"", r"=>|=<", "write >= or <="),
    (r"", r"<>", "write != for unequal"),
    (r"", r"===|!==", "compare with == and !="),
    (r"", r"\+\+|--|[-+*/%]=", "an equation changes nothing: it is one expression"),
    (r"assign|'='", r"", "compare with ==; an equation is 'name: expression', one line a variable"),
    (r"", r"(?<![<>=!])=(?!=)", "compare with ==; an equation is 'name: expression', one line a variable"),
    (r"", r"\bif\b", _CHOICE),
    (
        r"invalid decimal literal|invalid syntax|forgot a comma",
        r"\d\s*[A-Za-z(]|\w\s+\w|\)\s*[\w(]",
        "write * between factors: 2 * x",
    ),
)


def on_syntax(problem: str, text: str) -> str:
    """What to write in place of a text that cannot be parsed; nothing if nobody knows."""
    for said, written, advice in _LAYOUTS:
        if re.search(said, problem) and re.search(written, f" {text} "):
            return advice
    return ""
