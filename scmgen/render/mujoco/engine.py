"""MuJoCo, and OpenGL without a screen: by EGL, by OSMesa where there is none.

Nothing is loaded before a stage is drawn, and no variable of the environment is read or stays changed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError

_WAYS = {"linux": ("egl", "osmesa"), "darwin": ("cgl",)}  # to OpenGL, the first that opens
_LOADING = {"PYOPENGL_PLATFORM": "", "LP_NUM_THREADS": "0"}  # what PyOpenGL and Mesa read while they are loaded
_LOCK = threading.RLock()


def ready() -> None:
    """Raise :class:`ScmgenError` unless MuJoCo is installed and OpenGL can be opened."""
    if importlib.util.find_spec("mujoco") is None:
        raise ScmgenError("renderer mujoco: MuJoCo is not installed: pip install 'scmgen[3d]'")
    with current():
        pass


def library() -> Any:
    """MuJoCo.

    Raises:
        ScmgenError: if it cannot be loaded.
    """
    try:
        return importlib.import_module("mujoco")
    except ImportError as error:
        raise ScmgenError(f"renderer mujoco: it cannot be loaded: {error}") from error


@dataclass(eq=False)
class Screen:
    """OpenGL, opened, with a picture in memory that it draws into: light in half floats, and depth.

    Attributes:
        mujoco: the library.
        gl: the functions of OpenGL.
    """

    mujoco: Any
    gl: Any
    context: Any
    _buffers: tuple[int, int, int] | None = None
    _size: tuple[int, int] = (0, 0)

    def canvas(self, width: int, height: int) -> int:
        """The number of a picture of so many pixels, which what is drawn next goes to."""
        gl = self.gl
        if self._buffers is None:
            light, depth = gl.glGenRenderbuffers(2)
            self._buffers = gl.glGenFramebuffers(1), light, depth
        canvas, light, depth = self._buffers
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, canvas)
        if self._size != (width, height):
            parts = (
                (light, gl.GL_RGBA16F, gl.GL_COLOR_ATTACHMENT0),
                (depth, gl.GL_DEPTH32F_STENCIL8, gl.GL_DEPTH_STENCIL_ATTACHMENT),
            )
            for buffer, form, part in parts:
                gl.glBindRenderbuffer(gl.GL_RENDERBUFFER, buffer)
                gl.glRenderbufferStorage(gl.GL_RENDERBUFFER, form, width, height)
                gl.glFramebufferRenderbuffer(gl.GL_FRAMEBUFFER, part, gl.GL_RENDERBUFFER, buffer)
            self._size = width, height
        return canvas

    def light(self) -> NDArray[np.float32]:
        """What was drawn ``(height, width, 4)``, red, green, blue and whether anything is there, from above."""
        return self._read(self.gl.GL_RGBA, 4)

    def depth(self) -> NDArray[np.float32]:
        """The depths of what was drawn ``(height, width, 1)``, from 1 nearby to 0 far away, from above."""
        return self._read(self.gl.GL_DEPTH_COMPONENT, 1)

    def _read(self, what: Any, channels: int) -> NDArray[np.float32]:
        width, height = self._size
        told = self.gl.glReadPixels(0, 0, width, height, what, self.gl.GL_FLOAT)
        return np.frombuffer(told, np.float32).reshape(height, width, channels)[::-1]


@contextmanager
def current() -> Iterator[Screen]:
    """OpenGL, for this thread alone meanwhile.

    Raises:
        ScmgenError: if MuJoCo is not installed, or OpenGL cannot be opened.
    """
    with _LOCK:
        screen = _opened()
        with screen.context.as_current():
            yield screen


@functools.cache
def _opened() -> Screen:
    mujoco, faults = library(), []
    for way in _WAYS.get(sys.platform, ("glfw",)):
        try:
            return _by(way, mujoco)
        except Exception as error:  # whatever a driver, or what loads it, has to say
            faults.append(f"{way}: {' '.join(str(error).split())[:200]}")
            _forget(way)
    wanted = "it needs libegl1 and libgl1-mesa-dri, or libosmesa6 (as Debian and Ubuntu call them)"
    raise ScmgenError(f"renderer mujoco: OpenGL cannot be opened; {wanted}; found {'; '.join(faults)}")


def _by(way: str, mujoco: Any) -> Screen:
    """OpenGL by one way, tried; where Mesa draws it does so on one thread."""
    before = {name: os.environ.get(name) for name in _LOADING}
    os.environ |= _LOADING | {"PYOPENGL_PLATFORM": way if way in ("egl", "osmesa") else ""}
    try:
        context = importlib.import_module(f"mujoco.{way}").GLContext(16, 16)
        screen = Screen(mujoco, importlib.import_module("OpenGL.GL"), context)
        with context.as_current():
            screen.canvas(16, 16)
            screen.gl.glFinish()
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ |= {} if value is None else {name: value}
    return screen


def _forget(way: str) -> None:
    """Unload what was loaded for a way that is none, so that another one can be tried."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "OpenGL" or name == f"mujoco.{way}"]:
        del sys.modules[name]
