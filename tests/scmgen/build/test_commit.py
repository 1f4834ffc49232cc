"""A commit assembles what workers recorded: nothing is compiled, evaluated or drawn for it a second time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen.build import generated
from scmgen.build.generated import build, build_part, finalize
from scmgen.cli.main import main
from scmgen.dataset import catalogue, fingerprint, sampling
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec, Split
from scmgen.errors import ScmgenError
from scmgen.render.drawing import Drawing
from scmgen.scene import scene
from scmgen.scm import model
from scmgen.storage import composition, manifest
from scmgen.storage.shards import plan

TINY = (Split(name="train", share=1), Split(name="test", share=0.4), Split(name="far", share=0.01))


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is compiled, evaluated and drawn from now on, and when the manifest is composed, in order."""
    seen: list[tuple[Any, ...]] = []

    def watch(place: Any, name: str, event: Callable[..., tuple[Any, ...]]) -> None:
        real = getattr(place, name)

        def watched(*given: Any, **more: Any) -> Any:
            seen.append(event(*given, **more))
            return real(*given, **more)

        monkeypatch.setattr(place, name, watched)

    watch(Dataset, "evaluate", lambda _, split, start, stop: ("evaluate", split, start, stop))
    watch(Dataset, "draw", lambda _, split, domain, values, masks=False: ("draw", split, len(domain)))
    watch(model, "from_text", lambda *texts: ("compile", "equations"))
    watch(Drawing, "compile", lambda *texts: ("compile", "drawing"))
    watch(sampling, "compile_spec", lambda spec: ("compile", "spec"))
    watch(composition, "compose", lambda dataset, records: ("compose",))
    sampling.compiled.cache_clear()
    scene._once.cache_clear()
    return seen


def evaluated(events: list[tuple[Any, ...]]) -> list[tuple[str, int]]:
    return [(event[1], index) for event in events if event[0] == "evaluate" for index in range(event[2], event[3])]


def run(monkeypatch: pytest.MonkeyPatch, *line: str) -> None:
    monkeypatch.setattr(sys, "argv", ["scmgen", *line])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0


def samples(spec: Spec) -> set[tuple[str, int]]:
    return {(shard.split, index) for shard in plan(spec) for index in range(shard.start, shard.stop)}


def test_a_build_compiles_its_scene_once_and_evaluates_each_sample_once(
    events: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sampling, "REHEARSED", 25)  # so that one shard is rehearsed, one in part, and one not at all
    line = ("--n", "80", "--size", "16", "--shard-size", "20", "-j", "1", "-o", str(tmp_path / "d"))
    run(monkeypatch, "build", "pendulum", *line)
    compiled = sorted(event[1] for event in events if event[0] == "compile")
    assert compiled == ["drawing", "equations", "spec"]
    every = evaluated(events)
    assert len(every) == len(set(every))
    assert samples(manifest.spec_of(manifest.read(tmp_path / "d"), "d")) <= set(every)


def test_nothing_is_evaluated_or_drawn_between_the_last_shard_and_the_manifest(
    events: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    spec = catalogue.spec(catalogue.find("pendulum"), n=60, size=16, shard_size=20, splits=TINY)
    build(spec, tmp_path, progress=lambda samples: events.append(("shard",)))
    last = max(at for at, event in enumerate(events) if event[0] == "shard")
    composed = events.index(("compose",))
    assert [event[0] for event in events[last : composed + 1]] == ["shard", "compose"]
    before, after = evaluated(events[:composed]), evaluated(events[composed:])
    assert not set(before) & set(after)


def test_a_worker_evaluates_its_shard_once(events: list[tuple[Any, ...]], tmp_path: Path) -> None:
    """Also to recognise one: in another process, nothing was evaluated before."""
    spec = catalogue.spec(catalogue.find("pendulum"), n=60, size=16, shard_size=20)
    build(spec, tmp_path / "d")
    sampling.compiled.cache_clear()
    events.clear()
    finalize(tmp_path / "d")
    composed = events.index(("compose",))
    every = evaluated(events[:composed])
    assert len(every) == len(set(every)) and set(every) >= samples(spec)


def shown(out: Path) -> tuple[Any, Any]:
    data = manifest.read(out)
    return data["pixels"], data["content"]


def test_tiny_splits_and_shards_are_fingerprinted_as_if_they_were_large(tmp_path: Path) -> None:
    """The fingerprint shows samples that a split does not hold, and the same whatever the shards."""
    spec = catalogue.spec(catalogue.find("pendulum"), n=13, size=16, shard_size=3, splits=TINY)
    assert spec.sizes() == {"train": 9, "test": 4, "far": 0}
    build(spec, tmp_path / "d", workers=2)
    assert shown(tmp_path / "d")[1] == fingerprint.content(compile_spec(spec))
    whole = catalogue.spec(catalogue.find("pendulum"), n=400, size=16, splits=TINY)
    larger = fingerprint.content(compile_spec(whole))
    assert larger["pixels"] == shown(tmp_path / "d")[1]["pixels"]


def test_the_moments_of_the_pixels_are_those_of_the_first_thousand_images(tmp_path: Path) -> None:
    spec = catalogue.spec(catalogue.find("pendulum"), n=1_260, size=16, shard_size=300)
    build(spec, tmp_path / "d")
    images = np.asarray(scmgen.load(tmp_path / "d").images("train")[:1_000]) / 255
    pixels = shown(tmp_path / "d")[0]
    assert pixels["samples"] == 1_000 == len(images)
    np.testing.assert_allclose(pixels["mean"], images.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(pixels["std"], images.std(axis=(0, 1, 2)), rtol=1e-12)


@pytest.mark.parametrize("labels", ["whole", "hidden"])
def test_kept_shards_parts_and_extensions_tell_the_same(labels: str, tmp_path: Path) -> None:
    def spec(n: int) -> Spec:
        more = {"size": 16, "shard_size": 20, "labels": labels, "splits": TINY}
        return catalogue.spec(catalogue.find("pendulum"), n=n, **more)

    build(spec(130), tmp_path / "whole")
    due = shown(tmp_path / "whole")
    build(spec(130), tmp_path / "whole")  # every shard is kept
    assert shown(tmp_path / "whole") == due
    build(spec(55), tmp_path / "grown")
    build(spec(130), tmp_path / "grown")
    assert shown(tmp_path / "grown") == due
    for part in range(3):
        build_part(spec(130), tmp_path / "parts", (part, 3))
    sampling.compiled.cache_clear()  # as in another process
    finalize(tmp_path / "parts")
    assert shown(tmp_path / "parts") == due


def test_an_empty_split_that_cannot_be_sampled_fails_before_anything_is_written(tmp_path: Path) -> None:
    splits = (Split(name="train", share=1), Split(name="none", share=0.001, where="light_angle > 99"))
    spec = catalogue.spec(catalogue.find("pendulum"), n=10, size=16, splits=splits)
    assert spec.sizes()["none"] == 0
    with pytest.raises(ScmgenError, match="accepts next to nothing"):
        build(spec, tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_a_record_knows_no_pixels_that_the_manifest_does_not_tell(tmp_path: Path) -> None:
    """Only the shard that begins a split has a part of the fingerprint, only the first split's images are counted."""
    spec = catalogue.spec(catalogue.find("pendulum"), n=60, size=16, shard_size=20)
    build(spec, tmp_path)
    job = generated._job(spec, generated.folder(tmp_path))
    records = {shard: job((shard, None)) for shard in plan(spec)}
    assert {shard for shard, record in records.items() if record.shown.opening} == {s for s in records if not s.start}
    assert {shard for shard, record in records.items() if record.shown.bytes} == {
        shard for shard in records if shard.split == "train"
    }
