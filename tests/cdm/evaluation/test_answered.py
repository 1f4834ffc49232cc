"""Answers as files: what is written comes back, and what strangers wrote wrongly is one message."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from PIL import Image

import cdm
from cdm.errors import CdmError
from cdm.evaluation import answered, protocol
from cdm.evaluation.answered import Answers

ASKED = protocol.told(
    {
        "name": "toy", "version": 1, "build": "scmgen build toy", "split": "test", "rows": 3, "seeds": [0],
        "cpu_seconds": 60, "data": {"name": "toy", "version": 1, "size": 16, "spec_hash": "abc"},
    },
    "toy",
)  # fmt: skip
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 16, 16, 3), np.uint8)
NAMES = ("a", "b")
ANSWERS = Answers("mine", IMAGES, RNG.random((3, 2)), np.array([[0, 1], [0, 0]]), {"seconds": 3})


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    answered.write(tmp_path, ASKED, ANSWERS, NAMES)
    found = answered.read(tmp_path, ASKED, NAMES)
    assert (found.model, found.said) == ("mine", {"seconds": 3})
    for name in ("images", "codes", "graph"):
        np.testing.assert_array_equal(getattr(found, name), getattr(ANSWERS, name))
    bare = Answers("bare", IMAGES, None, None, {})
    cdm.write_answers(str(tmp_path / "bare"), ASKED, bare, NAMES)
    found = answered.read(tmp_path / "bare", ASKED, NAMES)
    assert found.codes is None and found.graph is None
    with pytest.raises(CdmError, match="holds answers already"):
        answered.write(tmp_path, ASKED, bare, NAMES)


def test_a_model_may_draw_nothing(tmp_path: Path) -> None:
    told = {"latents": RNG.random((3, 5)), "codes": RNG.random((3, 2)), "factors_cf": RNG.random((3, 2))}
    for name, more in {**told, "graph": np.eye(2, k=1)}.items():
        answered.write(tmp_path / name, ASKED, Answers("some", **{name: more}), NAMES)
        found = answered.read(tmp_path / name, ASKED, NAMES)
        np.testing.assert_array_equal(getattr(found, name), more)
        assert found.images is None and (name != "graph" or not list((tmp_path / name).glob("*.tar")))


def test_factors_of_a_graph_and_of_codes_may_stand_in_any_order(tmp_path: Path) -> None:
    answered.write(tmp_path, ASKED, replace(ANSWERS, factors_cf=ANSWERS.codes + 1), NAMES)
    found = answered.read(tmp_path, ASKED, ("b", "a"))
    assert found.graph is not None and found.graph.tolist() == [[0, 0], [1, 0]]
    assert ANSWERS.codes is not None
    np.testing.assert_array_equal(found.codes, ANSWERS.codes[:, ::-1])
    np.testing.assert_array_equal(found.factors_cf, ANSWERS.codes[:, ::-1] + 1)


def test_answers_without_counterfactual_factors_are_the_bytes_they_were(tmp_path: Path) -> None:
    answered.write(tmp_path, ASKED, replace(ANSWERS, latents=np.zeros((3, 1))), NAMES)
    with tarfile.open(tmp_path / "answers-000000.tar") as archive:
        endings = [name.partition(".")[2] for name in archive.getnames()]
    assert endings == 3 * ["image_cf.png", "codes.json", "latents.json"]


def test_two_writings_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        answered.write(tmp_path / name, ASKED, ANSWERS, NAMES)
    for file in ("answers.json", "answers-000000.tar"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"images": IMAGES[:2]}, r"images of shape \(2, 16, 16, 3\); \(3, 16, 16, 3\) is asked"),
        ({"images": IMAGES[:, :8]}, r"images of shape \(3, 8, 16, 3\); \(3, 16, 16, 3\) is asked"),
        ({"images": IMAGES / 255}, "images of float64; bytes are asked"),
        ({"codes": np.full((3, 2), np.nan)}, "codes: 6 numbers are not finite"),
        ({"latents": np.full((3, 1), np.inf)}, "latents: 3 numbers are not finite"),
        ({"latents": np.zeros((3, 0))}, "latents of 0 numbers; 1 to 4,096 are asked"),
        ({"latents": np.zeros((2, 4))}, r"latents of shape \(2, 4\); \(3, 4\) is asked"),
        ({"factors_cf": np.full((3, 2), np.nan)}, "factors_cf: 6 numbers are not finite"),
        ({"factors_cf": np.zeros((3, 3))}, r"factors_cf of shape \(3, 3\); \(3, 2\) is asked"),
        (
            dict.fromkeys(("images", "codes", "graph")),
            "answers nothing: images, codes, latents, factors_cf or a graph are asked",
        ),
        ({"graph": np.zeros((3, 3))}, r"graph of shape \(3, 3\); \(2, 2\) is asked"),
    ],
)
def test_what_does_not_fit_is_not_written(changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=problem):
        answered.write(tmp_path / "a", ASKED, replace(ANSWERS, **changes), NAMES)
    assert not (tmp_path / "a").exists()


def by_hand(out: Path, members: dict[str, bytes], **changes: Any) -> Path:
    """Answers as somebody writes them who knows docs/how-to/answers.md, and none of our code."""
    out.mkdir()
    with tarfile.open(out / "mine.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    content = (out / "mine.tar").read_bytes()
    shard = {"name": "mine.tar", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    told = {"format": 1, "model": "theirs", "protocol": ASKED.plain(), "shards": [shard], **changes}
    (out / "answers.json").write_text(json.dumps(told))
    return out


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


GOOD = {f"test-{row:09d}.image_cf.png": png(IMAGES[row]) for row in (2, 0, 1)}  # in any order
SHARD = {"bytes": 1, "sha256": ""}
LAST = "test-000000002.image_cf.png"


def test_what_others_write_by_hand_is_read(tmp_path: Path) -> None:
    found = answered.read(by_hand(tmp_path / "a", GOOD), ASKED, NAMES)
    np.testing.assert_array_equal(found.images, IMAGES)


def latents(*contents: bytes) -> dict[str, bytes]:
    return {f"test-{row:09d}.latents.json": content for row, content in enumerate(contents)}


def without(members: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: content for key, content in members.items() if key != name}


@pytest.mark.parametrize(
    ("members", "changes", "problem"),
    [
        (without(GOOD, LAST), {}, f"1 of 3 answers are missing: {LAST}"),
        ({**GOOD, "test-000000003.image_cf.png": png(IMAGES[0])}, {}, "test-000000003 is not asked for"),
        ({**GOOD, "test-000000000.mask.png": b""}, {}, "test-000000000.mask.png is not asked for"),
        ({**GOOD, LAST: png(IMAGES[0, :8])}, {}, f"{LAST}: an image of 16 x 8 pixels, not 16 x 16"),
        ({**GOOD, LAST: b"GIF"}, {}, f"{LAST}: a member is no readable PNG"),
        (
            {**GOOD, "test-000000000.codes.json": b'{"a": 1, "b": 2}'},
            {},
            "2 of 3 answers do not tell codes: test-000000001.codes.json, ...",
        ),
        (
            {**GOOD, "test-000000000.factors_cf.json": b'{"a": 1, "b": 2}'},
            {},
            "2 of 3 answers do not tell factors_cf: test-000000001.factors_cf.json, ...",
        ),
        (latents(b"[1, 2]", b"[1, 2]", b"[1]"), {}, "latents.json: not as many numbers in every sample"),
        (latents(b"[1]", b"[1]", b'["x"]'), {}, "test-000000002.latents.json: [0]: a number is needed"),
        (latents(b"[1]", b"[1]", b"[1e999]"), {}, "test-000000002.latents.json"),
        (latents(b"[1]", b"[1]"), {}, "1 of 3 answers do not tell latents: test-000000002.latents.json, ..."),
        ({}, {}, "answers nothing: images, codes, latents, factors_cf or a graph are asked"),
        ({"../x.image_cf.png": b""}, {}, "no readable tar: a member that is called"),
        (GOOD, {"format": 2}, "format 2; this cdm reads format 1"),
        (GOOD, {"model": 3}, "model: a text is needed, found 3; docs/how-to/answers.md says what it holds"),
        (GOOD, {"protocol": {**ASKED.plain(), "rows": 4}}, "answers to protocol toy, version 1 "),
        (GOOD, {"protocol": {}}, "protocol: has no name"),
        (
            GOOD,
            {"shards": [{"name": "../mine.tar", "bytes": 1, "sha256": ""}]},
            "the name of a .tar beside it is needed",
        ),
        (GOOD, {"shards": [{"name": "no.tar", "bytes": 1, "sha256": ""}]}, "no.tar"),
        (GOOD, {"graph": {"names": ["a"], "directed": [[0]]}}, "graph: a matrix over a, b is needed"),
        (GOOD, {"graph": {"names": ["a", "b"], "directed": [[0, 1]]}}, "graph: a matrix over a, b is needed"),
        (GOOD, {"graph": {"names": ["a", "b"], "directed": [[0, 10**30], [0, 0]]}}, "directed[0][1]: one of 0, 1"),
        (GOOD, {"graph": 3}, "graph: a mapping is needed, found 3"),
    ],
)
def test_what_is_wrong_is_one_message(
    members: dict[str, bytes], changes: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(CdmError) as caught:
        answered.read(by_hand(tmp_path / "a", members, **changes), ASKED, NAMES)
    assert problem in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["codes.json", "factors_cf.json"])
@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        (b'{"a": 1}', "has no b"),
        (b'{"a": 1, "b": null}', "b: a number is needed, found null"),
        (b'{"a": 1, "b": NaN}', "b: a number is needed, found NaN"),
        (b'{"a": 1, "b": 2, "c": 3}', "factors a, b are needed, found a, b, c"),
        (b"[", "damaged: not valid JSON"),
    ],
)
def test_values_that_do_not_fit_are_said(codes: bytes, problem: str, ending: str, tmp_path: Path) -> None:
    told = [b'{"a": 1, "b": 2}', b'{"a": 1, "b": 2}', codes]
    members = {**GOOD, **{f"test-{row:09d}.{ending}": content for row, content in enumerate(told)}}
    with pytest.raises(CdmError) as caught:
        answered.read(by_hand(tmp_path / "a", members), ASKED, NAMES)
    assert f"test-000000002.{ending}: {problem}" in str(caught.value)


@pytest.mark.parametrize("content", [None, b"{", b"[]", b"3"])
def test_a_header_that_is_none(content: bytes | None, tmp_path: Path) -> None:
    out = by_hand(tmp_path / "a", GOOD)
    (out / "answers.json").unlink()
    if content is not None:
        (out / "answers.json").write_bytes(content)
    with pytest.raises(CdmError, match=r"answers\.json: (cannot be read|damaged|format)"):
        answered.read(out, ASKED, NAMES)


def test_what_is_answered_twice_is_said(tmp_path: Path) -> None:
    out = by_hand(tmp_path / "a", GOOD)
    told = json.loads((out / "answers.json").read_text())
    (out / "answers.json").write_text(json.dumps({**told, "shards": 2 * told["shards"]}))
    with pytest.raises(CdmError, match=r"a: test-000000002\.image_cf\.png stands there twice$"):
        answered.read(out, ASKED, NAMES)


def test_a_shard_that_was_changed_is_not_read(tmp_path: Path) -> None:
    out = by_hand(tmp_path / "a", GOOD)
    content = bytearray((out / "mine.tar").read_bytes())
    content[700] ^= 1
    (out / "mine.tar").write_bytes(content)
    with pytest.raises(CdmError, match=r"mine\.tar: changed or cut short since it was written"):
        answered.read(out, ASKED, NAMES)
