"""Bodies of a stage as MuJoCo moves them: of each row a model in memory, which is stepped by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.render.mujoco import engine
from scmgen.render.mujoco.kit import Form, forms
from scmgen.render.stage.bodies import Body, Frame, carried
from scmgen.render.stage.entries import Array, Entry
from scmgen.render.stage.physics import Physics, Values
from scmgen.render.stage.scenery import place
from scmgen.render.stage.solids import turns

_LIGHTEST = 1e-9, 1e-12  # mass and inertia of a body without objects
_SPIN, _ROLL = 0.005, 0.0001  # MuJoCo's own friction against turning on the spot, and against rolling
_TRAVEL = {"slide": "by", "hinge": "angle"}  # the key that says how far a joint is moved
_LOCK = threading.Lock()  # whom MuJoCo tells of faults is one for the whole process


def stepped(
    physics: Physics,
    bodies: Sequence[Body],
    valued: Sequence[Values],
    things: Sequence[tuple[Entry, Values]],
    start: int,
) -> dict[str, Frame]:
    """Where every body is after the seconds of each row; see :meth:`scmgen.render.stage.physics.Physics.frames`."""
    counts = physics.steps(valued[-1], start)
    solids = [_Solid.of(entry, values) for entry, values in things]
    at, turn = np.zeros((len(bodies), len(counts), 3)), np.zeros((len(bodies), len(counts), 3, 3))
    mujoco = engine.library()
    with _told(mujoco) as faults:
        for row, count in enumerate(counts):
            try:
                rows = [{key: value[row] for key, value in own.items()} for own in valued]
                model = _Model.of(mujoco, bodies, rows, solids, row)
                at[:, row], turn[:, row] = model.run(physics.step, rows[-1]["gravity"], int(count))
            except ValueError as error:  # of a mesh without volume, say
                faults.append(str(error))
            if faults:
                said = " ".join(" ".join(faults).split())[:200]
                raise ScmgenError(f"{physics.entry.where}: MuJoCo cannot move the bodies of row {start + row}: {said}")
    return {body.name: Frame(at[k], turn[k]) for k, body in enumerate(bodies)}


@dataclass(frozen=True)
class _Solid:
    """An object in all rows: its form, and where it is on its body ``(n, 3)``, ``(n, 3, 3)``."""

    where: str
    parent: str | None
    values: Values
    forms: Sequence[Form]
    at: Array
    turn: Array

    @classmethod
    def of(cls, entry: Entry, values: Values) -> _Solid:
        return cls(entry.where, entry.parent, values, forms(entry, values), *place(carried(entry, values, {})))

    def add(self, mujoco: Any, spec: Any, holder: Any, row: int, **how: Any) -> None:
        """Make it a part of a body of a model, or of the stage."""
        form, size = self.forms[row], self.values["size"][row]
        kind, sizes = _primitive(form, size)
        if kind == "mesh":
            how["meshname"] = self.where  # which a fault of it names
            spec.add_mesh(
                name=self.where,
                uservert=(form.solid.points * size).ravel(),
                inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX,
            )
        holder.add_geom(
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
            size=sizes,
            pos=self.at[row],
            quat=_quaternion(mujoco, self.turn[row]),
            **how,
        )


def _primitive(form: Form, size: Array) -> tuple[str, Array]:
    """What MuJoCo calls a form of a size, and the numbers that it wants of it."""
    half = 0.5 * size
    match form.name:
        case "sphere":
            return "sphere" if (half == half[0]).all() else "ellipsoid", half
        case "cylinder" if half[0] == half[1]:
            return "cylinder", half[[0, 2, 2]]
        case "box" | "plane":
            return form.name, half + (form.name == "plane")  # a plane has no end, whatever its size
    return "mesh", np.zeros(3)


@dataclass(frozen=True)
class _Model:
    """A row as MuJoCo has it.

    Attributes:
        spec: the model, not compiled yet.
        bodies: its bodies in order.
        joints: its joints, of each how far it is moved, and how fast it is.
    """

    mujoco: Any
    spec: Any
    bodies: Sequence[Any]
    joints: Sequence[tuple[Any, float, float]]

    @classmethod
    def of(
        cls,
        mujoco: Any,
        bodies: Sequence[Body],
        rows: Sequence[Mapping[str, Any]],
        solids: Sequence[_Solid],
        row: int,
    ) -> _Model:
        spec = mujoco.MjSpec()
        spec.compiler.usethread = False
        spec.compiler.boundmass, spec.compiler.boundinertia = _LIGHTEST
        here = [solid for solid in solids if solid.values["when"][row] != 0]
        for solid in (solid for solid in here if solid.parent is None):
            solid.add(mujoco, spec, spec.worldbody, row)
        told, made, joints = iter(rows), dict[str, Any](), list[tuple[Any, float, float]]()
        for body in bodies:
            own, base = next(told), made.get(body.parent or "", spec.worldbody)
            turn = _quaternion(mujoco, turns(own["rotate"][None])[0])
            part = made[body.name] = base.add_body(name=f"body{len(made)}", pos=own["at"], quat=turn)
            if body.parent:  # what carries it does not push it
                spec.add_exclude(bodyname1=base.name, bodyname2=part.name)
            if body.free:
                part.add_freejoint()
            for name in body.joints:
                moved = next(told)
                kind = getattr(mujoco.mjtJoint, f"mjJNT_{name.upper()}")
                joints.append((part.add_joint(type=kind, axis=moved["axis"]), moved[_TRAVEL[name]], moved["speed"]))
            stuff = {"density": own["density"], "friction": [own["friction"], _SPIN, _ROLL], "priority": 1}
            for solid in (solid for solid in here if solid.parent == body.name):
                if solid.forms[row].name != "plane":  # without thickness, it neither weighs nor pushes
                    solid.add(mujoco, spec, part, row, **stuff)
        return cls(mujoco, spec, list(made.values()), joints)

    def run(self, step: float, gravity: Array, count: int) -> tuple[Array, Array]:
        """Where the bodies are ``(b, 3)``, and how they are turned ``(b, 3, 3)``, after so many steps."""
        option = self.spec.option
        option.timestep, option.gravity = step, gravity
        option.disableflags |= int(self.mujoco.mjtDisableBit.mjDSBL_WARMSTART)  # it is chosen for all contacts at once
        model = self.spec.compile()
        data = self.mujoco.MjData(model)
        for joint, travel, speed in self.joints:
            data.qpos[model.jnt_qposadr[joint.id]] = travel
            data.qvel[model.jnt_dofadr[joint.id]] = speed
        self.mujoco.mj_step(model, data, count)
        self.mujoco.mj_kinematics(model, data)  # a step leaves places of before it
        numbers = [body.id for body in self.bodies]
        return data.xpos[numbers], data.xmat[numbers].reshape(-1, 3, 3)


def _quaternion(mujoco: Any, turn: Array) -> Array:
    found = np.empty(4)
    mujoco.mju_mat2Quat(found, turn.ravel())
    return found


@contextmanager
def _told(mujoco: Any) -> Iterator[list[str]]:
    """What MuJoCo tells of faults meanwhile, which otherwise it writes to a file."""
    faults: list[str] = []
    with _LOCK:
        before = mujoco.get_mju_user_warning()
        mujoco.set_mju_user_warning(faults.append)
        try:
            yield faults
        finally:
            mujoco.set_mju_user_warning(before)
