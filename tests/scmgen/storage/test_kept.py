"""Where images take long, a build that was killed draws nothing twice, and ends with the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.members import images
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import Spec, Split
from scmgen.render.drawing import Drawing
from scmgen.storage import kept
from scmgen.storage.manifest import Manifest

DRAWN: list[int] = []


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say that an image takes five seconds, and note how many rows are drawn for shards."""

    def noted(dataset: Dataset, batch: Batch, rows: slice) -> list[NDArray[np.uint8]]:
        DRAWN.append(rows.stop - rows.start)
        return images(dataset, batch, rows)

    DRAWN.clear()
    monkeypatch.setattr(Drawing, "seconds", lambda self, frame: 5.0)
    monkeypatch.setattr(kept, "images", noted)


def spec(**parts: Any) -> Spec:
    told = {"n": 16, "size": 16, "interventions": (), "splits": (Split(name="train", share=1),)}
    return catalogue.spec(catalogue.find("pendulum"), **told, **parts)


def sums(made: Manifest) -> list[str]:
    return [shard.sha256 for shard in made.shards]


def killed(place: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Build until so many stretches have been drawn."""
    real = kept.images

    def dying(dataset: Dataset, batch: Batch, rows: slice) -> list[NDArray[np.uint8]]:
        if len(DRAWN) == after:
            raise KeyboardInterrupt
        return real(dataset, batch, rows)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(kept, "images", dying)
        build(spec(), place)


def test_a_killed_build_goes_on_in_the_middle_of_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build(spec(), tmp_path / "whole")
    assert DRAWN == [3, 3, 3, 3, 3, 1]  # 16 samples at 5 s, of which 15 s may be lost
    DRAWN.clear()
    killed(tmp_path / "cut", monkeypatch, after=4)
    assert len(kept.stale(path.name for path in (tmp_path / "cut").iterdir())) == 4
    DRAWN.clear()
    assert sums(build(spec(), tmp_path / "cut")) == sums(whole)
    assert DRAWN == [3, 1] and kept.stale(path.name for path in (tmp_path / "cut").iterdir()) == []


def test_what_is_damaged_or_of_another_size_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build(spec(), tmp_path / "whole")
    DRAWN.clear()
    killed(tmp_path / "cut", monkeypatch, after=3)
    first, second, third = kept.stale(path.name for path in (tmp_path / "cut").iterdir())
    data = bytearray((tmp_path / "cut" / first).read_bytes())
    data[-1] ^= 1
    (tmp_path / "cut" / first).write_bytes(data)
    (tmp_path / "cut" / second).write_bytes(b"short")
    (tmp_path / "cut" / third).write_bytes(bytes(10**6))
    DRAWN.clear()
    assert sums(build(spec(), tmp_path / "cut")) == sums(whole) and DRAWN == [3, 3, 3, 3, 3, 1]


def test_what_was_kept_for_another_data_set_is_not_taken_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(tmp_path / "d", monkeypatch, after=2)
    other = build(spec(seed=1), tmp_path / "d", force=True)
    assert sums(other) == sums(build(spec(seed=1), tmp_path / "e"))
    assert kept.stale(path.name for path in (tmp_path / "d").iterdir()) == []


def test_nothing_is_kept_where_a_shard_takes_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drawing, "seconds", lambda self, frame: 1e-4 * frame.pixels)
    build(spec(), tmp_path / "d")
    assert DRAWN == [16]
