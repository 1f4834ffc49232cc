"""One line of the equation language, from text to a vectorised closure.

The text is parsed with :mod:`ast` and translated node by node through an allow-list: what is not
listed here does not exist, and nothing of the text is ever executed.
"""

from __future__ import annotations

import ast
import functools
import re
import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from scmgen.errors import ScmgenError, suggestion
from scmgen.scm import advice, vocabulary

Scope: TypeAlias = Mapping[str, Any]
Closure: TypeAlias = Callable[[Scope], Any]

NOISE = "~"  # the key under which a variable's uniform stands in its scope
LONGEST = 4_000
DEEPEST = 150
DEEPEST_BRACKETS = 60

_ONE_AT_A_TIME = threading.Lock()  # threads that parse together confuse CPython 3.11 (gh-106905), and warnings
_FOREIGN = re.compile(r"&&|\|\||[^A-Za-z0-9_.,+\-*/%()<>=!\s]")
_OPERATORS: dict[type[ast.operator], np.ufunc] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type[ast.cmpop], np.ufunc] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_HINTS: dict[type[ast.AST], str] = {
    ast.FloorDiv: "write floor(a / b)",
    ast.And: "write a * b for 'and'",
    ast.Or: "write max(a, b) for 'or'",
    ast.Not: "write 1 - a for 'not'",
    ast.UAdd: "leave the + out",
    ast.IfExp: "write where(condition, a, b)",
    ast.Tuple: "an equation is one expression; a decimal point is '.', not ','",
    ast.Attribute: "a name has no dots",
}


class EquationError(ScmgenError):
    """A text is not in the equation language; the message holds it with a caret."""

    def __init__(self, where: str, problem: str, text: str, span: tuple[int, int], hint: str = "") -> None:
        start, stop = span
        left = max(0, start - 50)
        line = text[left : left + 90].replace("\n", " ").replace("\t", " ")
        carets = "^" * max(1, min(stop - start, left + 90 - start))
        lines = [f"{where}: {problem}", f"  {line}", f"  {' ' * (start - left)}{carets}"]
        super().__init__("\n".join([*lines, hint] if hint else lines))


@dataclass(frozen=True)
class Expression:
    """A compiled text: what it reads, and how it is evaluated.

    ``evaluate(scope)`` takes a mapping with every name of ``names`` (``(n,)`` float64 arrays, or
    scalars for constants) and, if ``noise`` is set, the uniform under :data:`NOISE`; it returns an
    array, a scalar if no array was read, or a tuple when ``outputs`` is not 1.
    """

    text: str
    where: str
    names: Mapping[str, int]  # name -> column of its first occurrence
    noise: str | None
    outputs: int
    evaluate: Closure = field(repr=False, compare=False)
    banks: Mapping[str, int] = field(default_factory=dict)  # names of pictures, likewise

    def reject(self, name: str, allowed: set[str]) -> EquationError:
        """Say that ``name``, which this expression reads, does not exist."""
        column = self.names[name]
        hint = advice.NAMES.get(name) or suggestion(name, allowed)
        return EquationError(self.where, f"unknown name {name!r}", self.text, (column, column + len(name)), hint)

    def reject_bank(self, name: str, allowed: Collection[str]) -> EquationError:
        """Say that the scene has no pictures ``name``, which this expression reads."""
        column = self.banks[name]
        hint = suggestion(name, allowed) if allowed else f"declare them: pictures: {{{name}: {{}}}}"
        return EquationError(self.where, f"no pictures {name!r}", self.text, (column, column + len(name)), hint)


def parse(text: str, where: str = "expression") -> Expression:
    """Compile ``text``; ``where`` is quoted in errors.

    >>> parse("2 * x + 1").evaluate({"x": np.array([1.0, 2.0])})
    array([3., 5.])

    Raises:
        EquationError: if ``text`` is not in the language.
    """
    return _Translator(text, where).translate()


class _Translator:
    """Walks one syntax tree; its fields are what the walk has seen."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.names: dict[str, int] = {}
        self.banks: dict[str, int] = {}
        self.noise: str | None = None

    def translate(self) -> Expression:
        tree = self._tree()
        outputs, body = 1, tree
        if isinstance(body, ast.Call) and isinstance(body.func, ast.Name):
            outputs = getattr(vocabulary.FUNCTIONS.get(body.func.id), "outputs", 1)
        evaluate = self._call(body, 1, outputs) if isinstance(body, ast.Call) else self._node(body, 1)
        return Expression(self.text, self.where, self.names, self.noise, outputs, evaluate, self.banks)

    def _error(self, problem: str, span: tuple[int, int], hint: str = "") -> EquationError:
        return EquationError(self.where, problem, self.text, span, hint)

    def _reject(self, problem: str, node: ast.expr, hint: str = "") -> EquationError:
        return self._error(problem, (node.col_offset, node.end_col_offset or node.col_offset + 1), hint)

    def _tree(self) -> ast.expr:
        self._scan()
        flat = re.sub(r"\s", " ", self.text)
        indent = len(flat) - len(flat.lstrip())
        try:
            with _ONE_AT_A_TIME, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(flat.strip(), mode="eval").body
        except SyntaxError as error:
            start = (error.offset or 1) - 1 + indent
            raise self._error(error.msg, (start, start + 1), advice.on_syntax(error.msg, self.text)) from None
        except (RecursionError, MemoryError, ValueError):
            raise self._error("too deeply nested or too long a number", (0, 1)) from None
        for node in ast.walk(tree):
            if isinstance(node, ast.expr):
                node.col_offset += indent
                node.end_col_offset = (node.end_col_offset or 0) + indent
        return tree

    def _scan(self) -> None:
        """Refuse what no equation holds before the parser sees it."""
        if not self.text.strip():
            raise self._error("an empty expression", (0, 1))
        if len(self.text) > LONGEST:
            raise self._error(f"{len(self.text)} characters; the most is {LONGEST}", (0, 1), "split it into helpers")
        foreign = _FOREIGN.search(self.text)
        if foreign:
            problem = f"{foreign.group()!r} is not in the language"
            raise self._error(problem, foreign.span(), advice.SIGNS.get(foreign.group()[0], advice.ALLOWED))
        depth = 0
        for column, character in enumerate(self.text):
            depth += (character == "(") - (character == ")")
            if depth > DEEPEST_BRACKETS:
                raise self._error(f"more than {DEEPEST_BRACKETS} brackets deep", (column, column + 1))

    def _node(self, node: ast.expr, depth: int) -> Closure:
        if depth > DEEPEST:
            raise self._reject(f"nested more than {DEEPEST} deep", node, "split it into helpers")
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node)
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                ufunc, left, right = (
                    _OPERATORS[type(op)],
                    self._node(node.left, depth + 1),
                    self._node(node.right, depth + 1),
                )
                return lambda scope: ufunc(left(scope), right(scope))
            case ast.UnaryOp(op=ast.USub()):
                operand = self._node(node.operand, depth + 1)
                return lambda scope: np.negative(operand(scope))
            case ast.Compare():
                return self._comparison(node, depth)
            case ast.Call():
                return self._call(node, depth, 1)
            case _:
                raise self._foreign(node)

    def _foreign(self, node: ast.expr) -> EquationError:
        inner = getattr(node, "op", node)
        kind = type(inner)
        return self._reject(f"{kind.__name__} is not in the language", node, _HINTS.get(kind, ""))

    def _number(self, node: ast.Constant) -> Closure:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            hint = "write 1 for true and 0 for false" if isinstance(node.value, bool) else ""
            raise self._reject(f"{node.value!r} is not a number", node, hint)
        try:
            number = np.float64(float(node.value))
        except OverflowError:
            number = np.float64(np.inf)
        if not np.isfinite(number):
            raise self._reject("a number too large for a float64", node)
        return lambda scope: number

    def _name(self, node: ast.Name) -> Closure:
        name = node.id
        if name in vocabulary.CONSTANTS:
            constant = np.float64(vocabulary.CONSTANTS[name])
            return lambda scope: constant
        if name in vocabulary.reserved():
            raise self._reject(f"{name!r} is a function", node, f"write {name}(...)")
        self.names.setdefault(name, node.col_offset)
        return lambda scope: scope[name]

    def _comparison(self, node: ast.Compare, depth: int) -> Closure:
        terms = [self._node(term, depth + 1) for term in (node.left, *node.comparators)]
        unknown = [type(op).__name__ for op in node.ops if type(op) not in _COMPARISONS]
        if unknown:
            raise self._reject(f"{unknown[0]} is not in the language", node, "compare with < <= > >= == !=")
        tests = [_COMPARISONS[type(op)] for op in node.ops]

        def compare(scope: Scope) -> Any:
            values = [term(scope) for term in terms]
            held = [test(a, b) for test, a, b in zip(tests, values, values[1:], strict=False)]
            return functools.reduce(np.logical_and, held).astype(np.float64)

        return compare

    def _call(self, node: ast.Call, depth: int, outputs: int) -> Closure:
        if not isinstance(node.func, ast.Name):
            product = isinstance(node.func, ast.Constant | ast.BinOp | ast.Call)
            hint = "write * between factors: 2 * (x + 1)" if product else "write the function's name alone: sin(x)"
            raise self._reject("only a function's name can be called", node, hint)
        name = node.func.id
        word = vocabulary.FUNCTIONS.get(name) or vocabulary.NOISES.get(name)
        if word is None:
            hint = advice.FUNCTIONS.get(name) or suggestion(name, {*vocabulary.FUNCTIONS, *vocabulary.NOISES})
            raise self._reject(f"unknown function {name!r}", node.func, hint)
        self._check_arguments(node, name, word)
        if isinstance(word, vocabulary.Noise):
            self._claim_noise(node, name)
        elif word.outputs != outputs:
            problem = f"{name} gives {word.outputs} values; it can only stand alone in 'a, b: {name}(...)'"
            raise self._reject(problem, node)
        if isinstance(word, vocabulary.Function) and word.bank:
            return self._of_bank(node, name, word, depth)
        arguments = [self._node(argument, depth + 1) for argument in node.args]
        if isinstance(word, vocabulary.Noise):
            transport = word.transport
            return lambda scope: transport(scope[NOISE], *[argument(scope) for argument in arguments])
        call = word.call
        return lambda scope: call(*[argument(scope) for argument in arguments])

    def _of_bank(self, node: ast.Call, name: str, word: vocabulary.Function, depth: int) -> Closure:
        """A call whose first argument is the name of pictures."""
        first, *others = node.args
        if not isinstance(first, ast.Name):
            raise self._reject(f"{name} takes the name of pictures first", first)
        self.banks.setdefault(first.id, first.col_offset)
        arguments = [self._node(argument, depth + 1) for argument in others]
        call, bank, where = word.call, first.id, self.where
        return lambda scope: call(bank, where, *[argument(scope) for argument in arguments])

    def _check_arguments(self, node: ast.Call, name: str, word: vocabulary.Function | vocabulary.Noise) -> None:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._reject(f"{name} takes plain arguments, in order", node)
        count, fewest, most = len(node.args), word.fewest, word.most
        if count < fewest or (most is not None and count > most):
            allowed = f"at least {fewest}" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
            raise self._reject(f"{name} takes {allowed} argument{'s' * (allowed != '1')}, found {count}", node)

    def _claim_noise(self, node: ast.Call, name: str) -> None:
        if self.noise is not None:
            hint = "give the second noise a variable of its own"
            raise self._reject(f"a second noise ({name}); an equation has at most one", node, hint)
        self.noise = name
