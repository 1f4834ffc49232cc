"""Texts of the equation language, computed on two columns or refused."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.scm.expression import parse
from scmgen.scm.vocabulary import Array

X = np.array([-2.5, -1.0, -0.0, 0.25, 1.0, 3.5])
Y = np.array([0.5, -1.0, 2.0, 0.25, -3.0, 1.5])
X.setflags(write=False)
Y.setflags(write=False)


def evaluate(text: str, **scope: object) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(parse(text).evaluate({"x": X, "y": Y, **scope}))


def refused(text: str) -> str:
    with pytest.raises(ScmgenError) as caught:
        parse(text, "eq")
    return str(caught.value)


def assert_same(found: object, wanted: object) -> None:
    np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted), strict=True)
