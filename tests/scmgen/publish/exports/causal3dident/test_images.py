"""Folders of images and latents, shape by shape, as their loader opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import factors
from idents import flat
from numpy.typing import NDArray
from PIL import Image

import scmgen
from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.publish import exports
from scmgen.storage.loading.reader import Data


class Causal:
    """What the published ``CausalDataset`` opens: as many images of each shape as of the first."""

    def __init__(self, root: Path, classes: int) -> None:
        self.latents = [np.load(root / f"raw_latents_{k}.npy") for k in range(classes)]
        digits = [int(np.ceil(np.log10(len(found)))) for found in self.latents]
        self.paths = [
            [root / f"images_{k}" / f"{str(j).zfill(digits[k])}.png" for j in range(len(found))]
            for k, found in enumerate(self.latents)
        ]

    def __len__(self) -> int:
        return len(self.latents[0]) * len(self.latents)

    def __getitem__(self, item: int) -> tuple[int, NDArray[Any], NDArray[np.uint8]]:
        shape, row = divmod(item, len(self.latents[0]))
        return shape, self.latents[shape][row], np.asarray(Image.open(self.paths[shape][row]).convert("RGB"))


def test_the_loader_of_folders_gives_images_and_latents_shape_by_shape(data: Data, out: Path) -> None:
    found = Causal(out / "trainset", 2)
    shown, images = factors(data, "train"), data.images("train")[:]
    counts = np.bincount(shown[:, 0].astype(int))
    assert len(found) == 2 * counts.min() and len(list((out / "trainset").rglob("*.png"))) == len(found)
    low, high = np.array([factor["range"] for name, factor in data.factors.items() if name != "shape"]).T
    for item in range(len(found)):
        shape, latents, image = found[item]
        row = np.flatnonzero(shown[:, 0] == shape)[item % counts.min()]
        assert (image == images[row]).all()
        np.testing.assert_allclose(latents, 2 * (shown[row, 1:] - low) / (high - low) - 1)
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"trainset", "validationset", "testset"}


def test_a_shape_that_no_image_shows_is_refused(tmp_path: Path) -> None:
    build(flat(n=10).spec, tmp_path / "few")
    with pytest.raises(ScmgenError, match=r"--to causal3dident: the split test has no (ball|cone); its loader takes"):
        exports.export(scmgen.load(tmp_path / "few"), "causal3dident", tmp_path / "set", splits=["test"])
    assert not (tmp_path / "set").exists()
