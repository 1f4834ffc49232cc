"""Checks that draw: whether factors can be seen and objects are whole, in the pixels."""

from __future__ import annotations

import costly
import pytest
import yaml
from sound_scene import Change, N, channel, dataset, equation, factor, over, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.pixels import affordable
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec
from scmgen.render.frame import framed
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
        ("circle", "tilt", [channel("hand", x2="0.4 + 0.2 * tilt")], (1, 1), "its two ends are one value and two"),
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
        (
            "out-of-frame",
            "draw.6 disc",
            [over(mark="disc", x="place + 0.2", y=0.65, radius=0.06, rgb=[1, 0, 0])],
            (0.01, 0.6),
            "cut by the frame in ",
        ),
        (
            "out-of-frame",
            "draw.6 disc",
            [over(mark="disc", x="4 * place - 0.9", y=0.65, radius=0.02, rgb=[1, 0, 0])],
            (0.01, 0.6),
            "%",
        ),
        (
            "occluded",
            "draw.6 disc",
            [
                over(mark="disc", x="place", y=0.65, radius=0.03, rgb=[1, 0, 0]),
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


def test_a_mark_without_a_group_may_grow_from_an_edge_to_nothing_and_touch_it() -> None:
    bar = over(mark="rect", x=0.95, y="0.4 * place - 0.1", width=0.1, height="0.8 * place - 0.2", rgb=[0, 0, 1])
    assert subjects(audit(dataset(bar), N)) == []


def test_a_mark_that_hangs_in_from_outside_whatever_the_values_is_a_note() -> None:
    done = audit(dataset(over(mark="line", x1="place", y1=1.1, x2="place", y2=0.95, width=0.02, rgb=[0, 0, 0])), N)
    assert subjects(done) == []
    found = the(done, "out-of-frame", "note")
    assert str(found) == "draw.6 line: cut by the frame in every sample: it reaches in from outside"


def test_the_checks_count_what_they_looked_at() -> None:
    marks = [over(mark="rect", x=0.9, y=0.1, width=0.1, height=0.1, rgb=[tone, 0, 0]) for tone in ("place", "tint")]
    done = audit(dataset(*marks), N)
    assert done.counts["out-of-frame"] == done.counts["occluded"] == len(["thing", "bar", "gauge", "hand", "draw.6"])
    assert audit(dataset(*marks), N, drawing=False).counts["out-of-frame"] == 0


def test_of_very_many_marks_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scmgen.checks.audit.pixels._MARKS", 3)
    marks = [over(mark="disc", x=f"{k} + place", y=0.65, radius=0.02, rgb=[0, 0, 0]) for k in range(9)]
    done = audit(dataset(*marks), N)
    assert done.counts["out-of-frame"] == 4 + 3
    assert [subject for _, subject in subjects(done)] == ["draw.9 disc", "draw.12 disc"]


def test_of_many_marks_with_one_fault_some_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scmgen.checks.audit.pixels._NAMED", 2)
    marks = [over(mark="disc", x=f"3 + {k} + place", y=0.65, radius=0.02, rgb=[0, 0, 0]) for k in range(5)]
    done = audit(dataset(*marks), N)
    assert [str(found) for found in done.findings if found.check == "out-of-frame"] == [
        "draw.6 disc: outside the frame, or too small to see, in 100.0% of samples",
        "draw.7 disc: outside the frame, or too small to see, in 100.0% of samples",
        "3 more marks: the same, each in up to 100.0% of samples",
    ]


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


def test_where_images_take_long_a_check_draws_as_many_as_seconds_allow() -> None:
    flat, deep = catalogue.load_scene("pendulum"), costly.rough(catalogue.load_scene("ident3d"))
    assert affordable(flat, framed(64), 9, 2, 10_000) == 64_000_000 // (64 * 64 * 9)
    assert affordable(deep, framed(64), 23, 2, 10_000) < 40 and affordable(deep, framed(512), 23, 2, 10_000) == 2
