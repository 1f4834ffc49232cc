"""What the tests of the explorer ask, and the scene of their own that they ask it of."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

ASKED: dict[str, Any] = {"seed": 3, "index": 5, "noise": 5, "size": 32, "do": [{"light_angle": 1.5}]}


SCENE = """\
name: swing
parameters: {wobble: 0.01}
equations:
  angle: uniform(-0.7, 0.7)
  sort: category(1, 1)
  length: 0.3 + 0.1 * angle ** 2 + 0.05 * sort + uniform(-wobble, wobble)
  heading: uniform(0, 1)
factors:
  angle: {range: [-0.7, 0.7], unit: rad, long_name: the angle}
  sort: {levels: [low, high]}
  length: {range: [0.2, 0.5]}
  heading: {range: [0, 1], circular: true, unit: turn}
draw:
  - mark: disc
    x: 0.5 + length * sin(angle)
    y: 0.7 - length * cos(angle)
    radius: 0.05 + 0.05 * sort
    hsv: [heading, 0.8, 0.8]
"""


def images(answer: dict[str, Any]) -> dict[str, str]:
    """The factual image of the first sample, and the one after the last step, as addresses."""
    worlds = answer["samples"][0]["worlds"]
    return {"factual": worlds[0]["image"], "twin": worlds[-1]["image"]}


def pixels(url: str) -> np.ndarray[Any, Any]:
    head, data = url.split(",", 1)
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
