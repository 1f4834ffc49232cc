"""CausalVerse on `scmgen export --to causalverse`: its two loaders, and an epoch of its supervised baseline.

Of clips its loader of videos, which needs `decord`; its training wants the weights of a VAE, which are fetched.

Runs the peer's own evaluation/image_part/SUP/train.py on a few samples. Its backbone's weights are fetched by
torchvision; where that is not installed, a small network stands in for it.
"""

import importlib
import importlib.util
import json
import os
import runpy
import sys
import types

import stand_ins

SAMPLES = 80  # 64 to train on, 16 to test on: its own R2 cross-validates


def main():
    """Start the peer's loaders and its training."""
    given = stand_ins.arguments("github.com/CausalVerse/CausalVerseBenchmark", split=("train", "which split"))
    if (given.export / given.split / "video").is_dir():
        return videos(given)
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


def videos(given):
    """Let its loader read each clip as it is, and say what it gives."""
    place = stand_ins.alone(given.checkout / "video_part" / "src")
    import torch

    if importlib.util.find_spec("torchvision") is None:  # images keep their size here: nothing of it is called
        parts = {name: stand_ins.put(f"torchvision.transforms.{name}") for name in ("functional", "v2")}
        modes = types.SimpleNamespace(BICUBIC=None)
        stand_ins.put(
            "torchvision", transforms=stand_ins.put("torchvision.transforms", InterpolationMode=modes, **parts)
        )
    loader = importlib.import_module("data_modules.fall_dataset").PhysicsFallDataset
    frames = json.loads((given.export / "source.json").read_text())["frames"]
    how = {"image_size": None, "num_frames": frames, "interval": 1, "max_start_frame": 0}
    clips = loader(str(given.export / given.split), transform=lambda video: video.to(torch.float32) / 255, **how)
    shown = [clips[k] for k in range(len(clips))]
    whole = sum("vector" in one for one in shown)
    print(
        given.split, len(clips), "clips, frames", tuple(shown[0]["frames"].shape), "vectors", shown[0]["vector"].shape
    )
    print(f"started: PhysicsFallDataset, {whole} of {len(clips)} clips read with their factors")
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
