"""Whether the parts of a scene fit each other: equations, levels, factors, pictures, and what is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticKnownError

from scmgen.errors import ScmgenError, gathered, suggestion
from scmgen.pictures.bank import Kind
from scmgen.render.renderer import HOMES, OURS, RENDERERS, Locate, Renderer, named
from scmgen.scene.document import Place
from scmgen.scene.factor import Factor
from scmgen.scm import model, solving, vocabulary
from scmgen.scm.model import SCM

_SECTIONS = ("draw", "stage")  # the parts of a scene that renderers draw
_BLACK: dict[str, Any] = {"mark": "fill", "rgb": ["0", "0", "0"]}
_STAND_INS: dict[tuple[str, int], Any] = {  # by the part of a scene, and how deep in it
    ("name", 1): "scene",
    ("version", 1): "1",
    ("frames", 1): "2",
    ("draw", 1): [_BLACK],
    ("draw", 2): _BLACK,
    ("parameters", 2): "1",
    ("equations", 2): "uniform(0, 1)",
    ("factors", 2): {"range": ["0", "1"]},
}


def _due(told: Any, info: ValidationInfo) -> Any:
    """What a scene says of marks; nothing at all may be said only where another renderer draws something else."""
    if told == () and info.data.get("renderer", OURS) == OURS and info.data.get("stage") is None:
        raise PydanticKnownError("missing")
    return told


Marks: TypeAlias = Annotated[tuple[dict[str, Any], ...], BeforeValidator(_due), Field(validate_default=True)]
"""The part ``draw`` of a scene; a list that is empty is judged by who draws it."""


class Pictures(BaseModel):
    """What a scene says of pictures that are brought: how they are drawn, and whether they must have classes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["glyph", "picture"] = "picture"
    labels: bool = False


class Parts(Protocol):
    """The parts of a scene document that name one another."""

    @property
    def equations(self) -> Mapping[str, str]:
        """Variable, or variables with commas between, to the text of its equation."""

    @property
    def frames(self) -> int | None:
        """Frames of a clip, if the scene moves."""

    @property
    def renderer(self) -> str:
        """Who draws."""

    @property
    def draw(self) -> Sequence[Mapping[str, Any]]:
        """What is drawn of marks, back to front."""

    @property
    def stage(self) -> Mapping[str, Any] | None:
        """What is drawn in three dimensions."""

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
    def pictures(self) -> Mapping[str, Pictures]:
        """The banks of pictures that it shows, with their kind."""

    @property
    def meshes(self) -> tuple[str, ...]:
        """The banks of meshes that it shows."""


def fitted(parsed: Parts, place: Locate) -> tuple[SCM, Renderer]:
    """The model and the drawing of a scene.

    Raises:
        ScmgenError: of all that does not fit, as far as one fault does not follow from another.
    """
    variables, constants = {*model.targets(parsed.equations)}, levels(parsed)
    clock = () if parsed.frames is None else (solving.TIME, "dt")
    kinds: dict[str, Kind] = {name: pictures.kind for name, pictures in parsed.pictures.items()}
    kinds |= {name: "mesh" for name in parsed.meshes}
    with gathered() as each:
        for what, part in (("parameter", "parameters"), ("bank of pictures", "pictures")):
            for name in getattr(parsed, part):
                with each():
                    vocabulary.check_name(name, what, place((part, name)))
        for index, name in enumerate(parsed.meshes):
            with each():
                vocabulary.check_name(name, "bank of meshes", place(("meshes", index)))
                if name in (*parsed.pictures, *parsed.meshes[:index]):
                    raise ScmgenError(f"{place(('meshes', index))}: {name!r} names a bank already")
        with each():
            check_levels(parsed, constants, place)
        with each():
            places = {key: place(("equations", key)) for key in parsed.equations}
            scm = model.from_text(parsed.equations, parsed.parameters, constants, places, parsed.frames, kinds)
        for name in (name for name in parsed.factors if name not in variables):
            with each():
                hint = suggestion(name, variables)
                raise ScmgenError(f"{place(('factors', name))}: no equation of that name; {hint}")
        with each():
            readable = {*variables, *parsed.parameters, *constants, *clock}
            kind = _renderer(parsed, place)
            drawing = kind.compile(getattr(parsed, kind.section), readable, place, kinds)
        with each():
            check_free(parsed, place)
    return scm, drawing


def _renderer(parsed: Parts, place: Locate) -> type[Renderer]:
    """Who draws a scene, and is told what to draw in it.

    Raises:
        ScmgenError: if there is no such renderer, or the scene tells another one.
    """
    known = {*HOMES, *RENDERERS}
    if parsed.renderer not in known:
        raise ScmgenError(f"{place(('renderer',))}: {parsed.renderer!r:.80}; {suggestion(parsed.renderer, known)}")
    kind = named(parsed.renderer)
    for section in (section for section in _SECTIONS if section != kind.section and getattr(parsed, section)):
        others = sorted(name for name in known if name != parsed.renderer and named(name).section == section)
        problem = f"the renderer {parsed.renderer} draws {kind.section!r}"
        raise ScmgenError(f"{place((section,))}: {problem}; this goes with renderer: {' or '.join(others)}")
    if getattr(parsed, kind.section) is None:
        raise ScmgenError(f"{place((kind.section,))}: this key is missing; the renderer {parsed.renderer} draws it")
    return kind


def stand_in(place: Place, told: Any) -> Any:
    """What fits in place of an entry of a scene that does not, so that the rest can be looked at; None if nobody knows.

    Equations may read the levels of a factor, so they are kept.
    """
    named = told.get("levels") if place[0] == "factors" and isinstance(told, dict) else None
    if isinstance(named, list):
        told_once = [*dict.fromkeys(map(str, named))]
        return {"levels": [*told_once, *("another", "yet_another")[: max(0, 2 - len(told_once))]]}
    return None if "," in str(place[-1]) else _STAND_INS.get((str(place[0]), len(place)))


def levels(parsed: Parts) -> dict[str, float]:
    """Level names as constants of the language; of one that has two numbers the first."""
    numbers: dict[str, float] = {}
    for factor in parsed.factors.values():
        for index, level in enumerate(factor.domain.levels):
            numbers.setdefault(level, index)
    return numbers


def check_levels(parsed: Parts, numbers: Mapping[str, float], place: Locate) -> None:
    """Raise :class:`ScmgenError` of all levels that cannot be named so, or have two numbers."""
    listed = [(name, *one) for name, factor in parsed.factors.items() for one in enumerate(factor.domain.levels)]
    with gathered() as each:
        for name, index, level in listed:
            with each():
                where = place(("factors", name, "levels", index))
                vocabulary.check_name(level, "level", where)
                if level in parsed.parameters:
                    raise ScmgenError(f"{where}: {level!r} is already a parameter")
                if not math.isclose(numbers[level], index):
                    other = f"{numbers[level]:g} in another factor"
                    raise ScmgenError(f"{where}: level {level!r} is {index} here and {other}")


def check_free(parsed: Parts, place: Locate) -> None:
    """Raise :class:`ScmgenError` of all free factors that are none, stand twice, or share their equation."""
    shared = {name for key in parsed.equations if "," in key for name in model.targets([key])}
    with gathered() as each:
        for index, name in enumerate(parsed.free):
            where = place(("free", index))
            with each():
                if name not in parsed.factors:
                    raise ScmgenError(f"{where}: no factor {name!r}; {suggestion(name, parsed.factors)}")
                if name in shared:
                    raise ScmgenError(f"{where}: {name!r} shares its equation with another variable and cannot be free")
                if name in parsed.free[:index]:
                    raise ScmgenError(f"{where}: {name!r} stands here twice")
