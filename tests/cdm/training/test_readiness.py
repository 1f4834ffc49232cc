"""What is looked at before a training starts: each thing that could not end well is one clear error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
from factors import both
from trainings import GRAPH, TINY

from cdm import config
from cdm.data.pairs import Arrays, Pairs
from cdm.errors import CdmError
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Continuous
from cdm.training import readiness, run, train

OTHERS = "notears, dagma, pc, fci or variational"
ALL = "interventional, notears, dagma, pc, fci, gies, enco or variational"
UNKNOWN = f"--supervision unknown with --graph {ALL}"


def _first(pairs: Pairs, count: int, without: str = "", **changes: Any) -> Pairs:
    arrays = {name: np.array(array[:count]) for name, array in pairs.arrays.items() if name not in without.split()}
    return replace(pairs, arrays={**arrays, **changes})


def _refusal(pairs: Pairs, **options: Any) -> str:
    with pytest.raises(CdmError) as caught:
        run.start(pairs, config.make("quick", **options))
    return str(caught.value)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("supervision", ["interventions", "labels", "targets", "unknown"])
def test_so_few_samples_are_told_from_enough(toy_pairs: Pairs, supervision: str, count: int) -> None:
    said = _refusal(_first(toy_pairs, count), supervision=supervision)
    assert said == f"samples: at least 3 are needed, 2 to train on and 1 held out; found {count}"


@pytest.mark.parametrize("supervision", ["interventions", "labels"])
def test_the_fewest_samples_that_are_allowed_train(toy_pairs: Pairs, supervision: str) -> None:
    first = int(np.flatnonzero(toy_pairs.arrays["do_mask"].sum(1))[0])
    few = Pairs(toy_pairs.code, {name: array[first : first + 3] for name, array in toy_pairs.arrays.items()})
    fitted = train.fit(run.start(few, config.make("quick", supervision=supervision, **TINY)))
    assert all(torch.isfinite(weight).all() for weight in fitted.state_dict().values())


def test_images_below_sixteen_pixels_are_refused(toy_pairs: Pairs) -> None:
    arrays = {name: array[:20] for name, array in toy_pairs.arrays.items()}
    small = {name: array[:, :15, :15] if name.startswith("image") else array for name, array in arrays.items()}
    assert _refusal(replace(toy_pairs, arrays=small)) == "images of 15 pixels a side: at least 16 are needed"


@pytest.mark.parametrize(
    ("without", "options", "message"),
    [
        (
            "image_cf factors_cf do_mask do_value",  # an imported set
            {},
            "the shards hold no image_cf, do_mask, do_value, which supervision 'interventions' and graph "
            f"'interventional' need; they allow --supervision labels with --graph {OTHERS}",
        ),
        (
            "image_cf factors_cf do_mask do_value",
            {"supervision": "labels"},
            "the shards hold no image_cf, do_mask, which graph 'interventional' needs; "
            f"they allow --supervision labels with --graph {OTHERS}",
        ),
        (
            "factors_cf do_value",  # --labels targets
            {},
            "the shards hold no do_value, which supervision 'interventions' needs; they allow "
            f"--supervision labels with --graph {ALL}; --supervision targets with --graph {ALL}; {UNKNOWN}",
        ),
        (
            "factors_cf do_value do_mask",  # --labels hidden
            {"supervision": "targets", "graph": "pc"},
            "the shards hold no do_mask, which supervision 'targets' needs; they allow "
            f"--supervision labels with --graph {OTHERS}; {UNKNOWN}",
        ),
        (
            "image_cf factors factors_cf do_value do_mask",
            {"supervision": "labels", "graph": "pc"},
            "the shards hold no factors, which supervision 'labels' needs; "
            "they allow no training: it needs factors, or pairs of images",
        ),
        (
            "",
            {"supervision": "labels", "graph": "given"},
            f"graph 'given': the manifest holds no graph; they allow --supervision interventions with --graph {ALL}; "
            f"--supervision labels with --graph {ALL}; --supervision targets with --graph {ALL}; {UNKNOWN}",
        ),
    ],
)
def test_what_labels_lack_is_told_with_what_they_allow(
    toy_pairs: Pairs, without: str, options: dict[str, Any], message: str
) -> None:
    assert _ordered(_refusal(_first(toy_pairs, 40, without), **options)) == _ordered(message)


def _ordered(message: str) -> list[str]:
    """A message whose ways may come in any order."""
    before, _, ways = message.partition("they allow ")
    return [before, *sorted(ways.split("; "))]


def test_a_known_graph_is_among_what_is_allowed(toy_pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"they allow --supervision labels with --graph .*, variational or given$"):
        run.start(_first(toy_pairs, 40, "image_cf factors_cf do_mask do_value"), config.make("quick"), given=GRAPH)
    with pytest.raises(CdmError, match=r"^graph 'given': the manifest's graph has a cycle"):
        run.start(toy_pairs, config.make("quick", graph="given"), given=torch.ones(3, 3))


@pytest.mark.parametrize("graph", ["notears", "variational"])
def test_labels_train_on_pairs_of_which_nothing_tells_what_was_done(toy_pairs: Pairs, graph: str) -> None:
    """As `--labels hidden` has them: factors of the first image, and a second image."""
    hidden = _first(toy_pairs, 40, "factors_cf do_value do_mask")
    begun = run.start(hidden, config.make("quick", supervision="labels", graph="given", **TINY), given=GRAPH)
    assert "image_cf" not in begun.source.pairs.arrays
    assert train.fit(begun).do({"a": 0.5}).sample(2, steps=2).shape == (2, 3, 16, 16)
    readiness.check(hidden, config.make("quick", supervision="labels", graph=graph), None)


def _nothing(arrays: Arrays) -> Arrays:
    return {"do_mask": 0 * arrays["do_mask"], "do_value": arrays["factors"], "image_cf": arrays["image"]}


def _twice(arrays: Arrays) -> Arrays:
    return {"do_mask": np.ones_like(arrays["do_mask"])}


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (
            _nothing,
            {},
            "none of the 36 pairs to train on has a target, and supervision 'interventions' needs some; "
            f"they allow --supervision labels with --graph {ALL}",
        ),
        (
            _nothing,
            {"supervision": "unknown"},
            "supervision 'unknown' sorts pairs whose images differ: at least 6 are needed, found 0",
        ),
        (
            _twice,
            {"supervision": "targets"},
            "each of the 36 pairs to train on has several targets or none, and supervision 'targets' needs some with "
            "one",
        ),
    ],
)
def test_pairs_that_nothing_can_be_learned_from(
    toy_pairs: Pairs, spoil: Callable[[Arrays], Arrays], options: dict[str, Any], message: str
) -> None:
    few = _first(toy_pairs, 40)
    assert _refusal(_first(few, 40, **spoil(few.arrays)), **options) == message


def test_a_batch_that_no_criterion_is_defined_for(toy_pairs: Pairs) -> None:
    said = _refusal(toy_pairs, supervision="targets", encoder_batch=3)
    assert said == "encoder_batch: at least 4 is needed at supervision 'targets', found 3"


def test_a_share_of_labels_that_is_none(toy_pairs: Pairs) -> None:
    alone = _first(toy_pairs, 20, "image_cf factors_cf do_mask do_value")
    said = _refusal(alone, supervision="labels", graph="notears", labelled=0.001)
    assert said == "labelled: a share of 0.001 of 18 samples to train on is none; take a larger one"


@pytest.mark.parametrize("value", [1e300, -1e9, float("nan"), float("inf")])
def test_numbers_that_no_training_survives_are_the_data_s_fault(toy_pairs: Pairs, value: float) -> None:
    few = _first(toy_pairs, 40)
    few.arrays["do_value"][7, 1] = value
    said = _refusal(few)
    assert said == f"do_value.b of sample 7 is {value:g}: 0 to 1 is the range, and nothing can be trained on that"


def test_what_was_never_set_and_what_is_set_too_seldom_is_noted(toy_pairs: Pairs) -> None:
    few = _first(toy_pairs, 60)
    few.arrays["do_mask"][:, 2] = 0
    said = list(readiness.notes(few, config.make("quick")))
    assert said[0] == "k: never set, so nothing tells their codes at supervision 'interventions'"
    assert said[1].startswith("graph 'interventional' looks for the parents of a factor in pairs that set others only")
    assert list(readiness.notes(toy_pairs, config.make("quick"))) == []


def test_values_outside_their_ranges_are_noted(toy_pairs: Pairs) -> None:
    assert list(readiness.outside(toy_pairs)) == []
    narrow = Code((Factor("a", Continuous(0.25, 0.75)), *toy_pairs.code.factors[1:]))
    observed, done = readiness.outside(replace(toy_pairs, code=narrow))
    a, hit = toy_pairs.arrays["factors"][:, 0], toy_pairs.arrays["do_mask"][:, 0] > 0
    share = ((a < 0.25) | (a > 0.75)).mean()
    ends = f"they run {a.min():.6g} to {a.max():.6g}"
    assert observed == f"a: {share:.2%} of observations lie outside 0.25 to 0.75; {ends}"
    values = toy_pairs.arrays["do_value"][hit, 0]
    share = ((values < 0.25) | (values > 0.75)).mean()
    assert done.startswith(f"a: {share:.2%} of the values that were set lie outside 0.25 to 0.75; they run ")


@pytest.mark.parametrize(
    ("option", "word", "allowed"),
    [
        ("supervision", "targets", "interventions or labels"),
        ("graph", "pc", "interventional or given"),
        ("latents", "bottleneck", "encoder"),
    ],
)
def test_what_knows_still_images_only_is_not_trained_on_clips(
    toy_pairs: Pairs, option: str, word: str, allowed: str
) -> None:
    said = _refusal(replace(toy_pairs, code=both(toy_pairs.code)), **{option: word})
    assert said == f"{option} {word!r} knows still images only; of clips {allowed}"
