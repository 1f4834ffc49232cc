"""CausalVAE on `scmgen export --to causalvae`: its loader, and a step of its training (96 px, four factors).

Runs the peer's own run_pendulum.py, or run_flow.py for the scene flow, for one batch.
"""

import csv
import json
import os
import runpy
import sys
from pathlib import Path

import numpy as np
import stand_ins

SCRIPTS = {"flow": ("run_flow", "mask_vae_flow", "flow_noise")}
PENDULUM = ("run_pendulum", "mask_vae_pendulum", "pendulum")
PUBLISHED = ("pendulum-classic", "flow")  # whose labels have the steps that the network's scale expects


def main():
    """Start the peer's script."""
    given = stand_ins.arguments("github.com/huawei-noah/trustworthyAI (research/CausalVAE)")
    code = given.checkout / "research" / "CausalVAE"
    scene = json.loads((given.export / "source.json").read_text())["spec"]["scene"]["name"]
    script, model, folder = SCRIPTS.get(scene, PENDULUM)
    place = stand_ins.alone(code)
    stand_ins.torchvision()
    Path("causal_data").mkdir()
    Path("causal_data", folder).symlink_to(given.export)
    one_batch()
    if scene not in PUBLISHED:
        rescale(model, given.export)
    sys.argv = [f"{script}.py", "--epoch_max", "1"]
    runpy.run_path(str(code / f"{script}.py"), run_name="__main__")
    print(f"started: {script}.py, 1 step")
    os.chdir(code)
    place.cleanup()


def one_batch():
    """Let its loader give the first batch only."""
    import utils

    load = utils.get_batch_unin_dataset_withlabel

    def loaded(*how):
        images, labels = next(iter(load(*how)))
        print("batch", tuple(images.shape), "labels", labels[0].tolist())
        return [(images, labels)]

    utils.get_batch_unin_dataset_withlabel = loaded


def rescale(model, export):
    """Give the network the scale of the export: the middle and half the width of each label."""
    import importlib

    with (export / "scale.csv").open(newline="") as file:
        scale = [[float(row["middle"]), float(row["half_width"])] for row in csv.DictReader(file)]
    if len(scale) != 4:
        sys.exit(f"its network has four concepts, and the export {len(scale)} factors")
    network = importlib.import_module(f"codebase.models.{model}").CausalVAE
    build = network.__init__

    def built(self, *given, **named):
        build(self, *given, **named)
        self.scale = np.array(scale)

    network.__init__ = built


if __name__ == "__main__":
    main()
