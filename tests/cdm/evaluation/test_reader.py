"""The regressor that an evaluation trains: a short loop of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.evaluation import reader
from cdm.evaluation.metrics import readings


def test_it_reads_what_images_show(toy_data: Path, toy_cache: Path, toy_pairs: Pairs) -> None:
    done: list[int] = []
    regressor = reader.fit(toy_pairs, 300, progress=done.append)
    batch = open_data(str(toy_data), "test", toy_cache).batch(torch.arange(100))
    with torch.no_grad():
        read = regressor(batch["image_cf"])
    errors = readings.misread_matrix(toy_pairs.code, read, batch["factors_cf"], batch["do_mask"])
    assert sum(done) == 300 and all(cell is not None and cell < 0.03 for row in errors for cell in row)
    assert not regressor.training


def test_one_seed_gives_one_reader_and_leaves_the_generator_of_torch_alone(toy_pairs: Pairs) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, again, other = (reader.fit(toy_pairs, 3, seed).encoder.head[0].weight for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_it_learns_from_single_images_too(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path / "cache")
    assert reader.fit(plain, 2)(plain.batch(torch.arange(3))["image"]).shape == (3, 5)


def test_it_is_kept_for_data_and_options_and_made_anew_where_it_is_damaged(
    tmp_path: Path, toy_pairs: Pairs, capsys: pytest.CaptureFixture[str]
) -> None:
    told, other = {"name": "toy", "digest": "a" * 64}, {"name": "toy", "digest": "b" * 64}
    steps: list[int] = []

    def weights(manifest: dict[str, str], seed: int = 7) -> torch.Tensor:
        steps.clear()
        head = reader.kept(tmp_path, toy_pairs, manifest, 3, seed, progress=steps.append).encoder.head
        return next(head.parameters()).detach()

    first = weights(told)
    assert steps == [1, 1, 1] and torch.equal(weights(told), first) and steps == [3]
    assert torch.equal(weights(other), first) and steps == [1, 1, 1]  # of other data, though alike
    assert not torch.equal(weights(other, seed=8), first) and steps == [1, 1, 1]
    assert capsys.readouterr().err == ""
    content = (tmp_path / reader.FILE).read_bytes()
    (tmp_path / reader.FILE).write_bytes(content[:-4] + b"soil")
    weights(other, seed=8)
    assert steps == [1, 1, 1] and (tmp_path / reader.FILE).read_bytes() == content
    said = capsys.readouterr().err
    assert said.startswith(f"cdm: {tmp_path / reader.FILE}: damaged") and said.endswith("; made anew\n")
    assert [path.name for path in tmp_path.iterdir()] == [reader.FILE]


def test_it_needs_labels(toy_pairs: Pairs) -> None:
    bare = Pairs(toy_pairs.code, {"image": toy_pairs.arrays["image"]})
    with pytest.raises(CdmError, match=r"^a regressor of the factors needs labels that tell them, and the shards hold"):
        reader.fit(bare, 1)


def test_its_rate_warms_up_stays_and_falls_to_zero() -> None:
    assert [reader.rate(step, 1000) for step in (0, 49, 400, 750, 999)] == pytest.approx([0.02, 1, 1, 0.5, 0.002])


def test_an_evaluation_loads_nothing_of_training() -> None:
    code = (
        "import sys, cdm.evaluation.evaluate, cdm.evaluation.reader\n"
        "print([m for m in sys.modules if 'cdm.training' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "[]\n"
