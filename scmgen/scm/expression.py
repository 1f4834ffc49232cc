"""One line of the equation language, from text to a vectorised closure.

The text is parsed with :mod:`ast` and translated node by node through an allow-list: what is not
listed here does not exist, and nothing of the text is ever executed.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from scmgen.errors import ScmgenError, suggestion, together
from scmgen.scm import advice, vocabulary
from scmgen.scm.tree import EquationError as EquationError
from scmgen.scm.tree import beside, parsed

Scope: TypeAlias = Mapping[Any, Any]  # what is read, by name; of earlier frames by (name, frames ago)
Closure: TypeAlias = Callable[[Scope], Any]

NOISE = "~"  # the key under which a variable's uniform stands in its scope
DEEPEST = 150
LONGEST_LAG = 1_000  # frames

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


@dataclass(frozen=True)
class Expression:
    """A compiled text: what it reads, and how it is evaluated.

    ``evaluate(scope)`` takes a mapping with every name of ``names`` (``(n,)`` float64 arrays, or
    scalars for constants) and, if ``noise`` is set, the uniform under :data:`NOISE`; it returns an
    array, a scalar if no array was read, or a tuple when ``outputs`` is not 1. For each pair of ``lags``
    the mapping has, under the pair, the values so many frames ago, or None where there was no frame.

    Attributes:
        lags: (name, frames ago) -> column of its first occurrence.
        starting: names that are read only where there was no frame before.
        each: whether the noise is drawn anew in each frame.
    """

    text: str
    where: str
    names: Mapping[str, int]  # name -> column of its first occurrence
    noise: str | None
    outputs: int
    evaluate: Closure = field(repr=False, compare=False)
    banks: Mapping[str, int] = field(default_factory=dict)  # names of pictures, likewise
    lags: Mapping[tuple[str, int], int] = field(default_factory=dict)
    starting: frozenset[str] = frozenset()
    each: bool = False

    def reject(self, name: str, allowed: set[str]) -> EquationError:
        """Say that ``name``, which this expression reads, does not exist."""
        lagged = (column for (other, _), column in self.lags.items() if other == name)
        column = self.names[name] if name in self.names else next(lagged)
        hint = advice.NAMES.get(name) or suggestion(name, allowed)
        return EquationError(self.where, f"unknown name {name!r}", self.text, (column, column + len(name)), hint)

    def reject_bank(self, name: str, allowed: Collection[str]) -> EquationError:
        """Say that the scene has no pictures ``name``, which this expression reads."""
        column = self.banks[name]
        hint = suggestion(name, allowed) if allowed else f"declare them: pictures: {{{name}: {{}}}}, or meshes"
        return EquationError(self.where, f"no pictures {name!r}", self.text, (column, column + len(name)), hint)


def parse(text: str, where: str = "expression", moving: bool = False) -> Expression:
    """Compile ``text``; ``where`` is quoted in errors, ``moving`` says whether ``prev`` and ``each`` have a meaning.

    >>> parse("2 * x + 1").evaluate({"x": np.array([1.0, 2.0])})
    array([3., 5.])

    Raises:
        ScmgenError: of all in ``text`` that is not in the language.
    """
    expression, faults = read(text, where, moving)
    if faults:
        raise together(faults)
    return expression


def read(text: str, where: str, moving: bool) -> tuple[Expression, list[ScmgenError]]:
    """As :func:`parse`, the faults beside what could be read: its names are known then, and nothing can be computed."""
    try:
        tree = parsed(text, where)
    except ScmgenError as error:
        return Expression(text, where, {}, None, 1, _nothing), [error]
    return _Translator(text, where, moving).translate(tree)


def _nothing(scope: Scope) -> Any:
    raise AssertionError("what holds a fault is told, not computed")


class _Translator:
    """Walks one syntax tree; its fields are what the walk has seen."""

    def __init__(self, text: str, where: str, moving: bool) -> None:
        self.text, self.where, self.moving = text, where, moving
        self.names: dict[str, int] = {}
        self.banks: dict[str, int] = {}
        self.lags: dict[tuple[str, int], int] = {}
        self.always: set[str] = set()  # names that are read in every frame
        self.starts = 0  # how many prev() the walk is in the second argument of
        self.noise: str | None = None
        self.each = False
        self.faults: dict[str, ScmgenError] = {}  # by what is wrong, which is told once

    def translate(self, tree: ast.expr) -> tuple[Expression, list[ScmgenError]]:
        outputs = 1
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            outputs = getattr(vocabulary.FUNCTIONS.get(tree.func.id), "outputs", 1)
        evaluate = self._node(tree, 1, outputs)
        starting, where = frozenset(self.names) - self.always, self.where
        seen = (self.names, self.noise, outputs, evaluate, self.banks, self.lags, starting, self.each)
        return Expression(self.text, where, *seen), list(self.faults.values())

    def _reject(self, problem: str, node: ast.expr, hint: str = "") -> EquationError:
        span = (node.col_offset, node.end_col_offset or node.col_offset + 1)
        return EquationError(self.where, problem, self.text, span, hint)

    def _node(self, node: ast.expr, depth: int, outputs: int = 1) -> Closure:
        """Translate a node; of one that does not fit the fault is kept, and the walk goes on beside it."""
        try:
            return self._translated(node, depth, outputs)
        except EquationError as fault:
            self.faults.setdefault(fault.problem, fault)
        if depth < DEEPEST:
            for part in beside(node):
                self._node(part, depth + 1)
        return _nothing

    def _translated(self, node: ast.expr, depth: int, outputs: int) -> Closure:
        if depth > DEEPEST:
            raise self._reject(f"nested more than {DEEPEST} deep", node, "split it into helpers")
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node)
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                ufunc = _OPERATORS[type(op)]
                left, right = self._node(node.left, depth + 1), self._node(node.right, depth + 1)
                return lambda scope: ufunc(left(scope), right(scope))
            case ast.UnaryOp(op=ast.USub()):
                operand = self._node(node.operand, depth + 1)
                return lambda scope: np.negative(operand(scope))
            case ast.Compare():
                return self._comparison(node, depth)
            case ast.Call():
                return self._call(node, depth, outputs)
            case _:
                raise self._foreign(node)

    def _foreign(self, node: ast.expr) -> EquationError:
        inner = getattr(node, "op", node)
        kind = type(inner)
        return self._reject(f"{kind.__name__} is not in the language", node, advice.NODES.get(kind, ""))

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
        if not self.starts:
            self.always.add(name)
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
        if name in vocabulary.IN_TIME:
            return self._in_time(node, name, depth)
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

    def _in_time(self, node: ast.Call, name: str, depth: int) -> Closure:
        """A call of ``prev`` or ``each``."""
        if not self.moving:
            self.moving = True  # this is said once
            raise self._reject(f"{name} needs frames", node.func, advice.MOVING)
        if name == "prev":
            return self._previous(node, depth)
        (drawn,) = node.args
        if not isinstance(drawn, ast.Call) or getattr(drawn.func, "id", "") in vocabulary.FUNCTIONS:
            raise self._reject("each takes a noise", drawn, "write each(normal(0, 1)), or another noise in it")
        self.each = True
        return self._node(drawn, depth + 1)

    def _previous(self, node: ast.Call, depth: int) -> Closure:
        """The values of a variable some frames ago, and what its second argument gives where there were none."""
        what, begin, *more = node.args
        if not isinstance(what, ast.Name) or what.id in vocabulary.reserved():
            raise self._reject("prev takes the name of a variable first", what, "give the expression a line of its own")
        lag = more[0].value if more and isinstance(more[0], ast.Constant) else 1
        if (more and not isinstance(more[0], ast.Constant)) or type(lag) is not int or not 1 <= lag <= LONGEST_LAG:
            raise self._reject(f"a whole number of frames from 1 to {LONGEST_LAG:,} is needed", more[0])
        place = (what.id, lag)
        self.lags.setdefault(place, what.col_offset)
        self.starts += 1
        first = self._node(begin, depth + 1)
        self.starts -= 1

        def previous(scope: Scope) -> Any:
            past = scope[place]
            return first(scope) if past is None else past

        return previous

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
