"""The levels ``targets`` and ``unknown``: what they may not read, what they say, and what their parts tell apart."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
import toy
from trainings import TINY

import cdm
from cdm import config
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.training import run, train
from cdm.training.supervision import levels


def _withhold(out: Path, *keys: str) -> Path:
    """Take keys out of the labels of every shard, as ``scmgen build`` does that withholds them."""
    manifest = json.loads((out / "manifest.json").read_text())
    for shard in manifest["shards"]:
        path, packed = out / shard["name"], io.BytesIO()
        with tarfile.open(path) as old, tarfile.open(fileobj=packed, mode="w") as new:
            for member in old:
                content = old.extractfile(member).read()  # type: ignore[union-attr]
                if member.name.endswith(".json"):
                    label = json.loads(content)
                    content = json.dumps({k: v for k, v in label.items() if k not in keys}).encode()
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
        path.write_bytes(packed.getvalue())
        shard |= {"sha256": hashlib.sha256(packed.getvalue()).hexdigest(), "bytes": len(packed.getvalue())}
    toy.sign(out, manifest)
    return out


def _opened(tmp_path: Path, *keys: str) -> Pairs:
    out = _withhold(toy.write(tmp_path / "toy", 240), *keys)
    return open_data(str(out), "train", tmp_path / "cache")


def test_targets_trains_on_shards_without_values_and_factors(tmp_path: Path) -> None:
    pairs = _opened(tmp_path, "do_value", "factors", "factors_cf")
    assert set(pairs.arrays) == {"image", "image_cf", "do_mask"}
    model = train.fit(run.start(pairs, config.make("quick", supervision="targets", **TINY), tmp_path))
    assert model.code.names == toy.FACTORS
    again = cdm.load(tmp_path)
    images = pairs.batch(torch.arange(4))["image"]
    assert torch.equal(again.encode(images), model.encode(images))


def test_unknown_trains_on_shards_that_withhold_targets(tmp_path: Path) -> None:
    pairs = _opened(tmp_path, "do_mask", "do_value", "factors", "factors_cf")
    assert set(pairs.arrays) == {"image", "image_cf"}
    model = train.fit(run.start(pairs, config.make("quick", supervision="unknown", **TINY), tmp_path))
    assert model.code.names == ("z1", "z2", "z3")
    assert model.do({"z1": 0.5}).sample(2, steps=2).shape == (2, 3, 16, 16)


@pytest.mark.parametrize("level", levels.VALUELESS)
def test_what_a_level_may_not_read_changes_nothing(tmp_path: Path, level: str) -> None:
    whole = _opened(tmp_path)
    spoiled = {n: a if n.startswith("image") else np.array(a)[::-1] for n, a in whole.arrays.items()}
    if level == "targets":
        spoiled["do_mask"] = whole.arrays["do_mask"]
    weights = [
        train.fit(run.start(pairs, config.make("quick", supervision=level, **TINY))).state_dict()
        for pairs in (whole, replace(whole, arrays=spoiled))
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    told = config.make("quick", supervision="targets", **TINY)
    whole = train.fit(run.start(pairs, told)).state_dict()
    begun = run.start(pairs, told, tmp_path)
    stopped: Callable[[dict[str, Any]], None] = _stop_in_refine
    begun.log = stopped
    with pytest.raises(InterruptedError):
        train.fit(begun)
    again = run.start(pairs, told, tmp_path)
    assert run.resume(again) and again.phase == 1
    ended = train.fit(again).state_dict()
    assert all(torch.equal(whole[name], ended[name]) for name in whole)


def _stop_in_refine(told: dict[str, Any]) -> None:
    if told["phase"] == "refine":
        raise InterruptedError


def test_targets_needs_targets(tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=r"^the shards hold no do_mask, which supervision 'targets'"):
        run.start(_opened(tmp_path, "do_mask"), config.make("quick", supervision="targets"))


def test_unknown_needs_pairs_and_takes_no_graph_by_name(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path / "cache")
    with pytest.raises(CdmError, match=r"^the shards hold no image_cf, which supervision 'unknown'"):
        run.start(plain, config.make("quick", supervision="unknown"))
    told = config.make("quick", supervision="unknown", graph="given")
    message_ = "graph 'given': at supervision 'unknown' nothing says which code is which factor of that graph"
    with pytest.raises(CdmError, match=f"^{message_}$"):
        run.start(_opened(tmp_path / "pairs"), told, given=torch.tensor(toy.ADJACENCY))


def test_other_levels_have_no_painter(tmp_path: Path) -> None:
    for level, there in (("interventions", False), ("labels", False), ("targets", True), ("unknown", True)):
        names = run.start(_opened(tmp_path / level), config.make("quick", supervision=level)).model.state_dict()
        assert any(name.startswith(("painter", "compass")) for name in names) is there
