"""CausalVerse on `scmgen export --to causalverse`: its two loaders, and an epoch of its supervised baseline.

Runs the peer's own evaluation/image_part/SUP/train.py on a few samples. Its backbone's weights are fetched by
torchvision; where that is not installed, a small network stands in for it.
"""

import importlib
import json
import os
import runpy
import sys

import stand_ins

SAMPLES = 80  # 64 to train on, 16 to test on: its own R2 cross-validates


def main():
    """Start the peer's loaders and its training."""
    given = stand_ins.arguments("github.com/CausalVerse/CausalVerseBenchmark", split=("train", "which split"))
    factors = json.loads((given.export / "source.json").read_text())["factors"]
    code = given.checkout / "evaluation" / "image_part" / "SUP"
    place = stand_ins.alone(code, given.checkout / "dataset")
    stand_ins.torchvision()
    stand_ins.debugger()
    many = importlib.import_module("dataset_multisplit").MultiSplitImageCSVDataset(
        str(given.export), given.split, check_files=True, verbose=False
    )
    print(given.split, len(many), many.meta_columns, [tuple(part.shape) for part in many[0]])
    fewer()
    words = ["--meta_csv", str(given.export / f"{given.split}.csv"), "--epochs", "1", "--num_workers", "0"]
    sys.argv = ["train.py", *words, "--z_dim", str(len(factors)), "--batch_size", "32"]
    runpy.run_path(str(code / "train.py"), run_name="__main__")
    print("started: SupervisedModel, 1 epoch of 2 steps")
    os.chdir(given.checkout)
    place.cleanup()


def fewer():
    """Let its data set be its first samples."""
    images = importlib.import_module("image_dataset").UnsupervisedImageDataset
    build = images.__init__

    def built(self, *given, **named):
        build(self, *given, **named)
        print(len(self.df), "samples, latents", self.z_fields)
        self.df = self.df[:SAMPLES]

    images.__init__ = built


if __name__ == "__main__":
    main()
