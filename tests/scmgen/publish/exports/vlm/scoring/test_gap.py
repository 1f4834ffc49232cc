"""The common-sense gap: the same questions by other names, compared one by one."""

from __future__ import annotations

import dataclasses

import pytest
from questions import Asked

from scmgen import ScmgenError
from scmgen.publish.exports.vlm.scoring import key as keys
from scmgen.publish.exports.vlm.scoring.gap import gaps


def test_only_questions_that_one_answered_count(described: Asked, neutral: Asked) -> None:
    one, other = keys.read(described.place), keys.read(neutral.place)
    first: dict[str, str | None] = {name: row.answer for name, row in one.rows.items()}
    second = {name: None if row.kind == "target" and row.shots == 0 else row.answer for name, row in other.rows.items()}
    found = {(gap.kind, gap.shots): gap for gap in gaps((one, first), (other, second))}
    told = found["target", 0]
    assert (told.first, told.second, told.questions, told.gap, told.p) == (8, 0, 8, 1.0, 2 / 2**8)
    assert 0 < told.low < told.high <= 1
    assert (found["edge", 0].gap, found["edge", 0].p) == (0.0, 1.0)
    (whole,) = [
        gap for gap in gaps((one, first), (other, second)) if gap.family == "intervention" and gap.kind == "all"
    ]
    assert whole.gap == 0.5


def test_other_questions_or_the_same_names_have_no_gap(described: Asked, neutral: Asked) -> None:
    key, other = keys.read(described.place), keys.read(neutral.place)
    silent: dict[str, str | None] = dict.fromkeys(key.rows)
    seeded = dataclasses.replace(other, summary=dataclasses.replace(other.summary, seed=3))
    for second, message in (
        (seeded, f"{other.where}: seed: not as in {key.where}; a gap needs the same questions by other names"),
        (key, f"{key.where}: names are described in both; a gap needs the same by other names"),
    ):
        with pytest.raises(ScmgenError) as caught:
            gaps((key, silent), (second, silent))
        assert str(caught.value) == message
