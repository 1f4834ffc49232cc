"""Arrays that metrics take."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cdm.errors import CdmError
from cdm.metrics import arrays


def test_images_are_in_colour_or_grey() -> None:
    assert arrays.images(np.zeros((2, 4, 5), np.uint8), "x").shape == (2, 4, 5, 1)
    assert arrays.images(np.zeros((2, 4, 5, 3), np.uint8), "x").dtype == np.float64
    with pytest.raises(CdmError, match=r"^x: an array of 4 axes is needed, found one of shape \(3, 3\)$"):
        arrays.images(np.zeros((3, 3)), "x")


def test_rows_are_as_many_and_some() -> None:
    assert arrays.rows(a=np.zeros(3), b=np.zeros((3, 2))) == 3
    with pytest.raises(CdmError, match=r"^as many rows are needed, found a 0, b 0$"):
        arrays.rows(a=np.zeros(0), b=np.zeros(0))


def test_the_library_needs_neither_torch_nor_the_generator() -> None:
    code = "import sys; import cdm.metrics; print({'torch', 'scmgen', 'sklearn', 'gadjid'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
