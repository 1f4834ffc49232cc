"""BISCUIT on `scmgen export --to biscuit`: its loader, and a step of its model.

Runs the peer's own experiments/train_vae.py for one batch. Its loader imports the simulator of another data set, of
which it calls nothing here; that is left out, and so is optuna, which is imported and never called.
"""

import json
import os
import runpy
import sys
from collections import OrderedDict
from pathlib import Path

import stand_ins

BATCH = 16


def main():
    """Start the peer's script."""
    given = stand_ins.arguments("github.com/phlippe/BISCUIT")
    place = stand_ins.alone(given.checkout)
    import pytorch_lightning as lightning  # first: it asks whether torchvision is there

    stand_ins.torchvision()
    stand_ins.put("data_generation.data_generation_ithor", create_targets=None)
    stand_ins.put("optuna")
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"  # the checkpoints are those that it writes itself
    data = Path(place.name) / "voronoi_export"  # the name tells its scripts which loader to take
    data.symlink_to(given.export)
    trainers = shortened(lightning)
    teach(data)
    words = ["--data_dir", str(data), "--max_epochs", "1", "--batch_size", str(BATCH), "--num_workers", "0"]
    sys.argv = ["train_vae.py", *words, "--c_hid", "16", "--num_latents", "8", "--check_val_every_n_epoch", "1"]
    runpy.run_path(str(given.checkout / "experiments" / "train_vae.py"), run_name="__main__")
    measured = {name: float(value) for name, value in trainers[-1].logged_metrics.items() if "loss" in name}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in list(measured.items())[:4])
    print(f"started: BISCUITVAE, {trainers[0].global_step} step: {shown}")
    os.chdir(given.checkout)
    place.cleanup()


def shortened(lightning):
    """Let its trainer run a single batch of each loader."""
    trainers, now = [], lightning.Trainer

    def trainer(**how):
        bounds = {f"limit_{part}_batches": 1 for part in ("train", "val", "test")} | {"inference_mode": False}
        trainers.append(now(**how, **bounds, num_sanity_val_steps=0, log_every_n_steps=1))
        return trainers[-1]

    lightning.Trainer = trainer
    from models.shared import causal_encoder

    del causal_encoder.CausalEncoder.validation_epoch_end  # Lightning 2 refuses a model that has it
    return trainers


def teach(data):
    """Tell its loader which variables there are: it knows its own only."""
    from experiments import datasets

    settings = json.loads((data / "settings.json").read_text())
    datasets.VoronoiDataset.VAR_INFO = OrderedDict(settings["var_info"])
    loaded = datasets.VoronoiDataset(str(data), split="train", return_robot_state=True, return_latents=True)
    print(len(loaded), "pairs of images, actions, targets, latents", [tuple(part.shape) for part in loaded[0]])


if __name__ == "__main__":
    main()
