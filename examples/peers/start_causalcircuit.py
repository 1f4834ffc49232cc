"""CausalCircuit (weakly supervised CRL) on `scmgen export --to causalcircuit`: its loader, and a step of its training.

Runs the peer's own experiments/causalcircuit_reduce_dim.py for one batch. Its network has images of 64 or 512 px.
"""

import importlib
import json
import os

import stand_ins

BATCH = 8


def main():
    """Start the peer's training."""
    given = stand_ins.arguments("github.com/Qualcomm-AI-research/weakly-supervised-causal-representation-learning")
    manifest = json.loads((given.export / "source.json").read_text())
    place = stand_ins.alone(given.checkout)
    stand_ins.mlflow()
    experiment = importlib.import_module("experiments.causalcircuit_reduce_dim")
    experiment.get_dataloader = one_batch(experiment.get_dataloader)
    settings = configured(given.checkout, given.export, manifest, place.name)
    model = experiment.create_model(settings)
    metrics, _ = experiment.train(settings, model)
    parameters = sum(part.numel() for part in model.parameters())
    print(f"started: {settings.model.type}, {parameters:,} parameters, 1 step")
    print(", ".join(f"{name} {values[-1]:.3f}" for name, values in list(metrics.items())[:4]))
    os.chdir(given.checkout)
    place.cleanup()


def configured(checkout, export, manifest, place):
    """Give its published settings, for this data set and a step on a CPU."""
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(checkout / "config"), version_base=None):
        return compose(
            "causalcircuit_reduce_dim",
            [
                f"data.data_dir={export}",
                f"data.dim_x=[{manifest['size']},{manifest['size']},3]",
                f"data.dim_z={len(manifest['factors'])}",
                f"model.dim_x=[{manifest['size']},{manifest['size']},3]",
                f"model.dim_z={len(manifest['factors'])}",
                f"general.base_dir={place}",
                "general.exp_name=started",
                "general.seed=0",
                "general.verbose=false",
                f"training.batchsize={BATCH}",
                f"eval.batchsize={BATCH}",
                "training.epochs=1",
                "training.device=cpu",
                "training.log_every_n_steps=1",
                "training.plot_every_n_steps=0",  # of a single batch it cannot draw twelve
                "training.save_model_every_n_steps=0",
            ],
        )


def one_batch(load):
    """Let its loader give the first batch only."""

    def loaded(settings, tag, **how):
        batch = next(iter(load(settings, tag, **how)))
        print(tag, "batch", [tuple(part.shape) for part in batch])
        print(tag, f"latents {float(batch[2].min()):.3f} to {float(batch[2].max()):.3f}")
        return [batch]

    return loaded


if __name__ == "__main__":
    main()
