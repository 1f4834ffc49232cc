"""Images from elsewhere: scanned digits and photographs that scikit-learn ships, with what was measured of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scmgen.build.imported import pack
from scmgen.build.imported.request import Request

N = 300
GRAPH = {"edges": [["digit", "ink"], ["digit", "open shape"], ["slant", "ink"]]}


def table(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with 300 scanned digits of 8 px in ``images`` and what was measured of them in ``digits.csv``."""
    from sklearn.datasets import load_digits

    home, found = tmp_path_factory.mktemp("digits"), load_digits()
    (home / "images").mkdir()
    rows = []
    for number, (image, digit) in enumerate(zip(found.images[:N], found.target[:N].tolist(), strict=True)):
        y, x = np.mgrid[:8, :8] - (image * np.mgrid[:8, :8]).sum(axis=(1, 2), keepdims=True) / image.sum()
        slant = float((image * x * y).sum() / image.sum())
        Image.fromarray(np.rint(image * 255 / 16).astype(np.uint8)).save(home / "images" / f"{number:04d}.png")
        rows.append([f"{number:04d}.png", digit, float(image.mean() / 16), slant, int(digit not in (0, 6, 8, 9))])
    table(home / "digits.csv", ["image_id", "digit", "ink", "slant", "open shape"], rows)
    (home / "graph.json").write_text(json.dumps(GRAPH))
    return home


@pytest.fixture(scope="session")
def imported(digits: Path) -> Path:
    """Give the digits as a data set: train 100 + 100 + 40, validation 30, test 30."""
    asked = Request(
        digits / "images",
        (digits / "digits.csv",),
        digits / "graph.json",
        name="digits",
        categorical=("digit",),
        shard_size=100,
        license="CC-BY-4.0",
        citation="Alpaydin and Kaynak (1998)",
        description="Scanned digits.",
    )
    pack.write(pack.prepare(asked), digits / "out")
    return digits / "out"


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 130 tiles of 64 px, cut from two photographs and kept as JPEG, and what was measured of them."""
    from sklearn.datasets import load_sample_images

    home, rows = tmp_path_factory.mktemp("photographs"), []
    for name, photograph in zip(("china", "flower"), load_sample_images().images, strict=True):
        (home / "tiles" / name).mkdir(parents=True)
        for number in range(65):
            top, left = divmod(number, 13)
            tile = photograph[top * 80 : top * 80 + 64, left * 48 : left * 48 + 64]
            Image.fromarray(tile).save(home / "tiles" / name / f"{number}.jpg", quality=90)
            colour = ("red", "green", "blue")[int(tile.mean(axis=(0, 1)).argmax())]
            red, green, blue = tile.mean(axis=(0, 1)) / 255
            hue = float(np.degrees(np.arctan2(3**0.5 * (green - blue), 2 * red - green - blue)) % 360)
            rows.append([f"{name}/{number}", name, colour, repr(hue), repr(float(tile.mean() / 255))])
    table(home / "tiles.tsv.csv", ["tile", "photograph", "colour", "hue", "brightness"], rows)
    text = (home / "tiles.tsv.csv").read_text().replace(",", "\t")
    (home / "tiles.tsv").write_text(text)
    return home
