"""Tables of the report: facts, splits, effects and interventions are those of the labels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from reported import Reader, pair

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.publish import report


def test_the_head_says_what_the_data_set_is(small: Path, written: str) -> None:
    manifest = scmgen.load(small).manifest
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", written))
    assert facts["samples"] == "300"
    assert facts["pixels"] == "64 × 64"  # noqa: RUF001
    assert facts["licence"] == "CC0-1.0"
    assert facts["spec"] == manifest["spec_hash"][:12]
    assert facts["origin"] == "generated"
    assert Reader(written).tables["splits"] == [
        ["split", "samples"],
        ["train", "240"],
        ["validation", "30"],
        ["test", "30"],
    ]
    assert manifest["citation"] in written


def test_splits_that_differ_say_how(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("spurious-pairs-95"), n=60, size=16), tmp_path / "d")
    rows = Reader(report.compose(scmgen.load(tmp_path / "d"))).tables["splits"]
    assert rows[0] == ["split", "samples", "what is different"]
    assert ["test_flipped", "6", "agreement = 0.05"] in rows


def test_the_effects_are_those_of_the_labels(small: Path, written: str) -> None:
    data = scmgen.load(small)
    before, after, mask = pair(data)
    deviations = np.array([told["std"] for told in data.factors.values()])
    rows = Reader(written).tables["effects of counterfactual"]
    assert rows[0] == ["", *data.factors]
    for k, name in enumerate(data.factors):
        far = np.abs(after - before)[mask[:, k] == 1].mean(axis=0) / deviations
        assert rows[k + 1][0] == f"do({name})"
        assert rows[k + 1][1:] == [f"{value:.2f}" if value else "0" for value in far]
    assert rows[3][1:] == ["0", "0", rows[3][3], "0"]  # nothing follows from the shadow's length


def test_the_intervention_table_counts_and_gives_the_reach(small: Path, written: str) -> None:
    told = Reader(written).tables["interventions"]
    assert told[0] == ["intervention", "samples", "sets"]
    assert [row[:2] for row in told[1:]] == [
        ["do(pendulum_angle)", "60"],
        ["do(light_angle)", "60"],
        ["do(shadow_length)", "60"],
        ["do(shadow_position)", "60"],
        ["none", "60"],
    ]
    data = scmgen.load(small)
    rows = [row for split in data.splits for row in data.rows(split)]
    values = [row["do_value"][1] for row in rows if row["do_mask"][1]]
    assert told[2][2] == f"light_angle: {min(values):.3f} to {max(values):.3f} rad"
