"""DCDI on `scmgen export --to dcdi`: its loader, a batch of it, and three steps of its own training.

It draws no plots, which ask matplotlib for what it no longer has; where the Causal Discovery Toolbox is not there, its
metrics are nan.
"""

import os
import runpy
import sys

import stand_ins

PLOTS = "learned_density weighted_adjacency adjacency learning_curves interv_w learning_curves_retrain".split()


def main():
    """Start the peer's loader."""
    given = stand_ins.arguments("github.com/slachapelle/dcdi", split=("train", "which folder of the export"))
    place = stand_ins.alone(given.checkout)
    from dcdi.data import DataManagerFile

    folder = str(given.export / given.split)
    data = DataManagerFile(folder, 1, intervention=True, normalize=True)
    print("regimes", data.all_regimes.tolist(), "samples", data.num_samples, "edges", int(data.adjacency.sum()))
    samples, masks, regimes = data.sample(8)
    print("batch", tuple(samples.shape), "masks", tuple(masks.shape), "regimes", regimes.tolist())
    targets = [((mask == 0).nonzero().flatten() + 1).tolist() for mask in masks]
    print("each regime masks its own target:", targets == [[regime] if regime else [] for regime in regimes.tolist()])
    observed = DataManagerFile(folder, 1)
    print("observational:", observed.num_samples, "samples")
    stand_ins.cdt()
    stand_ins.put("dcdi.plot", **{f"plot_{plot}": lambda *given, **named: None for plot in PLOTS})
    known = "--intervention --intervention-type perfect --intervention-knowledge known --normalize-data"
    line = f"--train --model DCDI-G --i-dataset 1 --num-vars {data.dim} {known} --num-train-iter 3 --exp-path run"
    sys.argv = ["main.py", *line.split(), "--data-path", folder]
    os.mkdir("run")
    runpy.run_path(str(given.checkout / "main.py"), run_name="__main__")
    print("trained: three steps of", " ".join(sys.argv))
    os.chdir(given.checkout)
    place.cleanup()


if __name__ == "__main__":
    main()
