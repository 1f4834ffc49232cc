"""tigramite's PCMCI and causal-learn's CD-NOD on the label tables of a data set of clips.

PCMCI searches for what causes what from one frame to the next, a clip a sequence of its own; CD-NOD for what goes
together and which factors change with the number of the frame, or with the environment where there are some.

    pip install tigramite causal-learn
    python search_lags.py data/fall
"""

import argparse

import numpy as np
from causallearn.search.ConstraintBased.CDNOD import cdnod
from tigramite.data_processing import DataFrame
from tigramite.independence_tests.parcorr import ParCorr
from tigramite.pcmci import PCMCI

import scmgen


def main():
    """Run both on the first clips of a split, and compare what PCMCI found with the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", help="what scmgen build wrote, of a scene that moves")
    parser.add_argument("--split", default="train")
    parser.add_argument("--clips", type=int, default=200, help="how many  [default: %(default)s]")
    parser.add_argument("--alpha", type=float, default=0.001, help="of both searches  [default: %(default)s]")
    given = parser.parse_args()
    data = scmgen.load(given.directory)
    batch = next(data.iterate(given.split, batch_size=given.clips, members=[]))
    factors, names = batch["factors"], list(data.factors)
    moving = [k for k, name in enumerate(names) if np.ptp(factors[..., k], axis=1).any()]
    names, factors = [names[k] for k in moving], factors[..., moving]  # a constant of the clip has no course
    lags(data, names, factors, given.alpha)
    changes(names, factors, batch.get("domain"), given.alpha)


def lags(data, names, factors, alpha):
    """Search for edges from one frame to the next."""
    frame = DataFrame(dict(enumerate(factors)), var_names=names, analysis_mode="multiple")
    found = PCMCI(frame, ParCorr(), verbosity=0).run_pcmci(tau_min=1, tau_max=1, pc_alpha=alpha, alpha_level=alpha)
    edges = {(names[a], names[b]) for a, b in np.argwhere(found["graph"][:, :, 1] == "-->").tolist()}
    truth = {(a, b) for a, b, lag in data.graph.edges(data="lag") if lag == 1 and {a, b} <= set(names)}
    print(f"PCMCI: {len(factors)} clips of {factors.shape[1]} frames, {len(names)} factors that move")
    print(f"  found {len(edges)} lagged edges of {len(truth)}: {len(edges & truth)} true, {len(edges - truth)} false")
    print("  missed:", ", ".join(sorted(f"{a} -> {b}" for a, b in truth - edges)) or "none")


def changes(names, factors, domain, alpha):
    """Search for what goes together in a frame, and what changes with its number or its environment."""
    rows, frames = factors.reshape(-1, len(names)), factors.shape[1]
    index = (
        np.tile(np.arange(frames), len(factors))
        if domain is None
        else np.broadcast_to(domain.T, (frames, len(factors))).T
    )
    found = cdnod(rows, index.reshape(-1, 1).astype(float), alpha, "fisherz", show_progress=False)
    marks = found.G.graph  # marks[b, a] == 1 and marks[a, b] == -1: a -> b
    what = "the frame" if domain is None else "the environment"
    together = [f"{names[a]} - {names[b]}" for a in range(len(names)) for b in range(a) if marks[a, b] and marks[b, a]]
    print(f"CD-NOD: {len(rows):,} frames; go together: {', '.join(together) or 'none'}")
    print(f"  change with {what}:", ", ".join(n for k, n in enumerate(names) if marks[-1, k]) or "none")


if __name__ == "__main__":
    main()
