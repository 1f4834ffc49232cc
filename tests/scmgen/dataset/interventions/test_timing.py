"""When a step acts on clips: from a frame on, for a while, in each frame anew; and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse, spell
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError

N = 120


def drawn(text: str, name: str = "fall", n: int = N) -> Batch:
    spec = catalogue.spec(catalogue.find(name), interventions=parse(text), allow_ood=True)
    return compile_spec(spec).evaluate("train", 0, n)


def spans(batch: Batch) -> list[list[int]]:
    """The frames in which each sample is acted on."""
    acted = batch.twins[0].table.mask.any(axis=2)
    return [np.flatnonzero(row).tolist() for row in acted]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hard:at=5,sizes=1", list(range(5, 16))),
        ("hard:at=5,lasts=1,sizes=1", [5]),
        ("hard:at=5,lasts=3,sizes=1", [5, 6, 7]),
        ("hard:at=14,lasts=9,sizes=1", [14, 15]),
        ("soft:scale=0.5,at=0,sizes=1", list(range(16))),
    ],
)
def test_a_step_acts_from_its_frame_on_for_as_long_as_it_lasts(text: str, expected: list[int]) -> None:
    assert spans(drawn(text, n=8)) == [expected] * 8


def test_where_nobody_says_a_do_begins_in_any_frame_but_the_first_and_lasts() -> None:
    batch = drawn("hard:sizes=1")
    begins = [span[0] for span in spans(batch)]
    assert set(begins) == set(range(1, 16)) and all(span[-1] == 15 for span in spans(batch))
    assert {span[0] for span in spans(drawn("hard:at=4-6,sizes=1"))} == {4, 5, 6}


def test_before_the_do_both_worlds_are_bit_equal_and_what_is_set_stays_one_value() -> None:
    batch = drawn("hard:sizes=1")
    table, after = batch.twins[0].table, batch.twins[0].values
    names = list(compile_spec(catalogue.spec(catalogue.find("fall"))).scene.factors)
    for row, (first, *_) in enumerate(spans(batch)):
        for name, array in batch.values.items():
            assert np.array_equal(array[row, :first].view(np.uint64), after[name][row, :first].view(np.uint64))
        (target,) = np.flatnonzero(table.targets[row])
        assert len(set(after[names[target]][row, first:])) == 1
        assert np.array_equal(table.shift[row, first:, target], after[names[target]][row, first:])


def test_each_frame_has_targets_of_its_own() -> None:
    """With a probability every factor is a target in that share of all frames, whatever the others are."""
    batch = drawn("hard:at=each,probability=0.1", "pong", 500)
    mask = batch.twins[0].table.mask
    shares = mask.mean(axis=(0, 1))
    assert np.abs(shares - 0.1).max() < 0.015 and abs(mask[:, 1:].astype(bool) @ np.ones(7) - 0.7).mean() < 1
    repeated = (mask[:, 1:] * mask[:, :-1]).mean(axis=(0, 1))
    assert np.abs(repeated - 0.01).max() < 0.006
    one = drawn("hard:at=each", "pong", 400).twins[0].table.mask.sum(axis=2)
    assert set(np.unique(one)) == {0, 1} and abs((one == 1).mean() - 7 / 8) < 0.01


def test_targets_are_balanced_over_samples_as_in_still_scenes() -> None:
    counts = drawn("hard:at=3", n=7 * 20).twins[0].table.targets.sum(axis=0)
    assert counts.tolist() == [20] * 6


def test_a_mix_a_view_and_a_chain_act_on_clips() -> None:
    mixed = drawn("hard:at=2,sizes=1 | soft:scale=0.9,at=9,sizes=1")
    assert {span[0] for span in spans(mixed)} == {2, 9}
    seen = drawn("view", n=6)
    assert not seen.twins[0].table.mask.any()
    assert np.array_equal(seen.values["height"], seen.twins[0].values["height"])
    assert (seen.values["flicker"] != seen.twins[0].values["flicker"]).all()
    chain = drawn("hard:gravity=4,at=2; hard:height=5,at=8,lasts=1", n=20)
    first, second = chain.twins
    hit = first.table.targets[:, 0] == 1
    assert (second.values["gravity"][hit][:, 2:] == 4.0).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hard:at=16", r"step 1: at: no such frame: frames are 0 to 15, found 16"),
        ("hard:at=9-3", r"step 1: at: no such frame: frames are 0 to 15, found 9-3, whose first is after its last"),
        ("hard; hard:at=16,lasts=1", r"step 2: at: no such frame: frames are 0 to 15, found 16"),
        ("hard | soft:scale=2,at=16", r"step 1 \(soft\): at: no such frame: frames are 0 to 15, found 16"),
    ],
)
def test_a_step_that_no_clip_has_is_refused(text: str, said: str) -> None:
    with pytest.raises(ScmgenError, match=said):
        drawn(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hard:at=soon", r"at: .*a frame such as 8, frames such as 4-8, random or each is needed, found 'soon'"),
        ("hard:lasts=0", r"lasts: .*a number of frames from 1 on, or end, is needed, found '0'"),
        ("hard; direct:on=height,at=3", r"at: direct has the frames of the step before it"),
        ("hard; indirect:on=height,lasts=3", r"lasts: indirect has the frames of the step before it"),
        ("hard:at=each,lasts=2", r"lasts: with at=each what is done is drawn anew in each frame, and lasts one"),
    ],
)
def test_times_that_are_none_are_refused(text: str, said: str) -> None:
    with pytest.raises(ScmgenError, match=said):
        parse(text)


def test_a_still_scene_has_no_frames_to_act_in() -> None:
    with pytest.raises(ScmgenError, match=r"step 1: at: pendulum stands still, and has no frames"):
        drawn("hard:at=3", "pendulum")


def test_times_are_spelled_as_they_are_read() -> None:
    steps: Any = [step.model_dump(mode="json", exclude_none=True) for step in parse("hard:at=4-8,lasts=2")]
    assert spell(steps) == "hard:at=4-8,lasts=2"
