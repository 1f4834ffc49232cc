"""One environment of one split: its equations, and what its predicates and steps hold out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from regimes import ALARM, ENVIRONMENTS, dataset
from scipy import stats

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.spec import Split
from scmgen.errors import ScmgenError


def test_a_sample_follows_the_equations_of_its_environment() -> None:
    batch = dataset(environments=ENVIRONMENTS).evaluate("train", 0, 12_000)
    size, wind = batch.values["size"], batch.values["wind"]
    cut = batch.domain == 2
    assert stats.kstest(size[cut], "uniform", (0.1, 0.6)).pvalue > ALARM
    assert abs(stats.spearmanr(size[cut], wind[cut]).statistic) < 0.08
    assert np.allclose(size[~cut], 0.2 + 0.3 * wind[~cut] + 0.1 * batch.noise["size"][~cut])


def test_a_held_out_combination_is_seen_in_no_world_of_its_split() -> None:
    out = "(side == right) * (hue == red)"
    splits = (Split(name="train", share=1.0, hold_out=out), Split(name="test", share=1.0, where=out))
    whole = dataset(splits=splits, interventions=parse("hard; hard"))
    train, test = whole.evaluate("train", 0, 3_000), whole.evaluate("test", 0, 300)
    for world in train.worlds():
        assert not (world["side"] * world["hue"]).any()
    assert (test.values["side"] * test.values["hue"]).all()
    assert train.twins[0].table.mask.sum(axis=0).tolist() == [600] * 4  # targets stay balanced


def test_a_leak_of_a_held_out_combination_is_found(tmp_path: Path) -> None:
    out = "(side == right) * (hue == red)"
    whole = dataset(splits=(Split(name="train", share=1.0, hold_out=out),), interventions=parse("hard"))
    build(whole.spec, tmp_path / "d")
    assert verify(tmp_path / "d").counts["held-out"] == 60
    from scmgen.checks.verify.findings import Verification
    from scmgen.checks.verify.labels import _check_held_out
    from scmgen.storage.shards import plan

    batch, report = whole.evaluate("train", 0, 60), Verification()
    batch.twins[0].values["side"][7] = batch.twins[0].values["hue"][7] = 1.0
    _check_held_out(whole, plan(whole.spec)[0], batch, report)
    assert report.faults == [
        (
            "held-out",
            f"t-train-000000.tar: sample 7 (factors_cf) shows {out!r}, which split train holds out",
        )
    ]


def test_held_out_sets_that_leave_no_data_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    spec = dataset(splits=(Split(name="train", share=1.0, hold_out="size > 0"),)).spec
    with pytest.raises(ScmgenError) as caught:
        build(spec, tmp_path / "d")
    assert str(caught.value) == (
        "t: split train: hold_out: 'size > 0' leaves next to no data: sample 0 failed 1000 times"
    )
    assert not (tmp_path / "d").exists()


def test_a_split_holds_out_targets_and_values_by_steps_of_its_own() -> None:
    splits = (
        Split(name="train", share=1.0, interventions=parse("hard:value=uniform(0.1, 0.4),among=size")),
        Split(name="test", share=1.0, interventions=parse("hard:value=uniform(0.4, 0.7),among=[size,x]")),
    )
    whole = dataset(splits=splits, interventions=parse("hard"))
    train, test = (whole.evaluate(name, 0, 900).twins[0] for name in ("train", "test"))
    assert train.table.mask.sum(axis=0).tolist() == [0, 0, 450, 0]
    assert test.table.mask.sum(axis=0).tolist() == [0, 0, 300, 300]
    assert train.values["size"][train.table.mask[:, 2] == 1].max() < 0.4
    assert test.values["size"][test.table.mask[:, 2] == 1].min() > 0.4
