"""What the peers import and a machine may lack: the few functions that they call of torchvision and mlflow.

Beside a CPU build of torch, PyPI's torchvision cannot be imported; a peer calls four or five of its functions. Where
the library is there, it is used.
"""

import argparse
import importlib.machinery
import importlib.util
import os
import sys
import types
from pathlib import Path

import numpy as np


def arguments(peer, **more):
    """Read the command line that every script here has: the peer's checkout, and the export."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("checkout", type=Path, help=f"a clone of {peer}")
    parser.add_argument("export", type=Path, help="what scmgen export wrote")
    for name, (default, text) in more.items():
        parser.add_argument(f"--{name}", default=default, help=f"{text}  [default: {default}]")
    given = parser.parse_args()
    for path in (given.checkout, given.export):
        if not path.is_dir():
            parser.error(f"{path}: is no directory")
    given.checkout, given.export = given.checkout.resolve(), given.export.resolve()
    return given


def alone(*folders):
    """Work in a folder that is left behind at the end; modules come from ``folders`` first."""
    import tempfile

    sys.path[:0] = [str(folder) for folder in folders]
    place = tempfile.TemporaryDirectory()
    os.chdir(place.name)
    return place


def torchvision():
    """Put a small torchvision where there is none, or one that does not load."""
    try:
        importlib.import_module("torchvision")
        return
    except (ImportError, RuntimeError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
    parts = {
        "transforms": {"Compose": Compose, "ToTensor": ToTensor, "Resize": Resize},
        "utils": {"make_grid": lambda images, **how: images[0], "save_image": lambda image, path, **how: None},
        "models": {"resnet18": resnet18, "ResNet18_Weights": types.SimpleNamespace(DEFAULT=None)},
        "datasets": {},
    }
    put("torchvision", **{name: put(f"torchvision.{name}", **words) for name, words in parts.items()})


def put(name, **words):
    """Make a module of some words."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    vars(module).update(words)
    sys.modules[name] = module
    return module


def mlflow():
    """Put a silent journal where mlflow is not installed."""
    if importlib.util.find_spec("mlflow") is None:
        silent = {word: lambda *given, **named: None for word in ("log_metric", "log_artifact", "log_param")}
        put("mlflow", exceptions=put("mlflow.exceptions", MlflowException=RuntimeError), **silent)


def cdt():
    """Put the metrics of the Causal Discovery Toolbox, which call R at the end of a training, where it is not there."""
    if importlib.util.find_spec("cdt") is None:
        unknown = {word: lambda *given, **named: float("nan") for word in ("SHD", "SHD_CPDAG", "SID", "get_CPDAG")}
        read = {"retrieve_adjacency_matrix": lambda graph, *given, **named: np.asarray(graph)}
        put("cdt", metrics=put("cdt.metrics", **unknown, **read), SETTINGS=types.SimpleNamespace())
        put("cdt.utils")
        put("cdt.utils.R", RPackages=None, launch_R_script=None)


def debugger():
    """Put an empty debugger where ipdb, which is imported and never called, is not installed."""
    if importlib.util.find_spec("ipdb") is None:
        put("ipdb")


class Compose:
    """One transform after the other."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, image):
        """Transform an image."""
        for step in self.steps:
            image = step(image)
        return image


class ToTensor:
    """A Pillow image as floats in [0, 1], channels first."""

    def __call__(self, image):
        """Transform an image."""
        import torch

        pixels = np.array(image, np.float32) / 255
        return torch.from_numpy(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))


class Resize:
    """A Pillow image in another size ``(height, width)``."""

    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        """Transform an image."""
        return image.resize(self.size[::-1])


def resnet18(weights=None):
    """Give a small network in the place of the ResNet, whose weights would be fetched: 512 features, and ``fc``."""
    from torch import nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(3, 512, 8, 8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
            self.fc = nn.Linear(512, 1000)

        def forward(self, images):
            return self.fc(self.features(images))

    print("backbone: a small network stands in for the ResNet")
    return Small()
