"""Whether the parts of a scene fit each other: equations, levels, factors, pictures, and what is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from scmgen.errors import ScmgenError, gathered, suggestion
from scmgen.render.renderer import OURS, Locate, Renderer, named
from scmgen.scene.factor import Factor
from scmgen.scm import model, solving, vocabulary
from scmgen.scm.model import SCM


class Parts(Protocol):
    """The parts of a scene document that name one another."""

    @property
    def equations(self) -> Mapping[str, str]:
        """Variable, or variables with commas between, to the text of its equation."""

    @property
    def frames(self) -> int | None:
        """Frames of a clip, if the scene moves."""

    @property
    def draw(self) -> Sequence[Mapping[str, Any]]:
        """What is drawn, back to front."""

    @property
    def parameters(self) -> Mapping[str, float]:
        """Constants that can be overridden."""

    @property
    def factors(self) -> Mapping[str, Factor]:
        """What a model should recover."""

    @property
    def free(self) -> tuple[str, ...]:
        """Factors whose equations a sampled causal model may replace."""

    @property
    def pictures(self) -> Mapping[str, Any]:
        """The banks that it shows, with their kind."""


def fitted(parsed: Parts, place: Locate) -> tuple[SCM, Renderer]:
    """The model and the drawing of a scene.

    Raises:
        ScmgenError: of all that does not fit, as far as one fault does not follow from another.
    """
    with gathered() as each:
        for name in parsed.parameters:
            with each():
                vocabulary.check_name(name, "parameter", place(("parameters", name)))
        with each():
            constants = levels(parsed, place)
    variables = {*model.targets(parsed.equations)}
    clock = () if parsed.frames is None else (solving.TIME, "dt")
    kinds = {name: pictures.kind for name, pictures in parsed.pictures.items()}
    with gathered() as each:
        with each():
            places = {key: place(("equations", key)) for key in parsed.equations}
            scm = model.from_text(parsed.equations, parsed.parameters, constants, places, parsed.frames)
        for name in (name for name in parsed.factors if name not in variables):
            with each():
                hint = suggestion(name, variables)
                raise ScmgenError(f"{place(('factors', name))}: no equation of that name; {hint}")
        with each():
            readable = {*variables, *parsed.parameters, *constants, *clock}
            drawing = named(OURS).compile(parsed.draw, readable, place, kinds)
    with gathered() as each:
        with each():
            check_free(parsed, scm, place)
        with each():
            check_pictures(parsed, scm, place)
    return scm, drawing


def levels(parsed: Parts, place: Locate) -> dict[str, float]:
    """Level names as constants of the language.

    Raises:
        ScmgenError: if a level cannot be named so, or has two numbers.
    """
    numbers: dict[str, float] = {}
    listed = [(name, *one) for name, factor in parsed.factors.items() for one in enumerate(factor.domain.levels)]
    with gathered() as each:
        for name, index, level in listed:
            with each():
                where = place(("factors", name, "levels", index))
                vocabulary.check_name(level, "level", where)
                if level in parsed.parameters:
                    raise ScmgenError(f"{where}: {level!r} is already a parameter")
                if not math.isclose(numbers.setdefault(level, index), index):
                    other = f"{numbers[level]:g} in another factor"
                    raise ScmgenError(f"{where}: level {level!r} is {index} here and {other}")
    return numbers


def check_free(parsed: Parts, scm: SCM, place: Locate) -> None:
    """Raise :class:`ScmgenError` for the first free factor that is none, stands twice, or shares its equation."""
    alone = {equation.targets[0] for equation in scm.equations if len(equation.targets) == 1}
    for index, name in enumerate(parsed.free):
        where = place(("free", index))
        if name not in parsed.factors:
            raise ScmgenError(f"{where}: no factor {name!r}; {suggestion(name, parsed.factors)}")
        if name not in alone:
            raise ScmgenError(f"{where}: {name!r} shares its equation with another variable and cannot be free")
        if name in parsed.free[:index]:
            raise ScmgenError(f"{where}: {name!r} stands here twice")


def check_pictures(parsed: Parts, scm: SCM, place: Locate) -> None:
    """Raise :class:`ScmgenError` for the first bank of pictures that is misnamed, or read and not declared."""
    for name in parsed.pictures:
        vocabulary.check_name(name, "bank of pictures", place(("pictures", name)))
    for equation in scm.equations:
        for name in equation.expression.banks:
            if name not in parsed.pictures:
                raise equation.expression.reject_bank(name, parsed.pictures)
