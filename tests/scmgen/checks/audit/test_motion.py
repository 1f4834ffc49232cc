"""What clips show of their factors: in motion, or in a single frame."""

from __future__ import annotations

import numpy as np

from scmgen.checks.audit.findings import Finding
from scmgen.checks.audit.motion import in_motion, open_circles, visibility, without_nuisance
from scmgen.checks.audit.pixels import unreadable
from scmgen.checks.audit.population import Population
from scmgen.render.frame import Frame
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene

FRAME = Frame(32, 32, frames=6)
MOVING = """
name: t
frames: 6
equations:
  pull: uniform(0, 1)
  lost: each(uniform(0, 1))
  x: 0.2 + 0.1 * pull * time + each(uniform(0, 0.1))
  light: each(uniform(0, 1))
factors: {pull: {range: [0, 1]}, lost: {range: [0, 1]}, x: {range: [0, 1]}}
draw:
  - {mark: fill, rgb: [0, 0, LIGHT]}
  - {mark: disc, x: x, y: 0.5, radius: 0.1, rgb: [1, 0, 0]}
"""


def population(light: str = "0.1 * light") -> Population:
    one = read_scene(parse(MOVING.replace("LIGHT", light), "t.yaml"))
    noise = one.noise(6)
    return Population(("train",), np.zeros(6, np.int64), one, noise, one.scm.solve(noise))


def told(findings: list[Finding]) -> list[tuple[str, str, float]]:
    return [(finding.check, finding.subject, round(finding.figure, 3)) for finding in findings]


def test_what_only_motion_shows_is_readable_and_told() -> None:
    """`pull` is drawn nowhere but in how x moves; in frame 0 it moves nothing. `lost` is seen nowhere."""
    seen = visibility([population()], FRAME, 6)
    assert told(list(unreadable(seen))) == [("unreadable", "lost", 1.0)]
    assert seen["x"].far == seen["pull"].far == 0.0 and seen["x"].pixels > seen["pull"].pixels > 0
    assert told(list(in_motion(population(), FRAME, 6))) == [("in-motion", "pull", 1.0), ("in-motion", "lost", 1.0)]


def test_a_circle_that_is_drawn_as_a_line_is_open() -> None:
    one = MOVING.replace("x: {range: [0, 1]}}", "x: {range: [0, 1], circular: true}}").replace("LIGHT", "0.1 * light")
    scene = read_scene(parse(one, "t.yaml"))
    noise = scene.noise(6)
    clips = Population(("train",), np.zeros(6, np.int64), scene, noise, scene.scm.solve(noise))
    assert told(list(open_circles(clips, FRAME, 3))) == [("circle", "x", 1.0)]
    assert list(open_circles(population(), FRAME, 3)) == []


def test_a_clip_that_its_factors_fix_has_no_nuisance() -> None:
    assert told(list(without_nuisance([population("0.1")], FRAME, 4, 0))) == [("nuisance", "clip", 0.0)]
    assert list(without_nuisance([population()], FRAME, 4, 0)) == []
