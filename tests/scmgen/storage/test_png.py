"""PNG files of our own: any reader gives the pixels back, and every process the same bytes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset import catalogue
from scmgen.storage import png


@settings(max_examples=60)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)).flatmap(
            lambda s: st.sampled_from([s, (*s, 3)])
        ),
    )
)
def test_a_png_is_read_back_pixel_for_pixel(images: NDArray[np.uint8]) -> None:
    for image, data in zip(images, png.encode(images), strict=True):
        with Image.open(io.BytesIO(data)) as found:
            assert found.mode == ("RGB" if images.ndim == 4 else "L")
            assert np.array_equal(np.asarray(found), image)
            assert found.info == {}  # no time, no software


def test_a_png_has_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Some fast encoders do not promise that: ISA-L's level 1 fails here."""
    scene = catalogue.load_scene("pendulum")
    np.save(tmp_path / "images.npy", scene.render(scene.scm.solve(scene.noise(2_000))))
    load = "import sys, hashlib, numpy; from scmgen.storage import png; files = png.encode(numpy.load(sys.argv[1]))"
    script = f"{load}; print(hashlib.sha256(b''.join(files)).hexdigest())"
    command = [sys.executable, "-c", script, str(tmp_path / "images.npy")]
    assert len({subprocess.run(command, capture_output=True, check=True).stdout for _ in range(12)}) == 1
