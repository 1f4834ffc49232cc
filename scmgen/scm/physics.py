"""Simulated physics as pure functions of arrays: rigid bodies in pymunk, and steps in time of what moves.

A step takes a state and gives the next one; a scene with frames hands it on by ``prev``.

pymunk works on one object at a time; each row gets a space of its own, so that no state passes from
one row to another and a row's result depends on its inputs alone, bit for bit.
"""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]

GRAVITY = 9.81
"""m/s2."""
STEP = 1 / 240
"""The fixed time step, in s."""
MOST_STEPS = 5_040
"""A simulation ends after 21 s at the latest; inside the domain the bodies rest before that."""
GAP, RADIUS, SIDE = 1.1, 0.25, 0.55
"""Way from the ball's front to the block, radius of the ball and side of the block, in m."""
BLOCK_MASS = 3.0
"""kg."""
RESTITUTION = 0.95
"""Share of the relative speed that the impact gives back."""
DOMAIN = {"speed": (0.0, 10.0), "mass": (0.05, 50.0), "friction": (0.1, 1.0)}
"""What can be simulated, in m/s, kg and 1; a row outside (or NaN) comes out as NaN."""

_ROUNDS = 4  # of the solver in a step; ten move the block by 5 mm at most, and by 1e-12 m in the bundled scene
_STRIDE = 12  # steps between two looks at the clock: reading a body costs as much as a step
_RESTING = 1e-9  # m/s
_IMPACTS, _SLOW = 64, 1e-3  # of a step of bounce; speed of what rests
_SWINGS = 16  # steps of the method in a step of swing
_SUNK = 0.005  # m; half of what Chipmunk tolerates, so that the floor pushes neither up nor down


def collide(speed: ArrayLike, mass: ArrayLike, friction: ArrayLike) -> tuple[Array, Array]:
    """Shoot a ball along a floor at a resting block: how far the block slides, how far the ball recoils.

    Seen from the side: a ball (radius 0.25 m, ``mass`` kg) starts 1.1 m before a block (a square of
    0.55 m, 3 kg) with ``speed`` m/s. Both lie on a level floor, do not turn, and are slowed by Coulomb
    friction of the coefficient ``friction`` (of the ball, read it as rolling resistance) under a
    gravity of 9.81 m/s2. The impact has a coefficient of restitution of 0.95. Time passes in fixed steps
    of 1/240 s until both bodies rest.

    In closed form: the ball arrives with w = sqrt(speed**2 - 2 * friction * 9.81 * 1.1), or stops short
    if that is the root of a negative number. The block leaves with 1.95 * mass / (mass + 3) * w, the ball
    with (mass - 2.85) / (mass + 3) * w, and what leaves with v rests after v**2 / (2 * friction * 9.81).
    The simulation agrees with this to (1 + speed) cm; the deviation is not smooth, because an impact is
    noticed at the end of the step in which it happens.

    Args:
        speed: of the ball at the start, 0 to 10 m/s; ``(n,)`` or a scalar, as the others.
        mass: of the ball, 0.05 to 50 kg.
        friction: coefficient of friction, 0.1 to 1.

    Returns:
        The way that the block slides, and the way from the block's first place back to the front
        of the resting ball (negative where a heavy ball follows the block), in m: 0 and what is left
        of the 1.1 m where the ball stops short, NaN in rows outside the domain.
    """
    rows = np.stack(np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (speed, mass, friction))), axis=-1)
    low, high = np.transpose(list(DOMAIN.values()))
    inside = ((low <= rows) & (rows <= high)).all(axis=-1)
    distances = np.full((*inside.shape, 2), np.nan)
    distances[inside] = [_collide(*row) for row in rows[inside].tolist()] or np.empty((0, 2))
    return distances[..., 0], distances[..., 1]


@functools.lru_cache(maxsize=32_768)  # what a do does not reach is asked for again in the other world
def _collide(speed: float, mass: float, friction: float) -> tuple[float, float]:
    import pymunk  # takes a while to load, and few scenes simulate

    space = pymunk.Space()
    space.iterations = _ROUNDS
    space.gravity = (0.0, -GRAVITY)
    floor = pymunk.Segment(space.static_body, (-1e3, -1.0), (1e3, -1.0), 1.0)
    ball, block = pymunk.Body(mass, math.inf), pymunk.Body(BLOCK_MASS, math.inf)
    ball.position, block.position = (-GAP - RADIUS, RADIUS - _SUNK), (SIDE / 2, SIDE / 2 - _SUNK)
    ball.velocity = (speed, 0.0)
    round_, square = pymunk.Circle(ball, RADIUS), pymunk.Poly.create_box(block, (SIDE, SIDE))
    floor.friction, round_.friction, square.friction = friction, 1.0, 1.0  # Chipmunk multiplies the two that touch
    floor.elasticity, round_.elasticity, square.elasticity = 0.0, 1.0, RESTITUTION
    space.add(floor, ball, round_, block, square)
    for _ in range(MOST_STEPS // _STRIDE):
        for _ in range(_STRIDE):
            space.step(STEP)
        if max(abs(ball.velocity.x), abs(block.velocity.x)) < _RESTING:
            return block.position.x - SIDE / 2, -RADIUS - ball.position.x
    return math.nan, math.nan


def bounce(
    height: ArrayLike, speed: ArrayLike, gravity: ArrayLike, elasticity: ArrayLike, top: ArrayLike, dt: ArrayLike
) -> tuple[Array, Array]:
    """Let a body fly for a time ``dt`` between a floor at 0 and a ceiling at ``top``: its height and speed after it.

    Between impacts it moves on a parabola, which is exact: height + speed t - gravity t**2 / 2. An impact turns the
    speed round and leaves the share ``elasticity`` of it. What is slower than 1e-3 at the floor rests there, and so
    does what has hit something 64 times.

    Args:
        height: from 0 to ``top``; what begins outside begins at the nearest of the two.
        speed: upwards.
        gravity: 0 or more, downwards.
        elasticity: 0 to 1.
        top: above 0; a row in which an argument is outside its bounds comes out as NaN.
        dt: 0 or more.
    """
    parts = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (height, speed, gravity, elasticity, top, dt)))
    y, v, g, e, roof, left = (part.copy() for part in parts)
    known = (g >= 0.0) & (e >= 0.0) & (e <= 1.0) & (roof > 0.0) & (left >= 0.0) & np.isfinite(y + v)
    y = np.minimum(np.maximum(y, 0.0), roof)
    for _ in range(_IMPACTS):
        rests = (y <= 0.0) & (np.abs(v) < _SLOW) & (g > 0.0)
        y, v, left = np.where(rests, 0.0, y), np.where(rests, 0.0, v), np.where(rests, 0.0, left)
        if not (left > 0.0).any():
            break
        down, up = _falls(y, v, g), _rises(roof - y, v, g)
        first = np.minimum(down, up)
        hits = first <= left
        spent = np.where(hits, first, left)
        y, v = y + v * spent - g * spent * spent / 2.0, v - g * spent
        y = np.where(hits, np.where(down <= up, 0.0, roof), y)
        v = np.where(hits, -e * v, v)
        left = left - spent
    rests = left > 0.0
    return np.where(known, np.where(rests, 0.0, y), np.nan), np.where(known, np.where(rests, 0.0, v), np.nan)


def _falls(y: Array, v: Array, g: Array) -> Array:
    """When a body at the height y is at 0: the positive root of y + v t - g t**2 / 2, or never."""
    with np.errstate(all="ignore"):
        straight = np.where(v < 0.0, -y / v, np.inf)
        curved = (v + np.sqrt(v * v + 2.0 * g * y)) / g
    found = np.where(g > 0.0, curved, straight)
    return np.where(found > 0.0, found, np.where((y <= 0.0) & (v < 0.0), 0.0, np.inf))


def _rises(gap: Array, v: Array, g: Array) -> Array:
    """When a body is as far up as the gap above it: the first root, or never."""
    with np.errstate(all="ignore"):
        inside = v * v - 2.0 * g * gap
        found = 2.0 * gap / (v + np.sqrt(inside))
    return np.where((v > 0.0) & (inside >= 0.0), found, np.inf)


def swing(
    angle: ArrayLike, speed: ArrayLike, length: ArrayLike, gravity: ArrayLike, damping: ArrayLike, dt: ArrayLike
) -> tuple[Array, Array]:
    """Let a pendulum swing for a time ``dt``: its angle from the vertical and its angular speed after it.

    The equation is angle'' = -gravity / length * sin(angle) - damping * angle', solved by 16 steps of the classical
    method of Runge and Kutta, whose error is below 1e-8 rad where dt * sqrt(gravity / length) < 1.

    Args:
        angle: in radians.
        speed: in radians a unit of time.
        length: above 0; a row in which it is not comes out as NaN.
        gravity: downwards.
        damping: share of the speed that is lost in a unit of time.
        dt: how long.
    """
    parts = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (angle, speed, length, gravity, damping, dt)))
    a, w, long, g, loss, whole = parts
    pull, step = g / np.where(long > 0.0, long, np.nan), whole / _SWINGS

    def slope(a: Array, w: Array) -> tuple[Array, Array]:
        return w, -pull * np.sin(a) - loss * w

    for _ in range(_SWINGS):
        a1, w1 = slope(a, w)
        a2, w2 = slope(a + step / 2.0 * a1, w + step / 2.0 * w1)
        a3, w3 = slope(a + step / 2.0 * a2, w + step / 2.0 * w2)
        a4, w4 = slope(a + step * a3, w + step * w3)
        a = a + step / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        w = w + step / 6.0 * (w1 + 2.0 * w2 + 2.0 * w3 + w4)
    return a, w


def deflect(
    x: ArrayLike,
    y: ArrayLike,
    along: ArrayLike,
    up: ArrayLike,
    middle: ArrayLike,
    height: ArrayLike,
    radius: ArrayLike,
    elasticity: ArrayLike,
    dt: ArrayLike,
) -> tuple[Array, Array, Array, Array]:
    """Let a point move straight on for a time ``dt`` and rebound from a disc: its place and velocity after it.

    The contact is exact: the first root of the quadratic equation of the way into the disc. There the velocity towards
    the middle is turned round, and the share ``elasticity`` of it left; the rest of the time it moves on. What begins
    inside the disc, or leaves it, moves freely.

    Args:
        x: place of the point to the right, as ``y`` is upwards; for a ball, of its middle.
        y: upwards.
        along: velocity to the right, as ``up`` is upwards.
        up: upwards.
        middle: place of the disc's middle to the right, as ``height`` is upwards.
        height: upwards.
        radius: of the disc, 0 or more; for a ball, the sum of both.
        elasticity: 0 or more; above 1 a disc that kicks.
        dt: how long, 0 or more; a row in which an argument is outside its bounds comes out as NaN.
    """
    given = (x, y, along, up, middle, height, radius, elasticity, dt)
    px, py, vx, vy, cx, cy, r, e, t = np.broadcast_arrays(*(np.asarray(part, np.float64) for part in given))
    fx, fy = px - cx, py - cy
    speed, inward, outside = vx * vx + vy * vy, fx * vx + fy * vy, fx * fx + fy * fy - r * r
    with np.errstate(all="ignore"):
        meets = (-inward - np.sqrt(inward * inward - speed * outside)) / speed
    hit = (inward < 0.0) & (outside >= 0.0) & (meets >= 0.0) & (meets <= t)
    first = np.where(hit, meets, t)
    qx, qy = px + vx * first, py + vy * first
    size = np.where(hit & (r > 0.0), r, 1.0)
    nx, ny = (qx - cx) / size, (qy - cy) / size
    turned = np.where(hit, (1.0 + e) * (vx * nx + vy * ny), 0.0)
    wx, wy, left = vx - turned * nx, vy - turned * ny, t - first
    known = (r >= 0.0) & (e >= 0.0) & (t >= 0.0)
    after = (qx + wx * left, qy + wy * left, wx, wy)
    return tuple(np.where(known, part, np.nan) for part in after)  # type: ignore[return-value]
