"""Bodies of a stage: a tree of parts that turn and slide on each other, and carry objects, lamps and the camera."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scmgen.errors import Each, ScmgenError, suggestion
from scmgen.render.channels import name_of
from scmgen.render.renderer import Locate
from scmgen.render.stage import entries
from scmgen.render.stage.entries import Array, Entry, Path
from scmgen.render.stage.solids import turns
from scmgen.render.stage.words import BODY, JOINTS
from scmgen.scm.expression import Expression

_PART = "bodies"
_MOVED = (("free",), ("density",), ("friction",), *((joint, "speed") for joint in JOINTS))  # what physics is for


@dataclass(frozen=True)
class Body:
    """A body, and how it can move on the one that carries it.

    Attributes:
        name: what objects that belong to it call it.
        entry: where it stands on the one that carries it.
        joints: how it slides and turns there, by what it does, at most one of each.
        free: whether nothing carries it, so that physics lets it fall and turn.
    """

    name: str
    entry: Entry
    joints: Mapping[str, Entry]
    free: bool = False

    @property
    def parent(self) -> str | None:
        """The body that carries it; None is the stage itself."""
        return self.entry.parent

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that has numbers."""
        return self.entry, *self.joints.values()

    def expressions(self) -> list[Expression]:
        """Every expression of it; all of them move it."""
        return [expression for entry in self.entries for expression in entry.expressions()]

    def placed(self, locate: Locate) -> Body:
        """The same, whose errors name the places of another text."""
        joints = {name: joint.placed(locate) for name, joint in self.joints.items()}
        return replace(self, entry=self.entry.placed(locate), joints=joints)


@dataclass(frozen=True)
class Frame:
    """Where something is in ``n`` rows: its middle ``(n, 3)``, and how it is turned ``(n, 3, 3)``."""

    at: Array
    turn: Array

    def point(self, local: Array) -> Array:
        """Points ``(n, 3)`` of it on the stage."""
        return self.at + self.direction(local)

    def direction(self, local: Array) -> Array:
        """Directions ``(n, 3)`` of it on the stage."""
        return np.asarray(np.einsum("nij,nj->ni", self.turn, local))

    def then(self, at: Array, turn: Array) -> Frame:
        """What stands in it at a place ``(n, 3)``, turned ``(n, 3, 3)``."""
        return Frame(self.point(at), self.turn @ turn)


def compiled(given: Any, section: Path, locate: Locate, each: Each, physics: bool = False) -> tuple[Body, ...]:
    """The bodies of a stage, each after the one that carries it; what does not fit is told within ``each``.

    Args:
        physics: whether the stage has any, which moves them.
    """
    place: Path = (*section, _PART)
    with each():
        if not isinstance(given, list):
            raise ScmgenError(f"{locate(place)}: a list of bodies is needed, found {given!r:.80}")
    found: dict[str, Body] = {}
    for k, told in enumerate(given if isinstance(given, list) else []):
        with each():
            body = _body(told, locate, (*place, k), each)
            if not physics:
                _check_still(told, locate, (*place, k), each)
            if body.name in found:
                first = found[body.name].entry.path[-1]
                raise ScmgenError(f"{body.entry.where}: {body.name!r:.80} is the name of {_PART}.{first} already")
            found[body.name] = body
    check_carried([body.entry for body in found.values()], found, locate, each)
    return _ordered(found, locate, each)


def check_carried(carried: Iterable[Entry], bodies: Iterable[str], locate: Locate, each: Each) -> None:
    """Tell within ``each`` of entries that are on a body which is not there."""
    names = list(bodies)
    for entry in (entry for entry in carried if entry.parent is not None and entry.parent not in names):
        with each():
            hint = suggestion(str(entry.parent), names) if names else f"the stage has no '{_PART}'"
            raise ScmgenError(f"{locate((*entry.path, 'parent'))}: no body {entry.parent!r:.80}; {hint}")


def chain(name: str | None, bodies: Sequence[Body]) -> tuple[Body, ...]:
    """A body and all that carry it, the lowest first."""
    known = {body.name: body for body in bodies}
    found: list[Body] = []
    while name in known:
        found.insert(0, known[name])
        name = known[name].parent
    return tuple(found)


def frames(bodies: Sequence[Body], valued: Sequence[Mapping[str, Array]]) -> dict[str, Frame]:
    """Where every body is, of the numbers of its entries in order."""
    told, found = iter(valued), dict[str, Frame]()
    for body in bodies:
        own = next(told)
        base = found.get(body.parent or "", _stage(len(own["at"])))
        here = base.then(own["at"], turns(own["rotate"]))
        for name in body.joints:
            here = here.then(*_moved(name, next(told)))
        found[body.name] = here
    return found


def carried(entry: Entry, values: Mapping[str, Array], found: Mapping[str, Frame]) -> Mapping[str, Array]:
    """Numbers of an entry on the stage, of those on its body; ``turn (n, 3, 3)`` is how it is turned there."""
    turn = {"turn": turns(values["rotate"])} if "rotate" in values else {}
    base = found.get(entry.parent or "")
    if base is None:
        return {**values, **turn}
    points = {key: base.point(values[key]) for key in ("at", "origin", "target") if key in values}
    up = {"up": base.direction(values["up"])} if "up" in values else {}
    return {**values, **points, **up, **{key: base.turn @ value for key, value in turn.items()}}


def _body(told: Any, locate: Locate, path: Path, each: Each) -> Body:
    where = locate(path)
    if not isinstance(told, Mapping):
        raise ScmgenError(f"{where}: a mapping (key: value) is needed, found {told!r:.80}")
    name = name_of(told, "body", locate, path, each)
    if name is None:
        raise ScmgenError(f"{where}: no 'body', the name of it")
    joints = {}
    for joint in (joint for joint in JOINTS if joint in told):
        with each():
            if not isinstance(told[joint], Mapping):
                raise ScmgenError(f"{locate((*path, joint))}: a mapping (key: value) is needed")
            joints[joint] = entries.compiled(told[joint], joint, JOINTS[joint], locate, (*path, joint), each)
    free = _free(told, locate, path, each)
    return Body(name, entries.compiled(told, "body", BODY, locate, path, each, (*JOINTS, "free")), joints, free)


def _free(told: Mapping[str, Any], locate: Locate, path: Path, each: Each) -> bool:
    given, held = str(told.get("free", False)), [key for key in ("parent", *JOINTS) if key in told]
    where, free = locate((*path, "free")), given.lower() == "true"
    with each():
        if not free and given.lower() != "false":
            raise ScmgenError(f"{where}: true or false is needed, found {given!r:.80}")
    with each():
        if free and held:
            raise ScmgenError(f"{where}: a free body has no parent and no joint, found {', '.join(held)}")
    return free


def _check_still(told: Mapping[str, Any], locate: Locate, path: Path, each: Each) -> None:
    """Tell within ``each`` of all that is said of a body for physics, which the stage has not."""
    for *joint, key in _MOVED:
        part = told.get(joint[0]) if joint else told
        with each():
            if isinstance(part, Mapping) and key in part:
                raise ScmgenError(f"{locate((*path, *joint, key))}: {key} needs physics; the stage has no 'physics'")


def _ordered(found: Mapping[str, Body], locate: Locate, each: Each) -> tuple[Body, ...]:
    """The bodies, each after the one that carries it; of those that carry themselves one circle is told."""
    done: dict[str, Body] = {}
    left = dict(found)
    while ready := [name for name, body in left.items() if body.parent in done or body.parent not in found]:
        done |= {name: left.pop(name) for name in ready}
    with each():
        if left:
            seen = [next(iter(left))]
            while (after := str(left[seen[-1]].parent)) not in seen:
                seen.append(after)
            circle = [*seen[seen.index(after) :], after]
            where = locate((*left[after].entry.path, "parent"))
            raise ScmgenError(f"{where}: bodies that carry each other in a circle: {' on '.join(circle)}")
    return tuple(done.values())


def _stage(n: int) -> Frame:
    return Frame(np.zeros((n, 3)), np.broadcast_to(np.eye(3), (n, 3, 3)))


def _moved(joint: str, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """How far a joint has moved what it holds ``(n, 3)``, and turned it ``(n, 3, 3)``."""
    length = np.linalg.norm(values["axis"], axis=1, keepdims=True)
    axis = values["axis"] / np.maximum(length, 1e-300)
    if joint == "slide":
        return axis * values["by"][:, None], np.broadcast_to(np.eye(3), (len(axis), 3, 3))
    return np.zeros_like(axis), _about(axis, values["angle"])


def _about(axis: Array, angle: Array) -> Array:
    """Matrices ``(n, 3, 3)`` that turn about axes ``(n, 3)`` of length 1, right-handed (Rodrigues' formula)."""
    x, y, z = axis.T
    none = np.zeros_like(x)
    cross = np.stack([none, -z, y, z, none, -x, -y, x, none], axis=-1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1.0 - cosine) * (cross @ cross))
