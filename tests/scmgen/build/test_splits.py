"""Splits of a build: how large each is, what its line makes of it, and what is said of one that does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from building import built, swing
from hypothesis import given
from hypothesis import strategies as st

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.labels import labels
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import DEFAULT_SPLITS, Spec, Split
from scmgen.errors import ScmgenError

BASE = swing()


@pytest.mark.parametrize(
    ("n", "splits", "expected"),
    [
        (1_000, DEFAULT_SPLITS, [800, 100, 100]),
        (100_000, DEFAULT_SPLITS, [80_000, 10_000, 10_000]),
        (10, DEFAULT_SPLITS, [8, 1, 1]),
        (1, DEFAULT_SPLITS, [1, 0, 0]),
        (7_308, (Split(name="train", share=5_482), Split(name="test", share=1_826)), [5_482, 1_826]),
        (14_616, (Split(name="train", share=5_482), Split(name="test", share=1_826)), [10_964, 3_652]),
        (10_000, (Split(name="train", share=7_500), Split(name="test", share=2_500)), [7_500, 2_500]),
    ],
)
def test_sizes_of_splits(n: int, splits: tuple[Split, ...], expected: list[int]) -> None:
    assert list(swing(n=n, splits=splits).sizes().values()) == expected


@given(
    shares=st.lists(
        st.one_of(st.integers(1, 9_999), st.floats(0.01, 10).map(lambda x: round(x, 3))), min_size=1, max_size=6
    ),
    n=st.integers(1, 100_000),
)
def test_no_split_shrinks_when_n_grows(shares: list[float], n: int) -> None:
    splits = tuple(Split(name=f"s{i}", share=share) for i, share in enumerate(shares))
    spec = BASE.model_copy(update={"splits": splits, "n": n})
    sizes, more = list(spec.sizes().values()), list(spec.model_copy(update={"n": n + 1}).sizes().values())
    assert (sum(sizes), sum(more)) == (n, n + 1)
    assert sorted(after - before for before, after in zip(sizes, more, strict=True)) == [0] * (len(sizes) - 1) + [1]
    whole = sum(shares)
    for size, share in zip(sizes, shares, strict=True):
        assert abs(size - n * share / whole) < len(shares)


def columns(dataset: Dataset, split: str, n: int = 500) -> dict[str, np.ndarray]:
    found = labels(dataset, dataset.evaluate(split, 0, n))
    parts = [{**label["factors"], **{f"u_{name}": u for name, u in label["noise"].items()}} for label in found]
    return {name: np.array([part[name] for part in parts]) for name in parts[0]}


VARIED = (
    Split(name="train", share=2),
    Split(name="right", share=1, where="angle > 0.3"),
    Split(name="stiff", share=1, replace={"length": "0.5 - 0.3 * abs(angle) + uniform(-wobble, wobble)"}),
    Split(name="loose", share=1, parameters={"wobble": 0.05}),
    Split(
        name="odd",
        share=1,
        parameters={"wobble": 0.02},
        replace={"angle": "uniform(0, 0.5)"},
        where="(length > 0.35) * (angle < 0.4)",
    ),
)


def test_a_split_is_what_its_line_says() -> None:
    dataset = compile_spec(swing(splits=VARIED))
    of = {split: columns(dataset, split) for split in dataset.scenes}
    for split, wobble in (("train", 0.01), ("right", 0.01), ("loose", 0.05)):
        noise = -wobble + (wobble - -wobble) * of[split]["u_length"]
        assert np.array_equal(of[split]["length"], 0.3 + 0.2 * np.abs(of[split]["angle"]) + noise)
    stiff = of["stiff"]
    assert np.array_equal(
        stiff["length"], 0.5 - 0.3 * np.abs(stiff["angle"]) + (-0.01 + (0.01 - -0.01) * stiff["u_length"])
    )
    assert (of["right"]["angle"] > 0.3).all() and not (of["train"]["angle"] > 0.3).all()
    odd = of["odd"]
    assert ((odd["length"] > 0.35) & (odd["angle"] < 0.4) & (odd["angle"] > 0)).all()
    assert np.array_equal(odd["angle"], 0.0 + (0.5 - 0.0) * odd["u_angle"])


def test_a_predicate_keeps_the_samples_that_it_accepts() -> None:
    """Accepted rows are those of the split without the predicate; only rejected ones are drawn again."""
    free = columns(compile_spec(swing(splits=(Split(name="right", share=1),))), "right")
    kept = columns(compile_spec(swing(splits=(Split(name="right", share=1, where="angle > 0.3"),))), "right")
    accepted = free["angle"] > 0.3
    assert 0 < accepted.sum() < 500
    assert np.array_equal(kept["angle"][accepted], free["angle"][accepted])
    assert len(set(kept["angle"].tolist())) == 500


def test_varied_splits_build_extend_and_verify(tmp_path: Path) -> None:
    specs = [swing(n=n, splits=VARIED, interventions=(Hard(),), shard_size=9) for n in (50, 120)]
    built(specs[0], tmp_path / "grown")
    assert built(specs[1], tmp_path / "grown") == built(specs[1], tmp_path / "once", workers=2)
    assert verify(tmp_path / "grown", samples=None).faults == []


def test_an_impossible_predicate_is_told_before_anything_is_written(tmp_path: Path) -> None:
    spec = swing(splits=(Split(name="train", share=1), Split(name="steep", share=1, where="angle > 2")))
    with pytest.raises(ScmgenError) as caught:
        build(spec, tmp_path / "data")
    assert (
        str(caught.value)
        == "swing: split steep: where: 'angle > 2' accepts next to nothing: sample 0 failed 1000 times"
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"where": "angel > 0"}, "split odd: where: unknown name 'angel'\n  angel > 0\n  ^^^^^\ndid you mean 'angle'?"),
        ({"where": "uniform(0, 1) > 0.5"}, "split odd: where: a predicate has no noise"),
        ({"replace": {"lenght": "1"}}, "split odd: no equation 'lenght'; did you mean 'length'?"),
        ({"parameters": {"wobbel": 1}}, "split odd: no parameter 'wobbel'; did you mean 'wobble'?"),
        ({"replace": {"angle": "length + uniform(0, 1)"}}, "the equations form a cycle: "),
    ],
)
def test_a_split_that_does_not_fit_is_told(split: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        compile_spec(swing(splits=(Split(name="odd", share=1, **split),)))
    assert message in str(caught.value)


def test_two_splits_of_one_name_are_told() -> None:
    with pytest.raises(ScmgenError, match="swing: two splits have one name: odd, odd"):
        compile_spec(swing(splits=(Split(name="odd", share=1), Split(name="odd", share=2))))


def test_the_spec_travels_through_json() -> None:
    spec = swing(splits=VARIED, interventions=(Hard(),), parameters={"wobble": 0.1 + 0.2})
    again = Spec.model_validate_json(json.dumps(spec.data()))
    assert (again, again.hash) == (spec, spec.hash)
