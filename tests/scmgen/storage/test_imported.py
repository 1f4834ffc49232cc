"""The source of an imported data set: what its bytes depend on, and what is only said of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tiles import tiles

from scmgen.scene.domain import Categorical, Circular, Continuous
from scmgen.storage.imported import Attribute, ImportedSpec


def test_a_column_has_the_domain_that_its_range_and_levels_say() -> None:
    assert Attribute(range=(0, 2)).domain == Continuous(0, 2)
    assert Attribute(range=(0, 360), circular=True).domain == Circular(0, 360)
    assert Attribute(range=(0, 1), levels=("a", "b")).domain == Categorical(("a", "b"))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"license": "MIT"},
        {"description": "tiles"},
        {"citation": "us"},
        {"tables": {"labels.csv": "1" * 64}},
    ],
)
def test_what_is_only_said_does_not_change_the_hash(change: dict[str, Any]) -> None:
    assert tiles().hash == tiles(**change).hash


@pytest.mark.parametrize(
    "change",
    [
        {"size": 32},
        {"seed": 1},
        {"white": 1023},
        {"splits": {"train": 10, "test": 20}},
        {"samples": "1" * 64},
        {"graph": {"nodes": [], "edges": []}},
    ],
)
def test_what_bytes_depend_on_changes_the_hash(change: dict[str, Any]) -> None:
    assert tiles().hash != tiles(**change).hash


def test_a_source_is_read_back_from_its_json() -> None:
    source = tiles(white=4095)
    assert ImportedSpec.model_validate(source.data()) == source
    assert (source.n, source.sizes()) == (30, {"train": 20, "test": 10})


@pytest.mark.parametrize(
    "change", [{"size": 0}, {"size": 4097}, {"splits": {}}, {"factors": {}}, {"name": "../x"}, {"colour": "blue"}]
)
def test_what_no_data_set_can_have_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tiles(**change)


def test_how_images_fit_stands_in_the_data_only_where_it_is_not_the_crop_of_old() -> None:
    assert "fit" not in tiles().data() and tiles(fit="crop").hash == tiles().hash
    padded = tiles(fit="pad")
    assert padded.data()["fit"] == "pad" and padded.hash != tiles().hash
    assert ImportedSpec.model_validate(padded.data()) == padded
    with pytest.raises(ValidationError):
        tiles(fit="squash")
