"""GIES on `scmgen export --to gies`: the package's own search, with the Gaussian BIC score."""

import json
import os

import numpy as np
import stand_ins


def main():
    """Start the peer's search."""
    given = stand_ins.arguments("github.com/juangamella/gies", split=("train", "which file of the export"))
    place = stand_ins.alone(given.checkout)
    import gies

    with np.load(given.export / f"{given.split}.npz") as file:
        data, truth = list(file["data"]), file["adjacency"]
    targets = json.loads((given.export / "targets.json").read_text())
    print(len(data), "regimes", data[0].shape, "targets", targets, "from", os.path.dirname(gies.__file__))
    estimate, score = gies.fit_bic(data, targets)
    print(f"started: gies.fit_bic, score {score:.1f}; the graph's own edges found {int((truth * estimate).sum())}")
    print(f"edges {int(estimate.sum())} found, {int(truth.sum())} true")
    os.chdir(given.checkout)
    place.cleanup()


if __name__ == "__main__":
    main()
