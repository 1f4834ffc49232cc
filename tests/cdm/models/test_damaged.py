"""Checkpoints that are damaged, or foreign, in every way."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from safetensors.torch import save_file

import cdm
from cdm import config
from cdm.data import pairs
from cdm.errors import CdmError
from cdm.models import causal_diffusion, checkpoint
from cdm.training import run, train

TINY = {
    "encoder_steps": 4,
    "encoder_batch": 4,
    "mechanism_steps": 2,
    "draft_steps": 2,
    "draft_batch": 2,
    "denoiser_steps": 2,
    "denoiser_batch": 2,
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("good"), 60)


@pytest.fixture(scope="module")
def learned(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("learned")
    train.fit(run.start(pairs.open_data(str(good), "train", out / "cache"), config.make("quick", **TINY), out / "run"))
    return out / "run" / checkpoint.FILE


def _spoiled(learned: Path, out: Path, change: Any, tensors: Any = None) -> Path:
    """A checkpoint with another header, and other tensors if they are told, by somebody who knows of its sum."""
    header, found = checkpoint.read(learned)
    tensors = found if tensors is None else tensors
    header = change(header)
    save_file(tensors, out, {"cdm": json.dumps({**header, "sum": checkpoint._sum(header, tensors)})})
    return out


def test_each_key_of_a_checkpoint_s_header_is_missed(learned: Path, good: Path, tmp_path: Path) -> None:
    header, _ = checkpoint.read(learned)
    begun = run.start(pairs.open_data(str(good), "train", tmp_path), config.make("quick", **TINY), tmp_path)
    for key in header.keys() - {"sum"}:
        file = _spoiled(
            learned, tmp_path / checkpoint.FILE, lambda plain, key=key: {k: v for k, v in plain.items() if k != key}
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


def test_a_checkpoint_without_its_sum_is_refused(learned: Path, tmp_path: Path) -> None:
    header, tensors = checkpoint.read(learned)
    told = r": its header has no sum, so nobody can tell whether it is whole; train it anew$"
    for changes, message in (({}, told), ({"sum": None}, ": damaged: "), ({"sum": ""}, ": damaged: ")):
        rest = {key: value for key, value in header.items() if key != "sum"}
        save_file(tensors, tmp_path / checkpoint.FILE, {"cdm": json.dumps({**rest, **changes})})
        with pytest.raises(CdmError, match=message):
            cdm.load(tmp_path)


ROWS = "a row and a column for each of the 3 factors is needed"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 1}, "not a checkpoint of cdm, or one of another format (1; this cdm reads 2)"),
        ({"size": "big"}, 'a header that does not fit: size: a whole number from 0 on is needed, found "big"'),
        ({"size": 10**9}, "does not fit its own header: images of 1000000000 pixels a side"),
        ({"size": 64}, "does not fit its own header: encoder.head.0.weight has the shape (256, 128), not (256, 2048)"),
        ({"size": 4096}, "does not fit its own header: encoder.head.0.weight has the shape (256, 128), not (256, 83"),
        ({"factors": [{}]}, "a header that does not fit: factors[0] has no name, kind, low, high, levels, unit"),
        ({"phase": "last"}, 'a header that does not fit: phase: a whole number from 0 on is needed, found "last"'),
        ({"phase": 7}, "a header that does not fit: phase: at most 6 is needed, found 7"),
        ({"phase": 10**30}, "a header that does not fit: phase: at most 6 is needed, found 1" + 30 * "0"),
        ({"phase": 4, "step": 3}, "a header that does not fit: step: at most 2 in phase 4, found 3"),
        ({"phase": 6, "step": 1}, "a header that does not fit: step: at most 0 in phase 6, found 1"),
        ({"graph": {"adjacency": 3}}, "a header that does not fit: graph has no probability, undecided"),
        (
            {"graph": {"adjacency": [[0, 1]], "probability": [], "undecided": []}},
            f"a header that does not fit: graph.adjacency: {ROWS}",
        ),
        ({"data": {"name": "x", "digest": "y", "graph": []}}, "a header that does not fit: data.graph: a mapping is"),
        (
            {"data": {"name": "x", "digest": "y", "graph": {"directed": [[1]], "loose": []}}},
            f"a header that does not fit: data.graph.directed: {ROWS}",
        ),
        ({"config": {"colour": 3}}, "a configuration that this cdm does not know: no option 'colour'; "),
        (
            {"config": {"denoiser_steps": "many"}},
            "a configuration that this cdm does not know: denoiser_steps: a whole",
        ),
        ({"config": {"style": 10**9}}, "does not fit its own header: style."),
    ],
)
def test_a_header_of_another_form_is_told_where(learned: Path, tmp_path: Path, changes: Any, message: str) -> None:
    file = _spoiled(learned, tmp_path / checkpoint.FILE, lambda plain: {**plain, **changes})
    with pytest.raises(CdmError, match=f"^{re.escape(f'{file}: {message}')}"):
        cdm.load(file)


def test_a_header_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    for content, message in (
        ((10**8).to_bytes(8, "little"), "no readable checkpoint: a header of 100,000,000 bytes; at most 16,777,216"),
        (bytes([255] * 8), "no readable checkpoint: a header of 18,446,744,073,709,551,615 bytes"),
    ):
        file.write_bytes(content)
        with file.open("r+b") as sparse:
            sparse.truncate(10**9)
        with pytest.raises(CdmError, match=f"^{re.escape(f'{file}: {message}')}"):
            cdm.load(file)


CLAIMS = """
import resource, sys, cdm
from cdm.errors import CdmError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in sys.argv[2:]:
    try:
        cdm.load(file)
        print("taken")
    except CdmError as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts kilobytes as Linux does")
def test_what_a_header_claims_takes_no_memory(learned: Path, tmp_path: Path) -> None:
    """The peak stays near what the file takes, whatever sizes are claimed."""
    claims = [{"size": 4096}, {"size": 4064}, {"config": {"style": 10**9}}, {"config": {"latents": "bottleneck"}}]
    claims += [{"size": 4096, "config": {"denoiser": "dit", "latents": "bottleneck"}}]
    files = [
        str(_spoiled(learned, tmp_path / f"{i}.safetensors", lambda plain, more=more: {**plain, **more}))
        for i, more in enumerate(claims)
    ]
    line = [sys.executable, "-c", CLAIMS, "", str(learned), *files]
    *told, grown = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[0] == "taken" and all(": does not fit its own header: " in text for text in told[1:])
    assert len(told) == 1 + len(claims) and int(grown) < 150_000  # loading what is right takes some of it


@pytest.mark.parametrize("supervision", ["interventions", "targets"])
@pytest.mark.parametrize("latents", ["encoder", "bottleneck"])
@pytest.mark.parametrize("denoiser", ["unet", "dit", "diffusers"])
def test_every_model_can_be_measured_without_memory(
    good: Path, tmp_path: Path, denoiser: str, latents: str, supervision: str
) -> None:
    pytest.importorskip("diffusers")
    options = config.make("quick", **TINY, denoiser=denoiser, latents=latents, supervision=supervision)
    begun = run.start(pairs.open_data(str(good), "train", good.parent / "measured"), options)
    checkpoint.save(tmp_path / checkpoint.FILE, begun.model, {})
    assert all(map(torch.equal, begun.model.state_dict().values(), cdm.load(tmp_path).state_dict().values()))


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
