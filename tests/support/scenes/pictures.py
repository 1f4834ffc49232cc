"""Marks as a scene writes them, and what they draw: every mark once, with its area."""

from __future__ import annotations

from typing import Any

import numpy as np

from scmgen.render.renderer import Pixels
from scmgen.scene.scene import SceneDocument, compile_scene

BLACK = {"rgb": [0, 0, 0]}
AREAS: list[tuple[dict[str, Any], float]] = [  # a mark, and the share of the frame that it covers
    ({"mark": "fill"}, 1.0),
    ({"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.25}, np.pi * 0.25**2),
    ({"mark": "ellipse", "x": 0.5, "y": 0.5, "rx": 0.3, "ry": 0.1}, np.pi * 0.03),
    ({"mark": "rect", "x": 0.5, "y": 0.5, "width": 0.5, "height": 0.25}, 0.125),
    ({"mark": "line", "x1": 0.2, "y1": 0.3, "x2": 0.8, "y2": 0.3, "width": 0.1}, 0.06),
    ({"mark": "ring", "x": 0.5, "y": 0.5, "radius": 0.3, "width": 0.1}, np.pi * (0.35**2 - 0.25**2)),
    ({"mark": "polygon", "x": 0.5, "y": 0.5, "radius": 0.4, "sides": 6}, 1.5 * np.sqrt(3) * 0.16),
    ({"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.4}, 5 * 0.4 * 0.4 * 0.45 * np.sin(np.pi / 5)),
    ({"mark": "star", "x": 0.5, "y": 0.5, "radius": 0.4, "tips": 4, "inner": 1}, 4 * 0.16 * np.sin(np.pi / 4)),
    ({"mark": "path", "points": [[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]]}, 0.32),
    ({"mark": "gradient", "x1": 0, "y1": 0, "x2": 1, "y2": 0, "to_rgb": [1, 1, 1]}, 0.5),
    ({"mark": "curve", "points": [[0.2, 0.3], [0.5, 0.3], [0.8, 0.3]], "width": 0.1}, 0.06 + np.pi * 0.05**2),
    ({"mark": "texture", "scale": 0.01, "seed": 3, "to_rgb": [1, 1, 1]}, 0.5),
    ({"mark": "stripes", "scale": 0.1, "to_rgb": [1, 1, 1]}, 0.5),
]


def drawing(*marks: dict[str, Any], a: str = "uniform(0, 1)") -> Any:
    document = {"name": "s", "equations": {"a": a}, "factors": {"a": {"range": [0, 1]}}, "draw": list(marks)}
    return compile_scene(SceneDocument.model_validate(document))


def picture(*marks: dict[str, Any], a: float = 0.5, size: int = 64) -> Pixels:
    image: Pixels = drawing(*marks).render({"a": a}, size)[0]
    return image
