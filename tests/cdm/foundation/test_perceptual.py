"""LPIPS in a network whose weights somebody brings; here they are random."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
from safetensors.torch import save_file

from cdm.errors import CdmError
from cdm.foundation.perceptual import vgg16
from cdm.metrics import perceptual

WIDTHS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
WIDTHS |= {17: (256, 512)} | dict.fromkeys((19, 21, 24, 26, 28), (512, 512))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give weights of the network, and of its features; of three features in a map all others count nothing."""
    place = tmp_path_factory.mktemp("vgg")
    told = {f"features.{k}.weight": torch.randn(b, a, 3, 3) / (3 * a**0.5) for k, (a, b) in WIDTHS.items()}
    told |= {f"features.{k}.bias": torch.zeros(b) for k, (_, b) in WIDTHS.items()}
    save_file(told, place / "vgg16.safetensors")
    lines = {f"lin{k}.model.1.weight": torch.zeros(1, wide, 1, 1) for k, wide in enumerate((64, 128, 256, 512, 512))}
    for line in lines.values():
        line[:, :3] = 1
    torch.save(lines, place / "vgg.pth")
    return place / "vgg16.safetensors", place / "vgg.pth"


def test_the_figure_is_named_by_the_weights_that_were_given(files: tuple[Path, Path]) -> None:
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3))
    whole, bare = vgg16(*files), vgg16(files[0])
    assert whole.name == "LPIPS (VGG-16)" and bare.name == "VGG-16 distance (no LPIPS weights)"
    maps = whole.backbone(images)
    assert [part.shape for part in maps] == [(2, 32 >> k, 32 >> k, w) for k, w in enumerate((64, 128, 256, 512, 512))]
    assert perceptual(images, images, whole.backbone, whole.weights) == 0
    far, near = (perceptual(images, s * images, whole.backbone, whole.weights) for s in (-1.0, 0.9))
    assert 0 < near < far < perceptual(images, -images, bare.backbone)


def test_black_is_what_the_network_was_trained_to_see_as_such(files: tuple[Path, Path]) -> None:
    centre = np.broadcast_to([-0.030, -0.088, -0.188], (1, 16, 16, 3))
    assert all(not part.any() for part in vgg16(files[0]).backbone(centre.astype(np.float32)))  # there are no biases


def test_other_files_are_one_message(files: tuple[Path, Path], tmp_path: Path) -> None:
    text = tmp_path / "vgg16.pth"
    text.write_text("weights")
    for place in (text, tmp_path / "none.pth", tmp_path / "none.safetensors"):
        with pytest.raises(CdmError) as error:
            vgg16(place)
        assert str(error.value).startswith(f"{place}: cannot be read as weights: ")
    with pytest.raises(CdmError) as error:
        vgg16(files[1])
    needed = "weights of VGG-16 as torchvision has them, and of lpips, are needed"
    assert str(error.value) == f"{files[1]}: has no features.0.weight; {needed}"
