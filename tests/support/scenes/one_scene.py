"""A scene of two factors and a disc, for the command line to read."""

from __future__ import annotations

SCENE = """name: toy
equations:
  a: uniform(0, 1)
  b: a + uniform(0, 1)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 2]}
draw:
  - {mark: disc, x: a, y: b, radius: 0.1, rgb: [0, 0, 0]}
"""
