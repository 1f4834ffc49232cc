"""Two builds in one place, and what a build may hold at most."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from building import built, pendulum, posix, run, sums

from scmgen import ScmgenError
from scmgen.build.generated import build, build_part, finalize
from scmgen.storage.places import ownership
from scmgen.storage.places.place import Local
from scmgen.storage.shards import MOST_SHARDS, plan

LATER = "wait for the end, or choose another --out"


@posix
@pytest.mark.parametrize(
    ("alone", "holder"),
    [(True, "another build, import or finalize is"), (False, "parts of a build are")],
)
def test_a_place_that_somebody_builds_in_is_left_alone(alone: bool, holder: str, tmp_path: Path) -> None:
    before = built(pendulum(), tmp_path)
    told = re.escape(f"{tmp_path}: {holder} under way in it; {LATER}")
    with ownership.held(tmp_path, alone):
        for force in (False, True):
            with pytest.raises(ScmgenError, match=f"^{told}$"):
                build(pendulum(seed=3), tmp_path, force=force)
        (tmp_path / ".build.json").write_bytes((tmp_path / "manifest.json").read_bytes())
        with pytest.raises(ScmgenError, match=r"is damaged or was changed by hand|under way in it"):
            finalize(tmp_path)
        (tmp_path / ".build.json").unlink()
    assert sums(tmp_path) == before


@posix
def test_parts_go_side_by_side_but_not_beside_a_build(tmp_path: Path) -> None:
    with ownership.held(tmp_path, alone=False):
        assert build_part(pendulum(), tmp_path, (0, 2)) == 4
    with ownership.held(tmp_path, alone=True):
        with pytest.raises(ScmgenError, match="another build, import or finalize is under way in it"):
            build_part(pendulum(), tmp_path, (1, 2))
    build_part(pendulum(), tmp_path, (1, 2))
    finalize(tmp_path)
    assert sums(tmp_path) == built(pendulum(), tmp_path / "whole")  # no lock is left


@posix
def test_a_build_that_ends_lets_go(tmp_path: Path) -> None:
    def stop(samples: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        build(pendulum(), tmp_path, progress=stop)
    assert ownership.FILE not in [path.name for path in tmp_path.iterdir()]
    (tmp_path / ownership.FILE).touch()  # as a killed process leaves it
    assert built(pendulum(), tmp_path) == built(pendulum(), tmp_path / "again")
    assert Local(tmp_path / "again").names() == {path.name for path in (tmp_path / "again").iterdir()}


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--shards", "0/2"]])
def test_more_shards_than_anybody_can_list_are_refused_before_anything_is_written(
    more: list[str], tmp_path: Path
) -> None:
    began = time.monotonic()
    done = run("build", "pendulum", "--n", 10**9, "--shard-size", 1, "-o", tmp_path / "d", *more)
    told = "1,000,000,000 samples, 1 a shard, are 1,000,000,000 shards; at most 100,000 are made"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"scmgen: pendulum: {told}: --shard-size 10001 or more\n"
    assert list(tmp_path.iterdir()) == [] and time.monotonic() - began < 30


def test_as_many_shards_as_are_promised_are_planned() -> None:
    spec = pendulum(10**9, shard_size=10_001)
    assert MOST_SHARDS - 10 < len(plan(spec)) <= MOST_SHARDS
    assert len(plan(pendulum(MOST_SHARDS, shard_size=1))) == MOST_SHARDS
    with pytest.raises(ScmgenError, match=r"are 100,001 shards; at most 100,000 are made: --shard-size 2 or more$"):
        plan(pendulum(MOST_SHARDS + 1, shard_size=1))
