"""Simulated physics: rigid bodies in pymunk, as pure functions of arrays.

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
