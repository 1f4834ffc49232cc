"""DCDI on `scmgen export --to dcdi`: its loader, and a batch of it.

Its training is started by its own main.py; the last line that is printed is the command.
"""

import os

import stand_ins


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
    known = "--intervention --intervention-type perfect --intervention-knowledge known --normalize-data"
    print(f"loaded: python main.py --train --data-path {folder} --i-dataset 1 --num-vars {data.dim} {known}")
    os.chdir(given.checkout)
    place.cleanup()


if __name__ == "__main__":
    main()
