"""Building: the same bytes for any number of workers, over what is damaged, and for any larger n."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from building import built, interrupt, pendulum, sums, swing

from scmgen.build.generated import build, estimate
from scmgen.dataset.sampling import compile_spec
from scmgen.storage.shards import plan


def test_one_and_four_workers_write_the_same_bytes(tmp_path: Path) -> None:
    spec, told = pendulum(), []
    one = built(spec, tmp_path / "one", workers=1)
    four = built(spec, tmp_path / "four", workers=4, progress=told.append)
    assert one == four
    assert set(one) == {shard.name for shard in plan(spec)} | {
        "README.md",
        "croissant.json",
        "graph.json",
        "graph.svg",
        "manifest.json",
        "sheet.png",
        "wids-test.json",
        "wids-train.json",
        "wids-validation.json",
    }
    assert told == [50, 50, 50, 50, 40, 30, 30]


def test_a_finished_build_is_left_as_it_is(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    stamps = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.tar")}
    assert built(pendulum(), tmp_path) == before
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.tar")} == stamps


def test_a_larger_n_extends_the_smaller_one_bit_for_bit(tmp_path: Path) -> None:
    small, large = pendulum(2_000, shard_size=200), pendulum(10_000, shard_size=200)
    few, many = built(small, tmp_path / "few"), built(large, tmp_path / "many")
    complete = [shard.name for shard in plan(small) if shard.stop - shard.start == 200]
    assert len(complete) == 10
    assert {name: few[name] for name in complete} == {name: many[name] for name in complete}
    assert built(large, tmp_path / "few") == many  # extended in place: every file, manifest included
    assert set(few) < set(many)


def test_a_shard_that_was_not_full_is_filled(tmp_path: Path) -> None:
    """310 samples: the last shard of each split is cut off by n."""
    built(pendulum(310), tmp_path / "grown")
    assert built(pendulum(777), tmp_path / "grown") == built(pendulum(777), tmp_path / "once")


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "flipped bit":
        data[3_000] ^= 4
    elif how == "flipped bit in a header":
        data[127] ^= 64  # in the octal digits of the first member's size
    elif how == "cut":
        del data[-5_000:]
    elif how == "cut at a member":
        del data[-1_024:]
    elif how == "empty":
        data.clear()
    path.write_bytes(data)


@pytest.mark.parametrize(
    "how", ["flipped bit", "flipped bit in a header", "cut", "cut at a member", "empty", "missing"]
)
def test_a_damaged_shard_of_a_finished_build_is_written_again(how: str, tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    shard = tmp_path / "pendulum-train-000001.tar"
    if how == "missing":
        shard.unlink()
    else:
        damage(shard, how)
    assert sums(tmp_path) != before
    assert built(pendulum(), tmp_path) == before


def test_a_damaged_shard_is_noticed_after_an_interruption_too(tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    damage(tmp_path / "pendulum-test-000000.tar", "flipped bit")
    with pytest.raises(KeyboardInterrupt):
        build(pendulum(), tmp_path, progress=interrupt)
    assert not (tmp_path / "manifest.json").exists()
    assert built(pendulum(), tmp_path) == before


def test_the_estimate_is_near_the_truth(tmp_path: Path) -> None:
    guess = estimate(compile_spec(pendulum(1_000)))
    data = build(pendulum(1_000), tmp_path)
    written = sum(shard["bytes"] for shard in data["shards"])
    assert (guess.shards, guess.samples) == (len(data["shards"]), 1_000)
    assert abs(guess.bytes - written) < 0.02 * written


def test_the_spec_hash_leaves_out_n_and_the_words_of_the_card() -> None:
    changes: dict[str, Any] = {
        "seed": 1,
        "size": 32,
        "shard_size": 60,
        "parameters": {"wobble": 0.02},
        "masks": True,
    }
    hashes = {swing().hash, *(swing(**{name: value}).hash for name, value in changes.items())}
    assert len(hashes) == 1 + len(changes)
    assert swing(n=5).hash == swing(n=500, license="MIT", waives={"nuisance": "none"}).hash
