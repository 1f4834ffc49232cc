"""Whether a data set is the one that the catalogue pins: one line says so, or what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scmgen.checks import pins
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.storage import manifest
from scmgen.storage.manifest import Manifest


def test_each_override_is_named_with_both_values(small: Path) -> None:
    line = pins.compare("pendulum", manifest.read(small))
    assert line == "not the catalogue's pendulum, version 1: shard_size is 100, not 1000; masks is true, not false"


def test_what_nothing_pins_is_passed_over_in_silence(small: Path) -> None:
    assert pins.compare("shadow", manifest.read(small)) == ""


def test_a_name_of_nothing_is_told(small: Path) -> None:
    with pytest.raises(ScmgenError, match="no scene or data set 'pendulem'; did you mean 'pendulum'"):
        pins.compare("pendulem", manifest.read(small))


def test_what_labels_and_pixels_depend_on_is_known_by_version() -> None:
    assert list(pins.software()) == list(pins.SOFTWARE)
    assert all(pins.software().values())


def pinned(small: Path, software: dict[str, str], **changes: str) -> Manifest:
    """The manifest of another data set, with the sums of the pinned pendulum."""
    known, entry = manifest.read(small), catalogue.entries()["pendulum"].pins
    assert entry is not None and known.fingerprint is not None
    sums = replace(known.fingerprint, labels=entry.labels, pixels=entry.pixels)
    return replace(known, spec_hash=entry.spec_hash, fingerprint=replace(sums, **changes), software=software)


def test_the_sums_decide_whether_it_is_as_pinned(small: Path) -> None:
    assert pins.compare("pendulum", pinned(small, {})) == "pendulum, version 1: as pinned in the catalogue"


@pytest.mark.parametrize(
    ("software", "reason"),
    [
        ({"numpy": "0.1"}, "numpy 0.1 here, {numpy} when it was pinned"),
        ({}, "the same versions pinned it, so this machine computes otherwise (docs/data-sets/catalogue.md)"),
    ],
)
def test_other_sums_of_the_same_spec_are_put_down_to_versions_or_the_machine(
    small: Path, software: dict[str, Any], reason: str
) -> None:
    entry = catalogue.entries()["pendulum"].pins
    assert entry is not None
    known = pinned(small, {**entry.software, **software}, labels="0" * 64)
    line = "pendulum, version 1: of the spec that the catalogue pins, but its labels differ: "
    assert pins.compare("pendulum", known) == line + reason.format(**entry.software)
