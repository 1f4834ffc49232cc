"""The form of labels: whatever a stranger writes into one, every reader gives one clear error."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scmgen
from scmgen import ScmgenError
from scmgen.storage.loading import form

Label = dict[str, Any]
POINT = "a number with a point for each of pendulum_angle, light_angle, shadow_length, shadow_position, in this order"


@pytest.fixture
def labels(small: Path) -> list[Label]:
    """Give ten good labels, to be damaged."""
    return copy.deepcopy(list(scmgen.load(small).rows("test"))[:10])


def check(small: Path, labels: list[Label]) -> list[Label]:
    return form.of(scmgen.load(small).manifest).check(labels, [f"x.tar: test-{i:09d}" for i in range(len(labels))])


def test_good_labels_are_given_as_they_are(small: Path, labels: list[Label]) -> None:
    assert check(small, labels) is labels


def test_keys_that_format_1_does_not_know_are_left_out(small: Path, labels: list[Label]) -> None:
    before = copy.deepcopy(labels)
    labels[3]["../x"] = 1.0
    assert check(small, labels) == before


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda label: label.pop("index"), "'index' is missing"),
        (lambda label: label.update(index=1e30), "index: a whole number is needed, found 1e+30"),
        (lambda label: label.update(index="3"), "index: a whole number is needed, found '3'"),
        (lambda label: label.update(index=True), "index: a whole number is needed, found True"),
        (lambda label: label.update(index=4), "split and index say that it belongs to 'test-000000004'"),
        (lambda label: label.update(split="../x"), "split and index say that it belongs to '../x-000000003'"),
        (lambda label: label.update(factors=[1.0]), f"factors: {POINT} is needed, found [1.0]"),
        (lambda label: label["factors"].popitem(), f"factors: {POINT} is needed, found {{'pendulum_angle': "),
        (lambda label: label["factors"].update(light_angle="x"), f"factors: {POINT} is needed, found {{'pendulum_an"),
        (lambda label: label["factors"].update(light_angle=1), f"factors: {POINT} is needed, found {{'pendulum_an"),
        (lambda label: label["factors_cf"].update(light_angle=None), f"factors_cf: {POINT} is needed, found {{'pen"),
        (lambda label: label.update(factors=dict(reversed(label["factors"].items()))), f"factors: {POINT} is needed"),
        (lambda label: label["hidden"].update({"../x": 1.0}), "hidden: a number with a point for each of warmth, haz"),
        (lambda label: label["noise"].update(more=0.5), "noise: a number with a point for each of pendulum_angle, "),
        (lambda label: label.update(do_mask=[1]), "do_mask: a list of 4 zeros and ones is needed, found [1]"),
        (lambda label: label.update(do_mask=[0, 0, 0, 7]), "do_mask: a list of 4 zeros and ones is needed, found [0, "),
        (lambda label: label.update(do_value=["x"] * 4), "do_value: a list of 4 numbers with a point is needed, found"),
        (
            lambda label: label.update(do_kind=5),
            "do_kind: a kind that the manifest counts (hard, none) is needed, found 5",
        ),
        (lambda label: label.update(do_kind="odd"), "do_kind: a kind that the manifest counts (hard, none) is needed"),
    ],
)
def test_a_label_that_is_not_what_the_manifest_says(
    small: Path, labels: list[Label], damage: Callable[[Label], object], told: str
) -> None:
    damage(labels[3])
    with pytest.raises(ScmgenError) as caught:
        check(small, labels)
    assert str(caught.value).startswith(f"x.tar: test-000000003.label.json: {told}"), caught.value
    assert len(str(caught.value)) < 400


def test_a_level_that_is_none(many: Path) -> None:
    data = scmgen.load(many)
    labels = copy.deepcopy(list(data.rows("test")))
    name = next(name for name, factor in data.manifest.factors.items() if factor.levels)
    for wrong in (-1.0, 0.5, 99.0, 1e308):
        labels[0]["factors"][name] = wrong
        with pytest.raises(ScmgenError, match=r"factors: .* that of a level for a categorical one is needed"):
            data.form.check(labels, [f"test-{i:09d}" for i in range(len(labels))])


def test_names_of_noises_stand_in_no_manifest_and_must_be_names(small: Path, labels: list[Label]) -> None:
    for label in labels:
        label["noise"] = {"../x": 0.5}
    with pytest.raises(ScmgenError, match=r"noise: a number with a point for each of its variables"):
        check(small, labels)


def test_what_labels_withhold_has_a_form_too(weak: Path) -> None:
    data = scmgen.load(weak)
    truths = data.truths(data.shards("test")[0])
    assert set(truths[0]) == data.form.apart and "do_mask2" in truths[0]
    del truths[1]["do_mask2"]
    with pytest.raises(ScmgenError) as caught:
        data.form.check(truths, [f"x.truth.jsonl: line {i}" for i in range(1, len(truths) + 1)], truth=True)
    assert str(caught.value) == "x.truth.jsonl: line 2: 'do_mask2' is missing"
