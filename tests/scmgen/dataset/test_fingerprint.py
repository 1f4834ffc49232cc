"""The digests: of the first samples of every split, whatever n, labels rounded and pixels exact."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import scmgen
from scmgen.dataset import catalogue, fingerprint
from scmgen.dataset.sampling import compile_spec


def test_the_digests_can_be_computed_from_the_shards(small: Path) -> None:
    data = scmgen.load(small)

    def parts() -> Iterator[fingerprint.Part]:
        for split in data.splits:
            rows = [row for row, _ in zip(data.rows(split), range(fingerprint.SAMPLES), strict=False)]
            images = {name: data.images(split, name)[: fingerprint.SAMPLES] for name in data.members}
            yield fingerprint.part(split, rows, images)

    assert fingerprint.digests(parts()) == data.manifest["content"]


def test_the_digests_do_not_depend_on_n() -> None:
    source = catalogue.find("pendulum")
    found = [fingerprint.content(compile_spec(catalogue.spec(source, n=n, size=16))) for n in (1, 500)]
    assert found[0] == found[1]


def digest(value: Any, pixel: int = 0, member: str = "image") -> dict[str, str]:
    images = {member: np.full((1, 2, 2, 3), pixel, np.uint8)}
    return fingerprint.digests([fingerprint.part("train", [{"a": {"b": value}}], images)])


def test_labels_are_rounded_and_pixels_are_not() -> None:
    assert digest(0.1) == digest(0.1 + 1e-9) != digest(0.1 + 2e-6)
    assert digest(-0.0) == digest(0.0) == digest(-1e-9)
    assert digest([0.1, 1]) == digest([0.1 + 1e-9, 1]) != digest([0.1, 2])
    before, after = digest(0.1), digest(0.1, pixel=1)
    assert before["labels"] == after["labels"] and before["pixels"] != after["pixels"]
    assert before["pixels"] != digest(0.1, member="image_cf")["pixels"]


def test_the_digests_are_as_docs_format_describes_them() -> None:
    found = digest(0.25, pixel=7)
    assert found["labels"] == hashlib.sha256(b'{"a":{"b":0.25}}\n').hexdigest()
    assert found["pixels"] == hashlib.sha256(b"train image\n" + bytes([7] * 12)).hexdigest()
