"""Files of questions: balanced, hashed, the same every time, loaded without the key, and refusals in one message."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from exported import contents, made
from libraries import need
from PIL import Image
from questions import Asked, asked, parsed

import scmgen
from scmgen import ScmgenError
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


def test_the_same_options_give_the_same_bytes_and_another_seed_other_questions(
    circuit: Data, described: Asked, tmp_path: Path
) -> None:
    again, other = asked(circuit, tmp_path / "again"), asked(circuit, tmp_path / "other", seed=1, family=("structure",))
    assert contents(again.place) == contents(described.place)
    assert [line["text"] for line in other.lines] != [line["text"] for line in described.lines[: len(other.lines)]]


def test_letters_are_balanced_in_each_kind_and_nothing_tells_the_answer(described: Asked) -> None:
    for kind, count in (("edge", 2), ("graph", 4), ("target", 4), ("value", 4), ("image", 4)):
        for shots in (0, 2):
            letters = Counter(key["answer"] for _, key in described.of(kind, shots))
            assert letters == dict.fromkeys("ABCD"[:count], 8 // count), (kind, shots)
    assert set(described.lines[0]) == {
        *("id", "split", "family", "kind", "shots", "text", "images", "choices", "names", "factors")
    }


def test_images_are_called_after_their_content_and_each_is_used(described: Asked) -> None:
    used = {path for line in described.lines for path in line["images"]}
    assert used == {f"images/{path.name}" for path in (described.place / "images").iterdir()}
    for path in used:
        assert hashlib.sha256((described.place / path).read_bytes()).hexdigest() == Path(path).stem
    with Image.open(described.place / min(used)) as image:
        assert image.size == (32, 32)


def test_the_summary_has_the_sums_and_counts(described: Asked) -> None:
    told = json.loads((described.place / "vlm.json").read_bytes())
    assert set(told["sha256"]) == {"key.jsonl", "questions/train.jsonl"}
    for name, value in told["sha256"].items():
        assert hashlib.sha256((described.place / name).read_bytes()).hexdigest() == value
    assert [row["count"] for row in told["questions"]] == [8] * 10
    assert (told["source"], told["wording"]) == (described.data.manifest.digest, 1)
    assert json.loads((described.place / "source.json").read_bytes())["digest"] == told["source"]


def test_hugging_face_loads_the_questions_and_not_the_key(
    described: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("datasets")
    import datasets

    loaded = datasets.load_dataset(str(described.place), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == {"train": len(described.lines)}
    assert loaded["train"][0] == described.lines[0]


def test_a_sampled_causal_model_without_pairs_is_asked_about(tmp_path: Path) -> None:
    from scmgen.build.generated import build
    from scmgen.dataset import catalogue

    source = catalogue.find("shapes", "er:1.5,factors=5", 3)
    build(catalogue.spec(source, n=50, size=32), tmp_path / "set", workers=1)
    found = asked(scmgen.load(tmp_path / "set"), tmp_path / "out", names="permuted", shots=(0,), questions=4)
    assert Counter(line["kind"] for line in found.lines) == dict.fromkeys(
        ("edge", "graph", "target", "value", "image"), 4
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "--family structure draws images of its own: an imported set has no equations; "),
        ({"family": ("counterfactual",), "shots": (0,)}, "--family counterfactual draws images of its own: "),
    ],
)
def test_an_imported_set_is_asked_for_its_graph_alone(
    options: dict[str, Any], message: str, foreign: Path, tmp_path: Path
) -> None:
    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(foreign), "vlm", tmp_path / "set", options=options)
    assert str(caught.value).startswith(f"{foreign}: {message}")
    assert str(caught.value).endswith("; --family structure --shots 0 needs none")


def test_the_graph_of_an_imported_set_is_asked_for(foreign: Path, tmp_path: Path) -> None:
    data = scmgen.load(foreign)
    only = {"family": ("structure",), "shots": (0,), "questions": 6}
    exports.export(data, "vlm", tmp_path / "set", options=only)
    lines = parsed(tmp_path / "set" / "key.jsonl")
    edges = {(line["cause"], line["effect"], line["relation"]) for line in lines if line["kind"] == "edge"}
    assert edges == {("kind", "brightness", "edge"), ("brightness", "kind", "reverse")}


def test_what_labels_withhold_is_not_told(tmp_path: Path) -> None:
    weak = made(tmp_path / "weak", "pendulum", labels="targets")
    with pytest.raises(ScmgenError) as caught:
        exports.export(weak, "vlm", tmp_path / "set")
    told = "--to vlm needs factors_cf, do_mask, which the labels withhold: add --truth"
    assert str(caught.value) == f"{tmp_path / 'weak'}: {told}"
    assert not (tmp_path / "set").exists()
