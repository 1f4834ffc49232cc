"""Morpho-MNIST on `scmgen export --to morphomnist`: its loader and morphometrics, and a step of its VAE.

Its network has images of 28 px; of others only the loader and the measurements are started.
"""

import os

import numpy as np
import stand_ins


def main():
    """Start the peer's loader, its measurements and its VAE."""
    given = stand_ins.arguments("github.com/dccastro/Morpho-MNIST")
    place = stand_ins.alone(given.checkout)
    from experiments.data_util import MNISTLike

    for train in (True, False):
        data = MNISTLike(str(given.export), train=train)
        print("train" if train else "t10k", tuple(data.images.shape), "labels", np.unique(data.labels).tolist())
    measured(data.images[0].numpy())
    if data.images.shape[-1] == 28:
        step(MNISTLike(str(given.export)).images[:32])
        print("started: its VAE, 1 step")
    else:
        print(f"its VAE has 28 px, these are {data.images.shape[-1]}: loaded, not trained")
    os.chdir(given.checkout)
    place.cleanup()


def measured(image):
    """Measure an image as it measures a digit."""
    try:
        from morphomnist import measure

        print("measured:", measure.measure_image(image, verbose=False))
    except (AttributeError, ImportError, TypeError, ValueError) as error:  # it is written for skimage of 2018
        print(f"not measured: {type(error).__name__}: {error}")


def step(images):
    """Do a step of its VAE, which prints its losses."""
    from models import vae

    vae.Trainer(vae.VAE(16)).step(images[:, None].float() / 255, verbose=True)


if __name__ == "__main__":
    main()
