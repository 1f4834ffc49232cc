"""The manifest: typed for those who read attributes, plain JSON for those who subscript, one message for any damage."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from forged import Damage, Json, damaged

import scmgen
from scmgen.errors import ScmgenError
from scmgen.scene.domain import Continuous
from scmgen.storage import manifest
from scmgen.storage.places.place import folder


@pytest.fixture(scope="module")
def plain(small: Path) -> Json:
    """Give the JSON of a small generated data set; a test works on a copy."""
    data: Json = orjson.loads((small / "manifest.json").read_bytes())
    return data


def test_attributes_and_keys_say_the_same(small: Path, plain: Json) -> None:
    known = manifest.read(small)
    assert known.data() == dict(known) == plain and known == plain
    assert known["digest"] == known.digest and known.shards[0].sha256 == known["shards"][0]["sha256"]
    assert known.samples == sum(shard.samples for shard in known.shards) == sum(plain["splits"].values())
    assert known.bytes == sum(shard["bytes"] for shard in plain["shards"])
    assert known.factors["shadow_length"].domain == Continuous(*plain["factors"]["shadow_length"]["range"])
    assert [shard.name for shard in known.of_split("test")] == ["pendulum-test-000000.tar"]


def test_the_json_keeps_its_bytes(small: Path) -> None:
    content = (small / "manifest.json").read_bytes()
    assert orjson.dumps(manifest.read(small).data(), option=orjson.OPT_INDENT_2) == content


def test_a_manifest_travels_between_processes(small: Path) -> None:
    known = manifest.read(small)
    assert pickle.loads(pickle.dumps(known)) == known  # noqa: S301  # our own


def test_a_data_set_gives_it_typed_and_subscripted(small: Path) -> None:
    data = scmgen.load(small)
    assert data.manifest["license"] == data.manifest.license
    assert list(data.manifest.recipe.scene.equations) == list(data.manifest["spec"]["scene"]["equations"])


def test_what_is_unknown_here_stays_in_the_mapping(plain: Json, tmp_path: Path) -> None:
    known = manifest.read(damaged(plain, tmp_path, lambda data: data.update(colour="blue")))
    assert known["colour"] == "blue"


def _shard(**told: Any) -> Damage:
    return lambda data: data["shards"][0].update(told)


def _factor(**told: Any) -> Damage:
    return lambda data: data["factors"]["light_angle"].update(told)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda data: data.update(members=[]), "members: at least 1 of these is needed, found []"),
        (lambda data: data.update(members=["../x.png"]), r"members.0: a name that matches ^\.[a-z0-9_]+\.(png|json)$"),
        (lambda data: data.pop("splits"), "splits: this key is missing"),
        (lambda data: data.update(splits={}), "splits: at least 1 of these is needed, found {}"),
        (lambda data: data["splits"].update(train=0), "splits.train: at least 1 is needed, found 0"),
        (lambda data: data.update(splits={"../up": 3}), "splits.../up: a name that matches ^[a-z0-9_]+$ is needed"),
        (lambda data: data.update(shards=None), "shards: a list is needed, found None"),
        (lambda data: data.update(shards=[]), "shards: at least 1 of these is needed, found []"),
        (lambda data: data["shards"].insert(1, 7), "shards.1: a mapping (key: value) is needed, found 7"),
        (lambda data: data["shards"][0].pop("sha256"), "shards.0.sha256: this key is missing"),
        (_shard(sha256="abc"), "shards.0.sha256: a name that matches ^[0-9a-f]{64}$ is needed, found 'abc'"),
        (_shard(samples=10**12), "shards.0.samples: at most 100000 is allowed, found 1000000000000"),
        (_shard(samples=99), "splits.train: 240 samples, but its shards hold 239"),
        (_shard(bytes=5), "shards.0.bytes: 100 samples of 5 members take between 256,000 and "),
        (_shard(bytes=10**12), "shards.0.bytes: 100 samples of 5 members take between 256,000 and "),
        (lambda data: data["splits"].update(train=10**12), "splits.train: at most 1000000000 is allowed, found"),
        (
            _shard(truth={"name": "other.truth.jsonl", "bytes": 5, "sha256": "0" * 64}),
            "shards.0.truth.name: 'pendulum-train-000000.truth.jsonl' is due, found 'other.truth.jsonl'",
        ),
        (lambda data: data["members"].append(".foo.png"), "members.5: no member of a sample ends in '.foo.png'"),
        (lambda data: data["members"].append(".image.json"), "members.5: no member of a sample ends in '.image.json'"),
        (lambda data: data["members"].append(".image.png"), "members.5: '.image.png' is listed twice"),
        (lambda data: data["members"].remove(".label.json"), "members: every sample has '.label.json'"),
        (
            lambda data: data["factors"].update({"../x": data["factors"]["light_angle"]}),
            "factors.../x: a name of letters, digits",
        ),
        (lambda data: data.update(hidden=["../x"]), "hidden.0: a name of letters, digits"),
        (lambda data: data.update(hidden=["light_angle"]), "hidden: 'light_angle' is a factor"),
        (_factor(range=[1, 0]), "factors.light_angle: range: two finite numbers are needed, the smaller first"),
        (_factor(range=[-1e308, 1e308]), "factors.light_angle: range: two finite numbers are needed, the smaller"),
        (
            _factor(type="categorical", levels=["a", "b"], max=7.0),
            "factors.light_angle: a value is the number of one of 2 levels, found",
        ),
        (lambda data: data.update(graph=None), "graph: a generated data set has one, found None"),
        (lambda data: data["graph"]["factors"].update(nodes=[]), "graph.factors.nodes: the factors are due, in their"),
        (lambda data: data["graph"]["adjacency"].update(names=["a"]), "graph.adjacency.names: the factors are due, in"),
        (
            lambda data: data["graph"]["adjacency"]["directed"][0].append(9),
            "graph.adjacency.directed.0.4: at most 1 is",
        ),
        (lambda data: data["graph"]["adjacency"].update(directed=[[1]]), "graph.adjacency.directed: 4 rows of 4 "),
        (
            lambda data: data["graph"]["factors"]["edges"].append({"source": "nobody", "target": "light_angle"}),
            "graph.factors.edges.4.source: no node 'nobody'",
        ),
        (_shard(samples=-5), "shards.0.samples: at least 1 is needed, found -5"),
        (_shard(samples="5"), "shards.0.samples: a whole number is needed, found '5'"),
        (_shard(bytes=1.5), "shards.0.bytes: a whole number is needed, found 1.5"),
        (_shard(name="../../etc/passwd"), "shards.0.name: a name that matches"),
        (_shard(split="trian"), "shards.0.split: no split 'trian'; did you mean 'train'?"),
        (
            lambda data: data["shards"].insert(0, data["shards"][0]),
            "shards.1.name: 'pendulum-train-000000.tar' is listed",
        ),
        (_shard(truth="beside"), "shards.0.truth: a mapping (key: value) is needed, found 'beside'"),
        (lambda data: data.update(graph="x"), "graph: a mapping (key: value) is needed, found 'x'"),
        (lambda data: data["graph"].pop("adjacency"), "graph.adjacency: this key is missing"),
        (lambda data: data["graph"]["factors"].update(edges=[["a", "b"]]), "graph.factors.edges.0: a mapping"),
        (lambda data: data.update(spec=None), "spec: a generated data set has one, found None"),
        (lambda data: data.update(spec="scene"), "spec: a mapping (key: value) is needed, found 'scene'"),
        (lambda data: data["spec"].pop("scene"), "spec.scene: this key is missing"),
        (lambda data: data["spec"]["scene"].update(equations=[]), "spec.scene.equations: a mapping (key: value) is"),
        (lambda data: data["spec"]["splits"][0].update(parameters={"a": "b"}), "spec.splits.0.parameters.a: a number"),
        (lambda data: data["spec"].update(interventions=["hard"]), "spec.interventions.0: a mapping (key: value) is"),
        (lambda data: data.update(origin="elsewhere"), "origin: allowed: 'generated' or 'imported', found 'elsewhere'"),
        (lambda data: data.update(description=7), "description: text is needed, found 7"),
        (lambda data: data.update(license=None), "license: text is needed, found None"),
        (
            lambda data: data.update(name="a/b"),
            "name: a name of lower-case letters, digits, _ and - is needed, found 'a/b'",
        ),
        (lambda data: data.update(factors=[]), "factors: a mapping (key: value) is needed, found []"),
        (lambda data: data.update(factors={}), "factors: at least 1 of these is needed, found {}"),
        (_factor(range=[0]), "factors.light_angle.range.1: this entry is missing"),
        (_factor(range=["0", 1]), "factors.light_angle.range.0: a number is needed, found '0'"),
        (_factor(type="loud"), "factors.light_angle.type: allowed: 'continuous', 'circular' or 'categorical', found"),
        (
            _factor(circular=True),
            "factors.light_angle: type 'continuous', but range, levels and circular are those of a circular",
        ),
        (lambda data: data.update(size=1_000_000), "size: at most 4096 is allowed, found 1000000"),
        (
            lambda data: data.update(size=True),
            "size: a whole number is needed, found True",
        ),
        (lambda data: data["pixels"].update(mean=[0.5]), "pixels.mean: 3 for images that are rgb, found 1"),
        (lambda data: data.update(targets=[]), "targets: an entry a step is due, 1 in all, found 0"),
        (lambda data: data.pop("kinds"), "kinds: an entry a step is due, 1 in all, found 0"),
        (lambda data: data.update(targets={}), "targets: a list is needed, found {}"),
        (lambda data: data["content"].update(labels="none"), "content.labels: a name that matches"),
        (lambda data: data.update(software=["scmgen"]), "software: a mapping (key: value) is needed, found ['scmgen']"),
    ],
)
def test_what_does_not_fit_is_one_message_with_its_place(
    plain: Json, tmp_path: Path, damage: Damage, problem: str
) -> None:
    out = damaged(plain, tmp_path / "d", damage)
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(out)
    message = str(caught.value)
    assert message.startswith(f"{out}/manifest.json: {problem}"), message
    assert "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda spec: spec.update(seed=-1), "spec.seed: at least 0 is needed, found -1"),
        (lambda spec: spec.update(sead=1), "spec.sead: unknown key; did you mean 'seed'?"),
        (lambda spec: spec["scene"].pop("draw"), "spec.scene.draw: this key is missing"),
    ],
)
def test_a_damaged_spec_is_told_where_it_is_needed(plain: Json, tmp_path: Path, damage: Damage, problem: str) -> None:
    """Labels and images read without it: a spec may name what only a plug-in knows."""
    known = scmgen.load(damaged(plain, tmp_path, lambda data: damage(data["spec"]))).manifest
    with pytest.raises(ScmgenError) as caught:
        manifest.spec_of(known, tmp_path)
    assert str(caught.value) == f"{tmp_path}: {problem}"


def test_an_imported_set_has_no_spec(foreign: Path) -> None:
    known = manifest.read(foreign)
    assert known.spec is None and known.spec_hash is None and known.origin == "imported"
    content = manifest.content_of(known, foreign)
    assert (content.hash, content.origin, content.labels) == (known.source_hash, "imported", "whole")
    assert not known.recipe.scene.equations and not known.recipe.bases("train")
    with pytest.raises(ScmgenError, match="an imported data set: its images were not made from equations"):
        manifest.spec_of(known, foreign)


def test_a_manifest_that_is_no_file_or_too_large_is_never_read(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    os.mkfifo(path)
    with pytest.raises(ScmgenError, match=r"manifest\.json: is a FIFO; a regular file is needed"):
        scmgen.load(tmp_path)
    path.unlink()
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(ScmgenError, match=r"manifest\.json: has 1,099,511,627,776 bytes; at most 67,108,864 are read"):
        scmgen.load(tmp_path)


def test_a_manifest_that_is_nested_without_end_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1, "deep": ' + "[" * 400 + "]" * 400 + "}")
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}/manifest.json: damaged: nested too deeply"


def test_a_shard_starts_where_those_of_its_split_before_it_stop(small: Path) -> None:
    starts = manifest.read(small).starts
    assert list(starts.values()) == [0, 100, 200, 0, 0] and starts["pendulum-train-000002.tar"] == 200


def test_ten_thousand_shards_are_read_in_a_moment(plain: Json) -> None:
    first = plain["shards"][0]
    shards = [{**first, "name": f"pendulum-train-{number:06d}.tar"} for number in range(10_000)]
    data = {**plain, "shards": shards, "splits": {"train": 10_000 * first["samples"]}}
    text, begun = orjson.dumps({**data, "digest": manifest.digest(data)}), time.thread_time()
    known = manifest.parse(text, folder("memory-free"))
    assert len(known.shards) == 10_000 and time.thread_time() - begun < 1.0
