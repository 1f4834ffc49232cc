"""Causal3DIdent on `scmgen export --to causal3dident`: its loader or that of CITRIS, and a step of the training.

Whose checkout it is given decides. Of ssl_identifiability it runs main_3dident.py, of seven shapes; an exact search
stands in for faiss, and a small network for the ResNet where torchvision is not installed. Of CITRIS it runs
experiments/train_causal_encoder.py and experiments/train_vae.py, as start_citris.py does, with its loader of this data.
"""

import importlib.util
import os
import runpy
import sys
import types
from pathlib import Path

import numpy as np
import stand_ins
import start_citris

BATCH = 8


def main():
    """Start the scripts of the peer whose code it is."""
    given = stand_ins.arguments("github.com/ysharma1126/ssl_identifiability, or of github.com/phlippe/CITRIS")
    if (given.checkout / "experiments" / "datasets.py").is_file():
        return sequences(given)
    place = stand_ins.alone(given.checkout)
    stand_ins.put("datasets", __path__=[str(given.checkout / "datasets")])  # a folder of its own, and no library
    augmented()
    faiss()
    numbers()
    words = ["--offline-dataset", str(given.export), "--no-cuda", "--workers", "0", "--batch-size", str(BATCH)]
    more = ["--change-all-hues", "--n-steps", "1", "--num-eval-batches", "1", "--n-eval-samples", str(8 * BATCH)]
    looking()
    sys.argv = ["main_3dident.py", *words, *more]
    os.mkdir("models")
    runpy.run_path(str(given.checkout / "main_3dident.py"), run_name="__main__")
    print("started: main_3dident.py, 1 step and its evaluation")
    os.chdir(given.checkout)
    place.cleanup()


def sequences(given):
    """Start CITRIS on the sequences, with its loader of Temporal Causal3DIdent."""
    place = stand_ins.alone(given.checkout)
    import pytorch_lightning as lightning  # first: it asks whether torchvision is there

    stand_ins.torchvision()
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"  # the checkpoints are those that it writes itself
    data = Path(place.name) / "causal3d_export"  # the name tells its scripts which loader to take
    data.symlink_to(given.export)
    trainers = start_citris.modernise(lightning)
    from experiments import datasets

    train = datasets.Causal3DDataset(str(data), split="train", return_latents=True)
    known = {"causal_vars": train.full_target_names, "return_latents": True}
    print("train", len(train), "pairs", [tuple(part.shape) for part in train[0]])
    for split, how in (("val_indep", {"single_image": True}), ("val", {"triplet": True})):
        part = datasets.Causal3DDataset(str(data), split=split, **how, **known)
        print(split, len(part), "samples", [tuple(one.shape) for one in part[0]])
    common = ["--data_dir", str(data), "--max_epochs", "1", "--batch_size", str(BATCH), "--num_workers", "0"]
    common += ["--c_hid", "16", "--check_val_every_n_epoch", "1", "--data_img_width", str(train.get_img_width())]
    start_citris.start(given.checkout, "train_causal_encoder", common)
    start_citris.report("causal encoder", trainers)
    encoder = next(Path("checkpoints/CausalEncoder").rglob("*.ckpt"))
    more = ["--causal_encoder_checkpoint", str(encoder), "--model", "CITRISVAE", "--num_latents", "24"]
    start_citris.start(given.checkout, "train_vae", [*common, *more])
    start_citris.report("CITRISVAE", trainers)
    os.chdir(given.checkout)
    place.cleanup()


def augmented():
    """Complete the small torchvision, where the library is not there, by what this peer imports."""
    stand_ins.torchvision()
    library = sys.modules["torchvision"]
    if importlib.util.find_spec("torchvision") is not None and hasattr(library.datasets, "folder"):
        return
    library.datasets.folder = types.SimpleNamespace(pil_loader=coloured)
    library.transforms.Normalize = Normalize
    library.transforms.functional = stand_ins.put("torchvision.transforms.functional")
    for name in ("resnet18", "resnet50", "resnet101", "resnet152"):
        setattr(library.models, name, lambda weights=None, num_classes=1000: small(num_classes))


def coloured(path):
    """Open an image, as torchvision does."""
    from PIL import Image

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


class Normalize:
    """Images less a mean, over a deviation, of each channel."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, image):
        """Normalise an image ``(3, height, width)``."""
        return (image - image.new_tensor(self.mean)[:, None, None]) / image.new_tensor(self.std)[:, None, None]


def small(outputs):
    """Give a network in the place of a ResNet."""
    from torch import nn

    network = stand_ins.resnet18()
    network.fc = nn.Linear(512, outputs)
    return network


class Nearest:
    """An exact search in the place of faiss."""

    def __init__(self, width, *how):
        self.known = np.zeros((0, width), np.float32)

    def train(self, vectors):
        """Learn nothing."""

    def add(self, vectors):
        """Keep vectors ``(n, width)``."""
        self.known = np.concatenate([self.known, vectors])

    def search(self, vectors, count):
        """Find the nearest: squared distances and numbers ``(n, count)``."""
        apart = ((self.known[None] - vectors[:, None]) ** 2).sum(axis=-1)
        order = np.argsort(apart, axis=1)[:, :count]
        return np.take_along_axis(apart, order, axis=1), order


def faiss():
    """Put an exact search: its own wants forty thousand images, or is not installed."""
    stand_ins.put("faiss", index_factory=Nearest, IndexFlatL2=Nearest, omp_set_num_threads=lambda count: None)


class Number:
    """A tensor of one number, which stays a number when its loader makes an array of it."""

    def __init__(self, tensor):
        self.tensor = tensor

    def numpy(self):
        """Give what the next call is asked of."""
        return self

    def flatten(self):
        """Give the number: an array of one is none to today's numpy."""
        return float(self.tensor)


def numbers():
    """Let the loader draw numbers."""
    import spaces

    draw = spaces.NBoxSpace.normal
    spaces.NBoxSpace.normal = lambda self, *given, **named: Number(draw(self, *given, **named))


def looking():
    """Say what its loader gives, before its script does."""
    from datasets import clevr_dataset

    build = clevr_dataset.CausalDataset.__init__

    def built(self, *given, **named):
        build(self, *given, **named)
        shape, latents, _ = self[len(self) - 1]
        if isinstance(latents, tuple):
            latents = latents[0]
        print(Path(self.root).name, len(self), "images of", len(self.classes), "shapes; the last is of shape", shape)
        print("latents", np.round(latents, 2).tolist())

    clevr_dataset.CausalDataset.__init__ = built


if __name__ == "__main__":
    main()
