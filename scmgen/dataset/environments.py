"""Environments that clips come into: mechanisms that change at a frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.dataset.interventions.timing import span
from scmgen.dataset.spec import Environment, Spec
from scmgen.errors import ScmgenError
from scmgen.scene.scene import Scene
from scmgen.scm.noise import uniforms


def later(spec: Spec) -> list[Environment]:
    """The environments that begin in a frame, one after the other."""
    return [environment for environment in spec.environments if environment.at is not None]


def check(spec: Spec, base: Scene) -> None:
    """See that environments which begin in a frame can do so, one after the other.

    Raises:
        ScmgenError: if the scene stands still, a frame does not exist, or the order is another one.
    """
    before, last = "", 0
    for environment in spec.environments:
        where = f"{spec.name}: environment {environment.name}: at"
        if environment.at is None:
            if last:
                raise ScmgenError(
                    f"{where}: the one before it, {before}, has a frame; those that clips begin in come first"
                )
        elif base.frames is None:
            raise ScmgenError(f"{where}: {base.name} stands still, and has no frames")
        elif not before:
            raise ScmgenError(f"{where}: clips begin in an environment; put one without at before it")
        else:
            first, end = span(environment.at)
            if not last < first <= end < base.frames:
                after = f" and to come after {before}, which has frame {last}" if last else ""
                raise ScmgenError(
                    f"{where}: needs to be among the frames 1 to {base.frames - 1}{after}; found {environment.at}"
                )
            last = end
        before = environment.name


def begun(spec: Spec, split: str, start: int, stop: int) -> NDArray[np.int64] | None:
    """How many environments clips have come into, ``(n, frames)``; None if there are none that begin in a frame."""
    if not later(spec):
        return None
    number = np.arange(spec.scene.frames or 1)
    count = np.zeros((stop - start, len(number)), np.int64)
    for environment in later(spec):
        first, last = span(environment.at or "")
        u = uniforms(spec.seed, split, f"environment/{environment.name}", start, stop)
        begins = first + np.floor(u * (last - first + 1)).astype(np.int64)
        count += number >= begins[:, None]
    return count


def passed(names: Sequence[str], domain: ArrayLike) -> str:
    """In words the environment of a sample, by its number, or by one a frame those that a clip passes.

    >>> passed(["calm", "storm"], 1), passed(["calm", "storm"], [0, 0, 1])
    ('storm', 'calm, then storm')
    """
    return ", then ".join(names[number] for number in dict.fromkeys(np.ravel(domain).tolist()))
