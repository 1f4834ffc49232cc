"""LPIPS with VGG-16, for whoever has the weights: the network is here, its weights are read of files.

Zhang, Isola, Efros, Shechtman and Wang 2018 (arXiv 1801.03924). The figure is LPIPS only with the weights of network
and features, so it is named by what was given; :func:`cdm.metrics.perceptual` computes it.
"""

from __future__ import annotations

import pickle  # for the name of an error; files are read with weights_only
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from cdm.errors import CdmError

Maps = Sequence[NDArray[Any]]
_BLOCKS = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))  # the convolutions of VGG-16, by their numbers
_CENTRE, _SPREAD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of the images that it was trained on


@dataclass(frozen=True)
class Perceptual:
    """A network that images are compared in.

    Attributes:
        name: of the figure.
        backbone: images ``(n, height, width, 3)`` from -1 to 1 to feature maps.
        weights: of the features of each map; none if they all count alike.
    """

    name: str
    backbone: Callable[[Any], Maps]
    weights: Maps = ()


def vgg16(backbone: Path, heads: Path | None = None) -> Perceptual:
    """LPIPS in the features of VGG-16.

    Args:
        backbone: its weights as torchvision names them, ``.safetensors`` or a file of torch.
        heads: the weights of features as the package lpips names them; without them the figure is none of LPIPS.

    Raises:
        CdmError: if a file cannot be read or holds other weights.
    """
    layers = [f"features.{k}.{part}" for block in _BLOCKS for k in block for part in ("weight", "bias")]
    told = _read(backbone, layers)
    if heads is None:
        return Perceptual("VGG-16 distance (no LPIPS weights)", lambda images: _maps(images, told))
    names = [f"lin{k}.model.1.weight" for k in range(len(_BLOCKS))]
    lines = _read(heads, names)
    return Perceptual("LPIPS (VGG-16)", lambda images: _maps(images, told), [lines[n].flatten().numpy() for n in names])


def _maps(images: Any, told: dict[str, Tensor]) -> Maps:
    x = torch.tensor(np.asarray(images, np.float32)).permute(0, 3, 1, 2)
    x = (x - torch.tensor(_CENTRE).view(3, 1, 1)) / torch.tensor(_SPREAD).view(3, 1, 1)
    found = []
    for number, block in enumerate(_BLOCKS):
        x = functional.max_pool2d(x, 2) if number else x
        for k in block:
            x = functional.conv2d(x, told[f"features.{k}.weight"], told[f"features.{k}.bias"], padding=1).relu()
        found.append(x.permute(0, 2, 3, 1).numpy())
    return found


def _read(path: Path, names: Sequence[str]) -> dict[str, Tensor]:
    """Tensors of a file, of these names."""
    try:
        safe = path.suffix == ".safetensors"
        found = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, SafetensorError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise CdmError(f"{path}: cannot be read as weights: {(str(error).splitlines() or ['empty'])[0]}") from None
    missing = next((name for name in names if not isinstance(found, dict) or name not in found), None)
    if missing:
        raise CdmError(f"{path}: has no {missing}; weights of VGG-16 as torchvision has them, and of lpips, are needed")
    return {name: found[name].float() for name in names}
