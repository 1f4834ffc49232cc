"""What a manifest tells is put together again: nobody can change a word of it, digest or not, and pass."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import damaged
import orjson
import pytest
from damaged import TRAIN, faults, sign

from scmgen.checks.verify.verify import verify
from scmgen.errors import ScmgenError

data = damaged.data
Json = dict[str, Any]

_DUE_BY_LOAD = {  # without these there is no manifest
    *(
        "format",
        "origin",
        "name",
        "size",
        "splits",
        "members",
        "pixels",
        "factors",
        "graph",
        "shards",
        "digest",
        "spec",
        "targets",
        "kinds",
    )
}
_UNTOLD = {"description", "citation", "waives", "groups", "hidden", "environments", "combinations", "plugins"}


def test_every_key_is_due(data: Path) -> None:
    """Each key of the manifest that ``load`` does without, one after the other."""
    whole: Json = orjson.loads((data / "manifest.json").read_bytes())
    for key in sorted(whole.keys() - _DUE_BY_LOAD):
        sign(data, lambda written, key=key: written.pop(key))
        found = verify(data, samples=0).faults
        expected = ("manifest", "software.scmgen: missing" if key == "software" else f"{key}: missing; ")
        assert [(check, problem[: len(expected[1])]) for check, problem in found] == [expected], key
        sign(data, lambda written, key=key: written.update({key: whole[key]}))
    assert not verify(data, samples=0).faults


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m.update(description="x"), "description: 'x'; 'A pendulum hangs in"),
        (lambda m: m.update(version=2), "version: 2; 1 is due"),
        (lambda m: m.update(license="MIT"), "license: 'MIT'; 'CC0-1.0' is due"),
        (lambda m: m.update(spec_hash="0" * 64), "spec_hash: '00000"),
        (lambda m: m["factors"]["light_angle"].update(mean=1.0), "factors.light_angle.mean: 1.0; "),
        (lambda m: m["factors"]["light_angle"].update(min=-9.0), "factors.light_angle.min: -9.0; "),
        (lambda m: m["factors"]["light_angle"].update(unit="deg"), "factors.light_angle.unit: 'deg'; 'rad' is due"),
        (lambda m: m["pixels"]["mean"].__setitem__(1, 0.5), "pixels.mean.1: 0.5; "),
        (lambda m: m["pixels"].update(samples=7), "pixels.samples: 7; 240 is due"),
        (lambda m: m["content"].update(labels="0" * 64), "content.labels: '0000"),
        (lambda m: m["content"].update(pixels="0" * 64), "content.pixels: '0000"),
        (lambda m: m["content"].update(samples=9), "content.samples: 9; 8 is due"),
        (lambda m: m["groups"].update(floor=9), "groups.floor: 9; 1 is due"),
        (lambda m: m["targets"][0].update(none=1), "targets.0.none: 1; "),
        (lambda m: m["kinds"][0].update(soft=1), "kinds.0.soft: 1 stands there; nothing is due"),
        (lambda m: m.update(combinations={"train": []}), "combinations.train: [] stands there; nothing is due"),
        (lambda m: m.update(environments=["a"]), "environments: 1 entries; 0 are due"),
        (lambda m: m["hidden"].reverse(), "hidden.0: 'cast'; 'warmth' is due"),
        (lambda m: m["shards"].reverse(), "shards.0.name: 'pendulum-test-000000.tar'; 'pendulum-train-000000.tar' is"),
        (lambda m: m.update(plugins={"a.py": "0" * 64}), "plugins.a.py: '0000"),
        (lambda m: m.update(software={"python": "3"}), "software.scmgen: missing; the version that built it is due"),
    ],
)
def test_what_is_told_and_is_not_so_is_found(data: Path, change: Callable[[Json], object], told: str) -> None:
    sign(data, change)
    check, problem = verify(data, samples=0).faults[0]
    assert check == "manifest" and problem.startswith(told), problem


@pytest.mark.parametrize(
    ("change", "check", "told"),
    [
        (lambda m: m["shards"][0].update(bytes=m["shards"][0]["bytes"] + 1), "checksums", "as the manifest says"),
        (lambda m: m["shards"][0].update(bytes=m["shards"][0]["bytes"] - 1), "checksums", " are read"),
        (lambda m: m["spec"].update(n=10**9, shard_size=1), "files", "5: 1,000,000,000 shards belong"),
    ],
)
def test_a_shard_entry_that_is_not_so_is_found(
    data: Path, change: Callable[[Json], object], check: str, told: str
) -> None:
    sign(data, change)
    ((found, problem),) = faults(data)
    assert found == check and told.removeprefix("5: ") in problem and (TRAIN in problem or check == "files")


def test_a_number_in_the_last_bit_is_no_fault_and_keys_of_a_later_version_neither(data: Path) -> None:
    def change(written: Json) -> None:
        factor = written["factors"]["light_angle"]
        factor.update(mean=factor["mean"] * (1 + 1e-14))
        written["later"] = {"more": 1}

    sign(data, change)
    assert not verify(data, samples=0).faults


@pytest.mark.parametrize("name", ["weak", "chain", "many", "foreign", "squares"])
def test_every_kind_of_data_set_is_put_together_again(name: str, request: pytest.FixtureRequest) -> None:
    report = verify(request.getfixturevalue(name), samples=3)
    assert report.faults == [] and report.counts["manifest"] > 20


def test_a_digest_over_samples_that_no_shard_holds_is_compared_where_drawing_agrees(weak: Path, tmp_path: Path) -> None:
    """Its test split has 4 samples of the 8; another machine may draw the other 4 in other last bits."""
    out = Path(shutil.copytree(weak, tmp_path / "d"))
    sign(out, lambda m: m["content"].update(pixels="0" * 64))
    assert verify(out, samples=0).faults == []
    assert [problem[:22] for _, problem in verify(out, samples=10).faults] == ["content.pixels: '00000"]


@pytest.mark.parametrize("graph", [{}, {"nodes": 7}, {"nodes": [], "edges": [["a", "b"]]}, {"nodes": [{"id": "../x"}]}])
def test_a_source_whose_graph_is_none_is_told(foreign: Path, tmp_path: Path, graph: Json) -> None:
    out = Path(shutil.copytree(foreign, tmp_path / "d"))
    sign(out, lambda m: m["source"].update(graph=graph))
    with pytest.raises(ScmgenError, match=r"source\.graph: node-link JSON is needed; "):
        verify(out)


def test_a_label_nested_without_end_is_a_fault(data: Path) -> None:
    def nest(samples: damaged.Samples) -> None:
        samples["train-000000005"]["label.json"] = b"[" * 900 + b"]" * 900

    damaged.forge(data, TRAIN, nest)
    ((check, problem),) = faults(data, 0)
    assert check in ("samples", "equations") and TRAIN in problem


def test_what_an_imported_set_tells_is_counted_again(foreign: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(foreign, tmp_path / "d"))
    sign(out, lambda m: (m["factors"]["brightness"].update(std=1.0), m["source"].update(description="x")))
    told = [problem for _, problem in verify(out).faults]
    assert told[0].startswith("description: ''; 'x' is due") and told[1].startswith("factors.brightness.std: 1.0; ")
