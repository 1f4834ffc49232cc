"""CITRIS on `scmgen export --to citris`: its loaders, and a step each of its causal encoder and its model.

Runs the peer's own experiments/train_causal_encoder.py and experiments/train_vae.py for one batch. They are written for
PyTorch Lightning 1.6; what changed since is put right here.
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
    """Start both of the peer's scripts."""
    given = stand_ins.arguments("github.com/phlippe/CITRIS", model=("CITRISVAE", "or iCITRISVAE, iVAE, SlowVAE"))
    place = stand_ins.alone(given.checkout)
    import pytorch_lightning as lightning  # first: it asks whether torchvision is there

    stand_ins.torchvision()
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"  # the checkpoints are those that it writes itself
    data = Path(place.name) / "voronoi_export"  # the name tells its scripts which loader to take
    data.symlink_to(given.export)
    trainers = modernise(lightning)
    teach(data)
    common = ["--data_dir", str(data), "--max_epochs", "1", "--batch_size", str(BATCH), "--num_workers", "0"]
    start(given.checkout, "train_causal_encoder", [*common, "--c_hid", "16", "--check_val_every_n_epoch", "1"])
    report("causal encoder", trainers)
    encoder = next(Path("checkpoints/CausalEncoder").rglob("*.ckpt"))
    more = ["--causal_encoder_checkpoint", str(encoder), "--model", given.model, "--c_hid", "16"]
    start(given.checkout, "train_vae", [*common, *more, "--num_latents", "8", "--check_val_every_n_epoch", "1"])
    report(given.model, trainers)
    os.chdir(given.checkout)
    place.cleanup()


def modernise(lightning):
    """Give today's Lightning the words of 1.6, and let it run a single batch of each loader."""
    trainers, now = [], lightning.Trainer

    def trainer(gpus=0, **how):
        bounds = {f"limit_{part}_batches": 1 for part in ("train", "val", "test")} | {"inference_mode": False}
        made = now(**how, **bounds, accelerator="cpu", num_sanity_val_steps=0, log_every_n_steps=1)
        trainers.append(made)
        return made

    lightning.Trainer = trainer
    lightning.callbacks.GPUStatsMonitor = lightning.callbacks.Callback
    from models import baselines, citris_vae, icitris_vae, shared

    models = [citris_vae.CITRISVAE, icitris_vae.iCITRISVAE, baselines.iVAE, baselines.SlowVAE, shared.CausalEncoder]
    for model in models:
        for hook in ("training_epoch_end", "validation_epoch_end", "test_epoch_end"):
            if hook in vars(model):  # Lightning 2 refuses a model that has it
                delattr(model, hook)
    histograms = sys.modules["models.shared.causal_encoder"].CausalEncoderHistogramCallback
    del histograms.on_validation_epoch_end  # which the hook above kept from being reached: it names no plt
    return trainers


def teach(data):
    """Tell its loader which variables there are: it knows its own only."""
    from experiments import datasets

    settings = json.loads((data / "settings.json").read_text())
    datasets.VoronoiDataset.VAR_INFO = OrderedDict(settings["var_info"])
    for split in ("val_indep", "test_indep"):
        single = datasets.VoronoiDataset(str(data), split=split, single_image=True, return_latents=True)
        print(split, len(single), "images", [tuple(part.shape) for part in single[0]])
    for split in ("val", "test"):
        triplets = datasets.VoronoiDataset(str(data), split=split, triplet=True, return_latents=True)
        print(split, len(triplets), "triplets", [tuple(part.shape) for part in triplets[0]])


def start(checkout, script, words):
    """Run a script of the peer's as its command line would."""
    sys.argv = [f"{script}.py", *words]
    runpy.run_path(str(checkout / "experiments" / f"{script}.py"), run_name="__main__")


def report(what, trainers):
    """Say what the last trainer measured."""
    measured = {name: float(value) for name, value in trainers[-1].logged_metrics.items() if "loss" in name}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in list(measured.items())[:4])
    print(f"started: {what}, {trainers[-1].global_step} step: {shown}")


if __name__ == "__main__":
    main()
