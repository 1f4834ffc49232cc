"""What a notebook shows is escaped and never large."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from scmgen.pictures.page import page

HOSTILE = '<img src=x onerror="alert(1)">'


def test_what_comes_from_a_file_is_escaped() -> None:
    shown = page(HOSTILE, {HOSTILE: HOSTILE, "b": "&"})
    assert shown.count("&lt;img src=x") == 3 and "<img" not in shown and "&amp;" in shown


def test_a_page_is_small_whatever_it_is_given() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (800, 1200, 3), dtype=np.uint8)
    shown = page("a" * 10**6, {f"k{k}": "<" * 10**5 for k in range(6)}, Image.fromarray(noise), "<svg/>" * 10**5)
    assert len(shown) < 200_000 and "<svg" not in shown
    (source,) = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    width, height = Image.open(io.BytesIO(base64.b64decode(source))).size
    assert 100 < width < 300 and abs(width / height - 1.5) < 0.02  # shrunk, and shown as wide as it was
    assert 'width="1200"' in shown


def test_a_picture_that_fits_and_a_graph_stand_as_they_are() -> None:
    shown = page("x", {}, Image.new("RGB", (50, 40)), "<svg>1</svg>")
    assert 'width="50"' in shown and "<div><svg>1</svg></div>" in shown
