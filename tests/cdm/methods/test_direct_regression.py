"""Direct regression: from an image and a do to the other image of the pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy
from trainings import call, same

import cdm
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.evaluation.metrics import pixels
from cdm.methods import direct_regression
from cdm.methods.direct_regression import DirectRegression, Options
from cdm.methods.direct_regression.fit import drawn
from cdm.models import checkpoint
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job


def _fitted(pairs: Pairs, **options: float) -> DirectRegression:
    return direct_regression.fit(Job(pairs), Options(**{"batch": 8, **options}))  # type: ignore[arg-type]


def test_it_learns_the_pairs_and_leaves_alone_what_nothing_touches(
    taught_pairs: Pairs, taught_data: Path, toy_cache: Path
) -> None:
    lines: list[dict[str, object]] = []
    model = direct_regression.fit(Job(taught_pairs, log=lines.append), Options(steps=240, batch=8))
    batch = open_data(str(taught_data), "test", toy_cache).batch(torch.arange(200))
    do = DoTable(batch["do_mask"], batch["do_value"])
    rows = {"model": model.predict(batch["image"], do), "identity": batch["image"]}
    mine, nothing = pixels.table(rows, batch["image_cf"], batch["image"], do.mask).values()
    assert mine["changed"] < nothing["changed"] / 2 and mine["all"] < nothing["all"] / 2
    null = model.predict(batch["image"], DoTable(torch.zeros_like(do.mask), do.value))
    assert (null - batch["image"]).abs().mean() < nothing["all"] / 4
    assert lines[0]["step"] == 1 and lines[-1]["step"] == lines[-1]["steps"] == 240


def test_it_is_told_of_targets_only(toy_pairs: Pairs) -> None:
    model, batch = _fitted(toy_pairs, steps=20), toy_pairs.batch(torch.arange(8))
    other = torch.where(model.code.spread(batch["do_mask"]) > 0, batch["do_value"], 7.0)
    answers = [model.predict(batch["image"], DoTable(batch["do_mask"], value)) for value in (batch["do_value"], other)]
    assert torch.equal(*answers)
    assert torch.equal(model.abduct(batch["image"], batch["factors"]), batch["image"])


def test_it_begins_with_the_image_and_one_seed_is_one_model(toy_pairs: Pairs) -> None:
    images, do = toy_pairs.batch(torch.arange(4))["image"], DoTable(torch.ones(4, 3), torch.zeros(4, 5))
    assert torch.equal(DirectRegression(toy_pairs.code, 16, Options()).predict(images, do), images)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, again, other = (_fitted(toy_pairs, steps=3, seed=seed) for seed in (1, 1, 2))
    assert same(one, again) and not same(one, other) and torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("size", [16, 33, 64])
def test_images_have_any_side(toy_pairs: Pairs, size: int) -> None:
    model = DirectRegression(toy_pairs.code, size, Options())
    torch.nn.init.normal_(model.network.leave.weight)
    drawn = model.predict(torch.zeros(2, 3, size, size), DoTable(torch.ones(2, 3), torch.ones(2, 5)))
    assert drawn.shape == (2, 3, size, size) and drawn.std() > 0


def test_the_share_of_null_rows_is_that_of_the_options(toy_pairs: Pairs) -> None:
    draw = torch.Generator().manual_seed(0)
    everywhere = drawn(Job(toy_pairs), Options(null=1.0, batch=64), draw)
    assert torch.equal(everywhere["image"], everywhere["image_cf"]) and not everywhere["do_mask"].any()
    nowhere = drawn(Job(toy_pairs), Options(null=0.0, batch=64), draw)
    assert nowhere["do_mask"].sum() > 32


def test_it_is_trained_and_asked_on_the_command_line(toy_data: Path, toy_cache: Path, tmp_path: Path) -> None:
    out, cache = tmp_path / "run", ["--cache", str(toy_cache)]
    line = ["train", str(toy_data), "--model", "direct_regression", "--preset", "quick", "--set", "steps=4", *cache]
    assert "parameters: 1,0" in call(*line, "-o", str(out), "--dry-run") and not out.exists()
    call(*line, "-o", str(out))
    model = cdm.load(out)
    assert isinstance(model, DirectRegression) and model.config == Options(steps=4)
    asked = ["--data", str(toy_data), "--do", "a=0.2", "--n", "2", *cache, "-o", str(tmp_path / "cf.png")]
    call("counterfactual", str(out), *asked)
    with pytest.raises(CdmError, match=r"model 'direct_regression' cannot sample; it answers counterfactual$"):
        call("sample", str(out), "-o", str(tmp_path / "a.png"))
    header, tensors = checkpoint.read(out)
    with pytest.raises(ValueError, match=r"^network\.told\.0\.weight has the shape"):
        direct_regression.load(model.code, 16, model.config, {
            name.removeprefix("model."): tensor[:1] for name, tensor in tensors.items()
        })  # fmt: skip
    assert header["model"] == "direct_regression"


def test_what_it_cannot_be_trained_on(tmp_path: Path, toy_pairs: Pairs) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 12, pairs=False)), "train", tmp_path / "cache")
    message = r"^model 'direct_regression' needs image_cf, do_mask, do_value, which the shards do not hold$"
    with pytest.raises(CdmError, match=message):
        direct_regression.fit(Job(plain), Options(steps=1))
    with pytest.raises(CdmError, match=r"^null: a share from 0 to 1 is needed, found 2$"):
        Options(null=2.0)
    with pytest.raises(CdmError, match=r"^batch: at least 1 is needed, found 0$"):
        replace(Options(), batch=0)
    values = toy_pairs.arrays["do_value"] + np.array([np.nan, 0, 0])
    spoiled = replace(toy_pairs, arrays={**toy_pairs.arrays, "do_value": values})
    with pytest.raises(CdmError, match=r"^the loss is nan at step 0; the data are at fault$"):
        direct_regression.fit(Job(spoiled), Options(steps=2, batch=8))
