"""Labels: one schema a data set, floats that are floats, and what was done told in one story."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from shapes import shapes
from stored import dataset_of, stored_labels

from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.labels import key, labels, lines, truth, withheld
from scmgen.dataset.sampling import compile_spec


def schema(value: Any) -> Any:
    """Give keys, lengths and types, without values."""
    if isinstance(value, dict):
        return {name: schema(part) for name, part in value.items()}
    return [schema(part) for part in value] if isinstance(value, list) else type(value).__name__


def leaves(value: Any) -> list[Any]:
    """Every value that stands in a label, empty lists and dicts included."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return [leaf for part in parts for leaf in leaves(part)] if parts else [value]


def test_every_label_of_a_data_set_has_one_schema(small: Path) -> None:
    found = list(stored_labels(small).values())
    factors = dict.fromkeys(["pendulum_angle", "light_angle", "shadow_length", "shadow_position"], "float")
    hidden = dict.fromkeys(["warmth", "haze", "cot", "cast"], "float")
    noise = dict.fromkeys(
        ["pendulum_angle", "light_angle", "warmth", "haze", "shadow_length", "shadow_position"], "float"
    )
    assert schema(found[0]) == {
        "index": "int",
        "split": "str",
        "factors": factors,
        "factors_cf": factors,
        "hidden": hidden,
        "hidden_cf": hidden,
        "noise": noise,
        "do_kind": "str",
        "do_mask": ["int"] * 4,
        "do_value": ["float"] * 4,
        "do_scale": ["float"] * 4,
        "do_shift": ["float"] * 4,
    }
    assert all(schema(label) == schema(found[0]) for label in found)
    assert [list(label) for label in found] == [list(found[0])] * len(found)  # in one order, too


@pytest.mark.parametrize("steps", [(), (Hard(),)], ids=["images", "pairs"])
def test_whole_numbers_are_floats_and_nothing_is_null_or_empty(steps: tuple[Hard, ...]) -> None:
    dataset = compile_spec(shapes(n=10, interventions=steps))
    found = [
        json.loads(orjson.dumps(label))
        for split in dataset.scenes
        for label in labels(dataset, dataset.evaluate(split, 0, 40))
    ]
    assert all(schema(label) == schema(found[0]) for label in found)
    assert not [leaf for label in found for leaf in leaves(label) if leaf is None or leaf in ([], {}, "")]
    assert {type(label["factors"]["shape"]) for label in found} == {float}
    assert {label["factors"]["shape"] for label in found} == {0.0, 1.0, 2.0}
    assert ("factors_cf" in found[0]) == ("do_kind" in found[0]) == bool(steps)
    assert "hidden" not in found[0]


@pytest.mark.parametrize("told", ["whole", "targets", "hidden"])
def test_columns_are_written_as_labels_are(told: str) -> None:
    dataset = compile_spec(shapes(n=10, interventions=(Hard(),), labels=told))
    split = next(split for split, size in dataset.spec.sizes().items() if size >= 2)
    batch = dataset.evaluate(split, 0, 2)
    known = [orjson.dumps(label) for label in labels(dataset, batch)]
    assert lines(dataset, batch) == known
    apart = [orjson.loads(line) for line in (truth(dataset, batch) or b"").splitlines()]
    for number, line in enumerate(lines(dataset, batch, withheld(dataset.spec))):
        rest = dict(apart[number]) if apart else {}
        assert rest.pop("key", key(split, number)) == key(split, number)
        assert {**orjson.loads(line), **rest} == orjson.loads(known[number])


def test_doubles_round_trip_bit_for_bit(small: Path) -> None:
    dataset, found = dataset_of(small), stored_labels(small)
    for split, size in dataset.spec.sizes().items():
        batch = dataset.evaluate(split, 0, size)
        twin = batch.twins[0]
        rows = [found[key(split, index)] for index in range(size)]
        for worlds, suffix in ((batch.values, ""), (twin.values, "_cf")):
            for name, values in worlds.items():
                part = ("factors" if name in dataset.scene.factors else "hidden") + suffix
                assert [row[part][name] for row in rows] == values.tolist()
        for name, values in batch.noise.items():
            assert [row["noise"][name] for row in rows] == values.tolist()
        assert [row["do_shift"] for row in rows] == twin.table.shift.tolist()
        assert [row["do_scale"] for row in rows] == twin.table.scale.tolist()


def test_do_mask_value_and_kind_tell_one_story(small: Path) -> None:
    for label in stored_labels(small).values():
        for k, name in enumerate(label["factors"]):
            targeted = label["do_mask"][k] == 1
            assert label["do_value"][k] == (label["factors_cf"] if targeted else label["factors"])[name]
            assert (label["do_scale"][k], label["do_shift"][k]) == (
                (0.0, label["do_value"][k]) if targeted else (1.0, 0.0)
            )
        assert label["do_kind"] == ("hard" if any(label["do_mask"]) else "none")
