"""The first samples of a data set as one picture: their pixels, and the words under them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen.errors import ScmgenError
from scmgen.pictures import sheet as laid


@pytest.fixture
def captions(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Take down the words under each image, which pixels do not tell."""
    seen: list[Sequence[str]] = []
    lay = laid.lay

    def told(name: str, note: str, worlds: Any, words: Sequence[Sequence[str]], columns: int) -> Any:
        seen.extend(words)
        return lay(name, note, worlds, words, columns)

    monkeypatch.setattr(laid, "lay", told)
    return seen


def test_pairs_are_those_of_the_shards(small: Path, captions: list[Sequence[str]]) -> None:
    data = scmgen.load(small)
    shown = np.asarray(data.show("test", 4))
    for k, member in enumerate(("image", "image_cf")):
        for row, image in enumerate(data.images("test", member)[:4]):
            top, left = 44 + (row // 3) * (128 + 4 + 16 + 12), 12 + (row % 3) * (2 * 132 + 12) + k * 132
            assert (shown[top : top + 128 : 2, left : left + 128 : 2] == image).all()
    for (words,), label in zip(captions, data.rows("test"), strict=False):
        hit = [name for name, mark in zip(data.factors, label["do_mask"], strict=True) if mark]
        assert words == "no intervention" if not hit else words.startswith(f"do({hit[0]} = "), words


def test_a_chain_names_what_each_step_did(chain: Path, captions: list[Sequence[str]]) -> None:
    assert scmgen.load(chain).show(n=2).width == 4 * 132 + 2 * 12
    (first,) = captions[0]
    assert [part.partition("(")[0] for part in first.split("; ")][1] in ("soft", "no intervention")
    assert first.count("; ") == 2 and "do(" in first


def test_what_labels_withhold_is_not_told(weak: Path, captions: list[Sequence[str]]) -> None:
    data = scmgen.load(weak)
    data.show(n=6)
    environments = [data.manifest.environments[label["domain"]] for label in data.rows("train")]
    assert [words for (words,) in captions] == environments[:6]


def test_single_images_stand_over_their_labels(photos: Path, captions: list[Sequence[str]]) -> None:
    data = scmgen.load(photos)
    data.show()
    assert len(captions) == min(18, data.splits["train"])
    label = next(data.rows("train"))["factors"]
    assert captions[0][0] == f"weight: {label['weight']:.4g}"


def test_samples_of_several_shards_and_no_more_than_there_are(small: Path, captions: list[Sequence[str]]) -> None:
    scmgen.load(small).show("train", 205)
    assert len(captions) == 205
    captions.clear()
    scmgen.load(small).show("test", 10**6)
    assert len(captions) == 30


@pytest.mark.parametrize(
    ("split", "n", "message"),
    [("trian", None, "{}: no split 'trian'; did you mean 'train'?"), (None, 0, "n must be at least 1, found 0")],
)
def test_what_is_not_there_is_not_drawn(small: Path, split: str | None, n: int | None, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        scmgen.load(small).show(split, n)
    assert str(caught.value) == message.format(small)
