"""Checks that draw: whether factors can be seen and objects are whole, in the pixels."""

from __future__ import annotations

import pytest
import yaml
from sound_scene import Change, N, channel, dataset, equation, factor, over, subjects, the

from scmgen.checks.audit import audit
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec
from scmgen.scene.scene import SceneDocument

COARSE = "0.1 * floor(10 * length)"


@pytest.mark.parametrize(
    ("check", "subject", "changes", "figure", "words"),
    [
        ("unreadable", "length", [channel("bar", width=0.3)], (1, 1), "a far move changes no pixel, in 100.0%"),
        ("unreadable", "length", [channel("bar", width=COARSE)], (0.2, 0.8), "a move by a twentieth of its range"),
        (
            "unreadable",
            "length",
            [channel("bar", when="shape == ball")],
            (0.4, 0.6),
            "a far move changes no pixel, in ",
        ),
        ("unreadable", "tilt", [channel("hand", x2=0.5, y2=0.35)], (1, 1), "a far move"),
        ("out-of-frame", "gauge", [channel("gauge", y="place - 0.35")], (0.01, 0.9), "cut by the frame in "),
        (
            "out-of-frame",
            "bar",
            [factor("length", range=[0.1, 0.6]), channel("bar", x="1.6 * length")],
            (0.01, 0.9),
            "%",
        ),
        (
            "occluded",
            "dot",
            [
                over(mark="disc", x="place", y=0.65, radius=0.03, rgb=[1, 0, 0], group="dot"),
                over(mark="rect", x=0.5, y=0.65, width=0.3, height=0.1, rgb=[0, 0, 0]),
            ],
            (0.1, 0.6),
            "wholly hidden by other marks in ",
        ),
        ("nuisance", "image", [equation("tint", "0.1")], (0, 0), "nothing that is drawn varies but the factors"),
    ],
)
def test_each_fault_is_found_and_it_alone(
    check: str, subject: str, changes: list[Change], figure: tuple[float, float], words: str
) -> None:
    done = audit(dataset(*changes), N)
    assert dict.fromkeys(subjects(done)) == {(check, subject): None}
    first = next(found for found in done.findings if found.check == check and found.severity == "fault")
    assert figure[0] <= first.figure <= figure[1]
    assert words in first.sentence
    assert not done.ok


def test_what_a_do_alone_draws_outside_the_frame_breaks_another_condition() -> None:
    done = audit(dataset(factor("length", range=[0.1, 2.5]), channel("bar", x="0.2 + length / 2")), N)
    found = the(done, "out-of-frame")
    assert (found.subject, found.condition) == ("bar", "all-interventions")
    assert "under do(length)" in found.sentence and "do(place)" not in found.sentence


def test_scenery_that_spans_the_frame_and_what_no_factor_moves_is_not_cut() -> None:
    sea = over(mark="rect", x=0.5, y="0.05 * place", width=1.2, height=0.1, rgb=[0, 0, 1], group="sea")
    rock = over(mark="disc", x=0, y="0.5 + tint", radius=0.1, rgb=[0, 0, 0], group="rock")
    assert subjects(audit(dataset(sea, rock), N)) == []


def test_an_object_that_is_wholly_outside_is_told_from_one_that_is_not_drawn() -> None:
    done = audit(dataset(channel("hand", x1=3, x2="3 + tilt")), N)
    outside = [found for found in done.findings if found.check == "out-of-frame"]
    assert [(found.subject, found.figure) for found in outside] == [("hand", 1.0)]
    assert "outside the frame, or too small to see" in outside[0].sentence


FEW = """
name: few
equations: {shape: "category(1, 1)", colour: "category(1, 1)", lit: bernoulli(0.5)}
factors: {shape: {levels: [ball, box]}, colour: {levels: [red, blue]}}
draw:
  - {mark: fill, rgb: [1, 1, 1 - lit]}
  - {mark: disc, x: 0.5, y: 0.5, radius: 0.3, rgb: [1 - colour, 0, colour], when: shape == ball}
  - {mark: rect, x: 0.5, y: 0.5, width: 0.5, height: 0.5, rgb: [1 - colour, 0, colour], when: shape == box}
"""


def test_equal_images_are_a_fault_between_splits_only() -> None:
    scene = SceneDocument.model_validate(yaml.safe_load(FEW))
    given = {"name": "few", "scene": scene, "n": 100, "size": 32, "interventions": "hard"}
    assert subjects(audit(compile_spec(Spec(**given)), 400)) == [("duplicates", "images")]
    done = audit(compile_spec(Spec(**given, splits=[{"name": "train", "share": 1}])), 400)
    assert (
        subjects(done) == []
        and the(done, "duplicates", "note").sentence == "400 of 400 equal another one of their split"
    )
