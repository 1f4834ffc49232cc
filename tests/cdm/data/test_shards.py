"""What comes from outside the trainer: manifests, labels, shards and checkpoints that are damaged in every way."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import toy  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

import cdm  # noqa: E402
from cdm import config  # noqa: E402
from cdm.data import pairs, schema, shards  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.models import causal_diffusion, checkpoint  # noqa: E402
from cdm.training import run, train  # noqa: E402

TINY = {
    "encoder_steps": 4,
    "encoder_batch": 4,
    "mechanism_steps": 2,
    "draft_steps": 2,
    "draft_batch": 2,
    "denoiser_steps": 2,
    "denoiser_batch": 2,
}
NEEDED = ("digest", "factors", "graph", "members", "name", "shards", "size", "spec_hash", "splits", "format")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 60)


@pytest.fixture(scope="module")
def learned(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("learned")
    train.fit(run.start(pairs.open_data(str(good), "train", out / "cache"), config.make("quick", **TINY), out / "run"))
    return out / "run" / checkpoint.FILE


# Manifests


def test_each_key_of_a_manifest_is_missed_by_name(good: Path, tmp_path: Path) -> None:
    told = json.loads((good / "manifest.json").read_text())
    for key in NEEDED:
        (tmp_path / "manifest.json").write_text(json.dumps({k: v for k, v in told.items() if k != key}))
        message = "format None; this cdm reads format 1" if key == "format" else f"has no {key}; docs/format.md says"
        with pytest.raises(CdmError, match=f"^{re.escape(str(tmp_path))}/manifest.json: {message}"):
            shards.read(str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": "16"}, 'size: a whole number from 0 on is needed, found "16"'),
        ({"size": 0}, "size, members: images of 1 to 4096 pixels a side are needed"),
        ({"members": [".label.json"]}, "size, members: images of 1 to 4096 pixels a side are needed"),
        ({"splits": {"../../train": 3}}, "splits: names without a separator or a leading dot are needed"),
        ({"name": "../run"}, 'name: a name without a slash or a leading dot is needed, found "../run"'),
        ({"digest": "../../home"}, 'digest: a hexadecimal digest is needed, found "../../home"'),
        ({"factors": {}}, "factors: at least one is needed, each with a name of its own"),
        ({"factors": {"a": 3}}, "factors.a: a mapping is needed, found 3"),
        ({"graph": {"adjacency": {"directed": [[0]]}}}, "graph.adjacency.directed: a row and a column for each"),
        ({"graph": {}}, "graph has no adjacency"),
        ({"shards": [{"name": "x.tar", "split": "train", "samples": 3}]}, "shards[0] has no sha256"),
        ({"shards": "none"}, 'shards: a list is needed, found "none"'),
    ],
)  # fmt: skip
def test_a_manifest_of_another_form_is_told_where(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    toy.write(tmp_path, 4, **changes)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{tmp_path}/manifest.json: {message}')}"):
        shards.read(str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "ordinal"}, 'factors.a.type: one of categorical, circular, continuous is needed, found "ordinal"'),
        ({"range": [0.0]}, "factors.a.range: two numbers are needed"),
        ({"range": [1.0, 1.0]}, "factor a: a range from 1 to 1 and no levels"),
        ({"range": [0.0, float("nan")]}, "factors.a.range[1]: a number is needed, found NaN"),
        ({"levels": None}, "factors.a.levels: a list is needed, found null"),
    ],
)
def test_a_factor_of_another_form_is_told_where(good: Path, tmp_path: Path, changes: Any, message: str) -> None:
    told = json.loads((good / "manifest.json").read_text())
    told["factors"]["a"] |= changes
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(CdmError, match=f"^{re.escape(f'{tmp_path}/manifest.json: {message}')}"):
        shards.read(str(tmp_path))


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(CdmError, match=r"manifest.json: damaged: not valid JSON \(maximum recursion depth"):
        shards.read(str(tmp_path))


# Labels and images


def _rewritten(good: Path, out: Path, change: Any) -> Path:
    """The data set with the second label of its training shard changed, and its sum with it."""
    shutil.copytree(good, out)
    path = out / "toy-train-000000.tar"
    with tarfile.open(path) as archive:
        members = [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            kept = change(json.loads(content)) if name == "train-000000001.label.json" else content
            if kept is not None:
                toy._add(archive, name, kept if isinstance(kept, bytes) else json.dumps(kept).encode())
    told = json.loads((out / "manifest.json").read_text())
    told["shards"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(told))
    return out


def _without(*keys: str) -> Any:
    def change(label: dict[str, Any]) -> dict[str, Any]:
        part = label
        for key in keys[:-1]:
            part = part[key]
        del part[keys[-1]]
        return label

    return change


def _with(**changes: Any) -> Any:
    return lambda label: {**label, **changes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("factors"), "label.json of sample 1: has no factors"),
        (_without("factors_cf", "b"), "label.json of sample 1: factors_cf has no b"),
        (_without("do_mask"), "label.json of sample 1: has no do_mask"),
        (_with(do_mask=[0, 2, 0]), "label.json of sample 1: do_mask[1]: one of 0, 1 is needed, found 2"),
        (_with(do_mask=[0, 1]), "label.json of sample 1: do_mask: 3 values are needed, found 2"),
        (_with(do_value=["x", 0.0, 0.0]), 'label.json of sample 1: do_value[0]: a number is needed, found "x"'),
        (_with(do_value=[0.0, float("inf"), 0.0]), "label.json of sample 1: do_value[1]: a number is needed, found I"),
        (_with(factors={"a": 0.1, "b": 0.2, "k": 7.0}), "label.json of sample 1: factors.k: one of 0, 1, 2 is needed"),
        (_with(factors=[1, 2, 3]), "label.json of sample 1: factors: a mapping is needed, found [1, 2, 3]"),
        (lambda label: [], "label.json of sample 1: it: a mapping is needed, found []"),
        (lambda label: b"{", "label.json: damaged: not valid JSON"),
        (lambda label: b"\xff", "label.json: damaged: not valid JSON"),
        (lambda label: None, "a sample has no label.json, though the manifest lists it among the members"),
    ],
)  # fmt: skip
def test_a_label_of_another_form_is_told_where(good: Path, tmp_path: Path, change: Any, message: str) -> None:
    out = _rewritten(good, tmp_path / "toy", change)
    with pytest.raises(CdmError, match=f"^{re.escape(f'{out}/toy-train-000000.tar: {message}')}"):
        pairs.open_data(str(out), "train", tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_an_empty_split_and_a_damaged_cache(good: Path, tmp_path: Path) -> None:
    empty = toy.write(tmp_path / "toy", 3)  # a quarter of three is none
    with pytest.raises(CdmError, match=r"toy: split test holds no samples$"):
        pairs.open_data(str(empty), "test", tmp_path)
    pairs.open_data(str(good), "train", tmp_path)
    (spoiled,) = tmp_path.rglob("train/image.npy")
    spoiled.write_bytes(spoiled.read_bytes()[:100])
    with pytest.raises(
        CdmError, match=rf"^{re.escape(str(spoiled))}: damaged \(.*\); remove .*train, it is made again$"
    ):
        pairs.open_data(str(good), "train", tmp_path)


def test_any_byte_of_a_manifest_may_be_wrong(good: Path, tmp_path: Path) -> None:
    """It is an error of ours or, where the byte means nothing, a data set."""
    whole = (good / "manifest.json").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "manifest.json").write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            shards.read(str(tmp_path))
        except CdmError as error:
            assert str(error).startswith(f"{tmp_path}/manifest.json: ")


# Checkpoints


def _spoiled(learned: Path, out: Path, change: Any) -> Path:
    """A checkpoint with another header, without its sum."""
    with safe_open(learned, framework="pt") as opened:
        header = json.loads(opened.metadata()["cdm"])
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    header.pop("sum")
    save_file(tensors, out, {"cdm": json.dumps(change(header))})
    return out


def test_each_key_of_a_checkpoint_s_header_is_missed(learned: Path, good: Path, tmp_path: Path) -> None:
    header, _ = checkpoint.read(learned)
    begun = run.start(pairs.open_data(str(good), "train", tmp_path), config.make("quick", **TINY), tmp_path)
    for key in header:
        file = _spoiled(
            learned, tmp_path / checkpoint.FILE, lambda told, key=key: {k: v for k, v in told.items() if k != key}
        )
        if key in ("format", "config", "factors", "size"):
            with pytest.raises(
                CdmError, match=f"^{re.escape(str(file))}: (a header that does not fit|not a checkpoint)"
            ):
                cdm.load(file)
        else:
            assert cdm.load(file).size == 16
        if key in ("phase", "step", "samples"):
            with pytest.raises(CdmError, match=f"^{re.escape(str(file))}: holds no run: has no {key}$"):
                run.resume(begun)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "not a checkpoint of cdm, or one of another format (2; this cdm reads 1)"),
        ({"size": "big"}, 'a header that does not fit: size: a whole number from 0 on is needed, found "big"'),
        ({"size": 10**9}, "does not fit its own header: images of 1000000000 pixels a side"),
        ({"size": 64}, "does not fit its own header: Error(s) in loading state_dict"),
        ({"factors": [{}]}, "a header that does not fit: factors[0] has no name, kind, low, high, levels, unit"),
        ({"phase": "last"}, 'a header that does not fit: phase: a whole number from 0 on is needed, found "last"'),
        ({"graph": {"adjacency": 3}}, "a header that does not fit: graph has no probability, undecided"),
        ({"config": {"colour": 3}}, "a configuration that this cdm does not know: no option 'colour'; "),
        (
            {"config": {"denoiser_steps": "many"}},
            "a configuration that this cdm does not know: denoiser_steps: a whole",
        ),
    ],
)
def test_a_header_of_another_form_is_told_where(learned: Path, tmp_path: Path, changes: Any, message: str) -> None:
    file = _spoiled(learned, tmp_path / checkpoint.FILE, lambda told: {**told, **changes})
    with pytest.raises(CdmError, match=f"^{re.escape(f'{file}: {message}')}"):
        cdm.load(file)


def _built(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Any:
    options = checkpoint.config_of(header, config.Config, "a file")
    return checkpoint.build(header, tensors, options, causal_diffusion.load, where="a file")


def test_a_checkpoint_without_one_of_its_tensors_or_with_a_cycle(learned: Path, tmp_path: Path) -> None:
    header, tensors = checkpoint.read(learned)
    for name in ("model.encoder.head.0.weight", "model.mechanisms.adjacency"):
        with pytest.raises(CdmError, match=r"^a file: does not fit its own header: "):
            _built(header, {n: t for n, t in tensors.items() if n != name})
    circle = {**tensors, "model.mechanisms.adjacency": torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, 0]])}
    with pytest.raises(CdmError, match=r"^a file: does not fit its own header: a cycle among factors"):
        _built(header, circle)


def test_no_byte_of_a_checkpoint_may_change(learned: Path, tmp_path: Path) -> None:
    whole, file = learned.read_bytes(), tmp_path / checkpoint.FILE
    for at in (*range(0, 6000, 331), *range(6000, len(whole), len(whole) // 12)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :])
        with pytest.raises(CdmError, match=f"^{re.escape(str(file))}"):
            cdm.load(file)
    for end in (7, 300, 5000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(CdmError, match=f"^{re.escape(str(file))}: no readable checkpoint"):
            cdm.load(file)


# Forms


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [
        (3, int, None),
        (True, int, "it: a whole number from 0 on is needed, found true"),
        (3, float, None),
        ("x" * 99, float, f'it: a number is needed, found "{"x" * 56}...'),
        ([1, None], [(int, None)], None),
        ([[1], ["x"]], [[int]], '[1][0]: a whole number from 0 on is needed, found "x"'),
        ({"a": {"b": 1}}, {str: {"b": str}}, "a.b: a text is needed, found 1"),
        ({"a": {}}, {str: {"b": str}}, "a has no b"),
        ({"a": 1}, {"a": int, "b": int}, "has no b"),
    ],
)
def test_a_misfit_says_where_it_is(value: Any, form: Any, told: str | None) -> None:
    assert schema.misfit(value, form) == told
