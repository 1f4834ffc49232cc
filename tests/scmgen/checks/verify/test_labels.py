"""Labels that were forged, sums and all: each number is recomputed, and what differs is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import damaged
import pytest
from damaged import TRAIN, faults, forge, relabel, targeted

data = damaged.data


@pytest.mark.parametrize(("part", "suffix"), [("factors", ""), ("factors_cf", "_cf")])
def test_a_changed_factor_is_found(data: Path, part: str, suffix: str) -> None:
    name = targeted(data, 0)  # the shadow's length is then not set by hand
    before = relabel(
        data, TRAIN, name, lambda label: label[part].update(shadow_length=label[part]["shadow_length"] + 1e-6)
    )
    gap = 1e-6 / before[part]["shadow_length"]
    assert faults(data, 0) == [
        ("equations", f"{TRAIN}: shadow_length{suffix} of sample {before['index']} is off by {gap:.3g}")
    ]


def test_a_changed_hidden_variable_is_found(data: Path) -> None:
    relabel(data, TRAIN, "train-000000005", lambda label: label["hidden"].update(warmth=label["hidden"]["warmth"] / 2))
    assert [check for check, _ in faults(data, 0)] == ["equations", "untouched"]


def test_a_changed_noise_is_found(data: Path) -> None:
    def change(label: dict[str, Any]) -> None:
        """Tell another story that is consistent in itself."""
        label["noise"]["warmth"] = label["hidden"]["warmth"] = label["hidden_cf"]["warmth"] = 0.5

    relabel(data, TRAIN, "train-000000005", change)
    assert faults(data, 0) == [("noise", f"{TRAIN}: sample 5 is not the one of this seed and position")]


def test_a_changed_intervention_is_found(data: Path) -> None:
    def change(label: dict[str, Any]) -> None:
        """Claim another do on a leaf: every equation holds."""
        label["do_shift"][2] = label["do_value"][2] = label["factors_cf"]["shadow_length"] = 5.0

    name = targeted(data, 2)
    before = relabel(data, TRAIN, name, change)
    value = before["do_value"][2]
    gap = abs(5 - value) / value
    assert faults(data, 0) == [
        ("noise", f"{TRAIN}: {part} of sample {before['index']} is off by {gap:.3g}")
        for part in ("do_shift", "do_value")
    ]


def test_a_do_value_that_tells_another_story_is_found(data: Path) -> None:
    before = relabel(
        data, TRAIN, "train-000000005", lambda label: label["do_value"].__setitem__(0, label["do_value"][0] + 0.5)
    )
    assert abs(before["do_value"][0]) <= 0.5
    assert faults(data, 0) == [("noise", f"{TRAIN}: do_value of sample 5 is off by 0.5")]


def test_a_changed_target_is_found(data: Path) -> None:
    relabel(data, TRAIN, targeted(data, 0), lambda label: label["do_mask"].reverse())
    assert faults(data, 0)[0][0] == "noise"


@pytest.mark.parametrize("name", ["pendulum_angle", "light_angle", "shadow_position"])
def test_a_non_descendant_that_differs_in_its_last_bit_is_found(data: Path, name: str) -> None:
    sample = targeted(data, 2)  # the shadow's length causes nothing
    before = relabel(
        data,
        TRAIN,
        sample,
        lambda label: label["factors_cf"].update({name: math.nextafter(label["factors_cf"][name], 99)}),
    )
    assert faults(data, 0) == [("untouched", f"{TRAIN}: {name} of sample {before['index']} changed without a cause")]


@pytest.mark.parametrize(
    "change",
    [
        lambda label: label.pop("noise"),
        lambda label: label.pop("do_mask"),
        lambda label: label["factors"].pop("light_angle"),
        lambda label: label["factors"].update(light_angle=None),
        lambda label: label["factors"].update(light_angle="1"),
        lambda label: label["do_shift"].pop(),
        lambda label: label["do_mask"].__setitem__(0, float(label["do_mask"][0])),
        lambda label: label.update(do_kind=None),
        lambda label: label.update(more=1),
    ],
)
def test_a_label_of_another_schema_is_found(data: Path, change: Callable[[dict[str, Any]], None]) -> None:
    relabel(data, TRAIN, "train-000000005", change)
    told = f"{TRAIN}: the label of sample 5 has another schema than docs/reference/format.md"
    assert faults(data, 0) == [("samples", told)]


def test_a_label_that_is_no_mapping_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"label.json": b"[1, 2]"}))
    told = f"{TRAIN}: the label of sample 5 has another schema than docs/reference/format.md"
    assert faults(data, 0) == [("samples", told)]


def test_a_noise_outside_of_its_range_is_found(data: Path) -> None:
    relabel(data, TRAIN, "train-000000005", lambda label: label["noise"].update(warmth=2.0))
    assert faults(data, 0) == [
        ("noise", f"{TRAIN}: sample 5 is not the one of this seed and position"),
        ("equations", f"{TRAIN}: the labels do not fit the scene: the noise of warmth must lie inside (0, 1)"),
    ]
