"""The text of an equation as a syntax tree, once it holds nothing that no equation has."""

from __future__ import annotations

import ast
import re
import threading
import warnings

from scmgen.errors import ScmgenError, together
from scmgen.scm import advice, vocabulary

LONGEST = 4_000
DEEPEST_BRACKETS = 60

_ONE_AT_A_TIME = threading.Lock()  # threads that parse together confuse CPython 3.11 (gh-106905), and warnings
_PAIRED = set("?:'\"[]{}")  # signs that come with others of these: the first is told
_FOREIGN = re.compile(r"&&|\|\||[^A-Za-z0-9_.,+\-*/%()<>=!\s]")


class EquationError(ScmgenError):
    """A text is not in the equation language; the message holds it with a caret, ``problem`` says what is wrong."""

    def __init__(self, where: str, problem: str, text: str, span: tuple[int, int], hint: str = "") -> None:
        self.problem = problem
        start, stop = span
        left = max(0, start - 50)
        line = text[left : left + 90].replace("\n", " ").replace("\t", " ")
        carets = "^" * max(1, min(stop - start, left + 90 - start))
        lines = [f"{where}: {problem}", f"  {line}", f"  {' ' * (start - left)}{carets}"]
        super().__init__("\n".join([*lines, hint] if hint else lines))


def parsed(text: str, where: str) -> ast.expr:
    """The tree of a text, its columns those of the text; ``where`` is quoted in errors.

    Raises:
        ScmgenError: if it is empty, too long or too deep, holds signs that are not in the language, or no expression.
    """
    _scan(text, where)
    flat = re.sub(r"\s", " ", text)
    indent = len(flat) - len(flat.lstrip())
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(flat.strip(), mode="eval").body
    except SyntaxError as error:
        start = (error.offset or 1) - 1 + indent
        raise EquationError(where, error.msg, text, (start, start + 1), advice.on_syntax(error.msg, text)) from None
    except (RecursionError, MemoryError, ValueError):
        raise EquationError(where, "too deeply nested or too long a number", text, (0, 1)) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += indent
            node.end_col_offset = (node.end_col_offset or 0) + indent
    return tree


def beside(node: ast.expr) -> list[ast.expr]:
    """The parts of what does not fit that can be looked at all the same: nothing of them follows from it."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", "")
        named = name == "prev" or getattr(vocabulary.FUNCTIONS.get(name), "bank", False)  # first: no value, but a name
        parts = [*node.args[named:], *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.IfExp):
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return [part for part in parts if not isinstance(part, ast.Starred)]


def _scan(text: str, where: str) -> None:
    """Refuse what no equation holds before the parser sees it."""
    if not text.strip():
        raise EquationError(where, "an empty expression", text, (0, 1))
    if len(text) > LONGEST:
        problem = f"{len(text)} characters; the most is {LONGEST}"
        raise EquationError(where, problem, text, (0, 1), "split it into helpers")
    foreign: dict[str, EquationError] = {}
    for sign in _FOREIGN.finditer(text):
        hint = advice.SIGNS.get(sign.group()[0], advice.ALLOWED)
        problem = f"{sign.group()!r} is not in the language"
        kind = "pair" if sign.group()[0] in _PAIRED else hint
        foreign.setdefault(kind, EquationError(where, problem, text, sign.span(), hint))
    if foreign:
        raise together(list(foreign.values()))
    depth = 0
    for column, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > DEEPEST_BRACKETS:
            problem = f"more than {DEEPEST_BRACKETS} brackets deep"
            raise EquationError(where, problem, text, (column, column + 1))
