"""The words of the equation language: functions and noises.

A scene file is data; what its equations may call stands here, and a plug-in adds to it with
:func:`function` and :func:`noise`.
"""

from __future__ import annotations

import functools
import inspect
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.scm import physics

Array: TypeAlias = NDArray[np.float64]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Function:
    """A deterministic word: vectorised arrays in, ``outputs`` arrays out.

    ``arguments`` and ``meaning`` tell people of it; where they are empty, signature and docstring of ``call`` do.
    ``bank`` says that the first argument is the name of pictures, which ``call`` is given with the place of the
    expression, for errors, before all others.
    """

    call: Callable[..., Any]
    fewest: int
    most: int | None
    arguments: str = ""
    meaning: str = ""
    outputs: int = 1
    bank: bool = False


def _no_frame(*arguments: Array) -> Array:
    raise AssertionError("a word of time is translated, not called")


@dataclass(frozen=True)
class Noise:
    """A random word: one uniform ``u`` in (0, 1) a sample, transported by its arguments.

    ``transport(u, *arguments)`` is the inverse distribution function; rows whose arguments are
    outside its domain come out as NaN, which the causal model reports with variable and row.
    ``discrete`` says that many u give one level, so that a level does not tell its u.
    """

    transport: Callable[..., Array]
    fewest: int
    most: int | None
    discrete: bool = False


def _fold(ufunc: np.ufunc) -> Callable[..., Array]:
    return lambda *arguments: functools.reduce(ufunc, arguments)


def _where(condition: Array, yes: Array, no: Array) -> Array:
    return np.where(condition != 0.0, yes, no)


def _sigmoid(x: Array) -> Array:
    from scipy import special  # a fifth of a second, which commands that compute nothing need not wait

    return np.asarray(special.expit(x))


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.where(low <= high, np.minimum(np.maximum(x, low), high), np.nan)


def _pick(bank: str, where: str, level: Array, u: Array) -> Array:
    return brought.named(bank, where).pick(level, u)


def _stroke(bank: str, where: str, number: Array) -> Array:
    from scmgen.pictures import plates

    return plates.plate(bank, "glyph", where).widths(number)


def _lean(bank: str, where: str, number: Array) -> Array:
    from scmgen.pictures import plates

    return plates.plate(bank, "glyph", where).slants(number)


CONSTANTS: dict[str, float] = {"pi": float(np.pi)}
IN_TIME = ("prev", "each")
"""Functions that only a scene with frames has: what they give depends on the frame, not on arguments alone."""

FUNCTIONS: dict[str, Function] = {
    "abs": Function(np.abs, 1, 1, "x", "absolute value"),
    "sqrt": Function(np.sqrt, 1, 1, "x", "square root"),
    "exp": Function(np.exp, 1, 1, "x", "exponential; `exp(1)` is the number e"),
    "log": Function(np.log, 1, 1, "x", "natural logarithm"),
    "sin": Function(np.sin, 1, 1, "x", "sine of an angle in radians"),
    "cos": Function(np.cos, 1, 1, "x", "cosine of an angle in radians"),
    "tan": Function(np.tan, 1, 1, "x", "tangent of an angle in radians"),
    "arctan2": Function(np.arctan2, 2, 2, "y, x", "angle of the point (x, y), from -pi to pi"),
    "tanh": Function(np.tanh, 1, 1, "x", "hyperbolic tangent, from -1 to 1"),
    "sigmoid": Function(_sigmoid, 1, 1, "x", "1 / (1 + exp(-x)), from 0 to 1"),
    "floor": Function(np.floor, 1, 1, "x", "the whole number below"),
    "round": Function(np.rint, 1, 1, "x", "the nearest whole number, halves to the even one: `round(2.5)` is 2"),
    "min": Function(_fold(np.minimum), 2, None, "a, b, ...", "the least of two or more, sample by sample"),
    "max": Function(_fold(np.maximum), 2, None, "a, b, ...", "the largest of two or more, sample by sample"),
    "clip": Function(_clip, 3, 3, "x, low, high", "x, but not below low or above high; low must not exceed high"),
    "where": Function(
        _where,
        3,
        3,
        "condition, a, b",
        "a where the condition is not 0, else b; both are computed, only the chosen one counts",
    ),
    "pick": Function(
        _pick, 3, 3, "bank, class, u", "number of a picture of that class, each as likely, for u from 0 to 1", bank=True
    ),
    "stroke": Function(
        _stroke, 2, 2, "bank, number", "mean width of a glyph's strokes, as a share of the picture's height", bank=True
    ),
    "lean": Function(_lean, 2, 2, "bank, number", "how far a glyph leans to the right, in radians", bank=True),
    "prev": Function(
        _no_frame, 2, 3, "x, first, k", "x as it was k frames ago, or 1 frame, and `first` where there was none"
    ),
    "each": Function(_no_frame, 1, 1, "noise", "a noise that is drawn anew in each frame: `each(normal(0, 1))`"),
    "collide": Function(
        physics.collide,
        3,
        3,
        "speed, mass, friction",
        "how far a block slides and its ball recoils, in metres",
        outputs=2,
    ),
    "bounce": Function(
        physics.bounce,
        6,
        6,
        "height, speed, gravity, elasticity, top, dt",
        "height and speed of a body that flew for dt between floor and ceiling",
        outputs=2,
    ),
    "deflect": Function(
        physics.deflect,
        9,
        9,
        "x, y, along, up, middle, height, radius, elasticity, dt",
        "place and velocity of a point that moved for dt and rebounds from a disc",
        outputs=4,
    ),
    "swing": Function(
        physics.swing,
        6,
        6,
        "angle, speed, length, gravity, damping, dt",
        "angle and angular speed of a pendulum that swung for dt",
        outputs=2,
    ),
}


NOISES: dict[str, Noise] = {}


def reserved() -> set[str]:
    """Names that no variable, parameter or level may take."""
    return {*CONSTANTS, *FUNCTIONS, *NOISES}


def check_name(name: str, what: str, where: str) -> None:
    """Raise :class:`ScmgenError` unless ``name`` can be read by an equation.

    ``what`` says which kind of name it is and ``where`` in which document it stands.
    """
    if not _NAME.match(name) or keyword.iskeyword(name):
        problem = "a name is letters, digits and _, begins with a letter, and is no Python keyword"
        raise ScmgenError(f"{where}: {name!r} cannot name a {what}: {problem}")
    if name in reserved():
        raise ScmgenError(f"{where}: {name!r} cannot name a {what}: it is a word of the language")


def _guarded(call: Callable[..., Any], word: str, outputs: int = 1) -> Callable[..., Any]:
    """Turn a plug-in's mistakes into messages: what it raises, writes into, or returns in another shape."""

    @functools.wraps(call)
    def guarded(*arguments: Any) -> Any:
        frozen = [np.broadcast_to(argument, np.shape(argument)) for argument in arguments]  # cannot be written to
        shape = np.broadcast_shapes(*(argument.shape for argument in frozen))
        try:
            returned = call(*frozen)
            values = [
                np.broadcast_to(np.asarray(part, np.float64), shape)
                for part in (returned if outputs > 1 else (returned,))
            ]
        except Exception as error:
            raise ScmgenError(f"{word}: {type(error).__name__}: {error}") from error
        if len(values) != outputs:
            raise ScmgenError(f"{word}: {outputs} values are promised, {len(values)} came back")
        return tuple(values) if outputs > 1 else values[0]

    return guarded


_POSITIONAL = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


def _arity(call: Callable[..., Any], word: str, allowed: set[Any]) -> tuple[int, int | None]:
    """The fewest and the most arguments of a word, read off its signature."""
    parameters = inspect.signature(call).parameters.values()
    if {p.kind for p in parameters} - allowed:
        raise ScmgenError(f"{word}: arguments must be plain positional ones")
    plain = [p for p in parameters if p.kind in _POSITIONAL]
    fewest = sum(p.default is inspect.Parameter.empty for p in plain)
    return fewest, len(plain) if len(plain) == len(parameters) else None


def function(*, outputs: int = 1) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a pure function of arrays as a word of the equation language.

    The decorated function takes ``(n,)`` float64 arrays (or scalars where an argument is a
    constant) and returns one ``(n,)`` array, or a tuple of ``outputs`` arrays for an equation with
    several targets. Its result may depend on its arguments only, row by row.

    Raises:
        ScmgenError: if the name is taken or the signature is not positional.
    """

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        name, word = call.__name__, f"plug-in function {call.__name__}"
        check_name(name, "function", word)
        FUNCTIONS[name] = Function(_guarded(call, word, outputs), *_arity(call, word, _POSITIONAL), outputs=outputs)
        return call

    return register


def noise(*, discrete: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an inverse distribution function as a noise of the equation language.

    The decorated function takes uniforms ``u (n,)`` in (0, 1) and the arguments of the noise,
    ``(n,)`` float64 arrays (or scalars where an argument is a constant; ``*more`` takes any number),
    and gives ``(n,)`` values that rise with u (or fall), NaN where no such distribution exists. Row i
    may depend on row i only.

    Args:
        discrete: whether many u give one value (a level, a count): then abduction says that the
            noise is open between two bounds, and does not look for it.

    Raises:
        ScmgenError: if the name is taken, the signature is not positional, or there is no u.
    """

    def register(transport: Callable[..., Any]) -> Callable[..., Any]:
        name, word = transport.__name__, f"plug-in noise {transport.__name__}"
        check_name(name, "noise", word)
        fewest, most = _arity(transport, word, {*_POSITIONAL, inspect.Parameter.VAR_POSITIONAL})
        if fewest < 1:
            raise ScmgenError(f"{word}: the first argument is u, the uniforms, and has no default")
        most = None if most is None else most - 1
        NOISES[name] = Noise(_guarded(transport, word), fewest - 1, most, discrete)
        return transport

    return register
