"""Whether this machine can draw by OpenGL, which MuJoCo needs and no package of Python brings."""

from __future__ import annotations

import functools
import os

import pytest

from scmgen.errors import ScmgenError
from scmgen.render.mujoco import engine


@functools.cache
def fault() -> str:
    """What is lacking; nothing if it can."""
    try:
        engine.ready()
    except ScmgenError as error:
        return str(error)
    return ""


def needed(item: pytest.Item) -> None:
    """Skip a test of what MuJoCo draws where it cannot draw; where ``CI`` is true that is a fault."""
    if ("mujoco" in item.nodeid or "arm3d" in item.nodeid) and fault():
        pytest.fail(fault()) if os.environ.get("CI") == "true" else pytest.skip(fault())
