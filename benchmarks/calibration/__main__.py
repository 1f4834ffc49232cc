"""Are the probabilities of edges what they say? On simulated causal models whose graphs are known.

    python -m benchmarks.calibration fit  # prints the weights that stand in cdm/discovery/twin/odds.py
    python -m benchmarks.calibration measure -o benchmarks/results/calibration.json
    python -m benchmarks.calibration plot benchmarks/results/calibration.json -o docs/images/calibration.png
    python -m benchmarks.calibration built FOLDER -o benchmarks/results/graphs.json  # data sets of scmgen below FOLDER

``fit`` looks at models of the seeds from 100,000 on; at half as many of scmgen's with 16,000 pairs each (seeds from
200,000 on), where misfit makes wrong edges; and at as many with 5,000 pairs and perhaps hidden causes (seeds from
300,000 on). ``measure`` looks at those of the seeds from 0 on: 200 models of
4, 6, 8 and 12 factors, 100 to 20,000 pairs; in a third of them targets are missing, in a third there are hidden causes,
a third are scmgen's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.calibration import built, models
from cdm.discovery import interventional
from cdm.discovery.twin import confounding, movement, odds
from cdm.discovery.twin.twins import Twins

FITTED, MANY, HIDDEN, MEASURED = 100_000, 200_000, 300_000, 0  # first seeds
BINS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 1.0)
ENOUGH = 20  # answers in a bin, of fewer a share says little


def evidence(seed: int, **given: int) -> dict[str, list[list[float]]]:
    """What the package sees of one model: features, and 1 for what is there, of each kind of evidence."""
    model = models.draw(seed, **given)
    twins = Twins(model.code, model.before, model.after, model.mask, model.floor)
    seen = interventional.look(twins, seed)
    turned = movement.excluded(seen.moves)
    rows: dict[str, list[list[float]]] = {"direct": [], "still": [], "turned": [], "hidden": []}
    for i, j in itertools.permutations(range(len(turned)), 2):
        true = float(model.directed[i, j])
        if (i, j) in seen.evidence:
            found = seen.evidence[i, j]
            if found is not None and (i, j) not in seen.doubt:
                rows["direct"].append([*odds.direct(found, float(seen.moves.excess[i, j]), seen.units[j]), true])
        elif turned[i, j]:
            rows["turned"].append([true])
        else:
            rows["still"].append([*odds.still(float(seen.moves.bound[i, j]), float(seen.moves.seen[i, j])), true])
    graph = interventional.decide(interventional.probabilities(seen), seen.moves.ancestors)
    noises = confounding.dependences(twins, graph.adjacency, seed)
    open_ = interventional.open_pairs(seen.moves, graph)
    for (i, j), found in noises.items():
        if not open_[i, j]:
            rows["hidden"].append([*odds.hidden(found), float(model.bidirected[i, j])])
    return rows


def logistic(rows: list[list[float]], decay: float = 1.0) -> list[float]:
    """The weights of a logistic regression, by Newton's method; the last number of a row is what is to be told."""
    table = torch.tensor(rows, dtype=torch.float64)
    x, y = table[:, :-1], table[:, -1]
    weights = torch.zeros(x.shape[1], dtype=torch.float64)
    for _ in range(60):
        p = torch.sigmoid(x @ weights)
        gradient = x.T @ (p - y) + decay * weights
        curvature = x.T @ (x * (p * (1 - p))[:, None]) + decay * torch.eye(len(weights), dtype=torch.float64)
        weights -= torch.linalg.solve(curvature, gradient)
    return weights.tolist()


def shift(rows: list[list[float]], weights: list[float]) -> float:
    """What must be added to a constant so that a logistic function says on average what is true of these rows."""
    table, more = torch.tensor(rows, dtype=torch.float64), 0.0
    for _ in range(50):
        p = torch.sigmoid(table[:, :-1] @ torch.tensor(weights, dtype=torch.float64) + more)
        more -= float((p - table[:, -1]).sum() / (p * (1 - p)).sum())
    return more


def fit(options: argparse.Namespace) -> None:
    """Print the weights."""
    rows: dict[str, list[list[float]]] = {}
    natural = list[list[float]]()
    looks: list[tuple[int, dict[str, int]]] = [(FITTED + k, {}) for k in range(options.models)]
    looks += [(MANY + 3 * k, {"pairs": 16_000, "size": models.SIZES[k % 3]}) for k in range(options.models // 2)]
    looks += [(HIDDEN + 3 * k, {"pairs": 5_000, "size": models.SIZES[k % 2]}) for k in range(options.models)]
    for seed, given in looks:
        for kind, found in evidence(seed, **given).items():
            rows.setdefault(kind, []).extend(found)
        if options.out:
            options.out.write_text(json.dumps(rows))
        natural = list(rows["hidden"]) if seed < MANY else natural
    turned = [row[-1] for row in rows.pop("turned")]
    print({kind: [len(found), sum(row[-1] for row in found)] for kind, found in rows.items()})
    for kind, found in rows.items():
        weights = logistic(found)
        if kind == "hidden":  # as often as in models that are drawn as those that are measured
            weights[0] += shift(natural, weights)
        print(f"{kind.upper()} = {tuple(round(weight, 3) for weight in weights)}")
    print(f"TURNED = {(sum(turned) + 1) / (len(turned) + 2):.4f}  # {len(turned)}")


def answers(seed: int, **given: int) -> dict[str, Any]:
    """What is said of one model, and what is true."""
    model, began = models.draw(seed, **given), time.perf_counter()
    found = interventional.discover(model.code, model.before, model.after, model.mask, model.floor, seed)
    assert found.bidirected is not None  # noqa: S101
    d = len(model.directed)
    pairs, couples = list(itertools.permutations(range(d), 2)), list(itertools.combinations(range(d), 2))
    wrong = (found.adjacency.numpy() > 0) != (model.directed > 0)
    loose = found.undecided.numpy() > 0
    return {
        **model.about,
        "seconds": round(time.perf_counter() - began, 2),
        "edges": int(model.directed.sum()),
        "shd": int(np.triu(wrong | wrong.T).sum()),
        "undecided": int(np.triu(loose).sum()),
        "wrong and decided": int(np.triu((wrong | wrong.T) & ~loose).sum()),
        "directed": [[round(float(found.probability[i, j]), 4), int(model.directed[i, j])] for i, j in pairs],
        "bidirected": [[round(float(found.bidirected[i, j]), 4), int(model.bidirected[i, j])] for i, j in couples],
    }


def bins(said: list[list[float]]) -> list[dict[str, float]]:
    """Of the answers in each bin: how many, their mean probability, and the share that is true."""
    table, rows = np.array(said), []
    for low, high in itertools.pairwise(BINS):
        inside = table[(table[:, 0] >= low) & ((table[:, 0] < high) | (high == 1.0))]
        if len(inside):
            p, share = inside.mean(0)
            error = float(np.sqrt(max(share * (1 - share), 0.25 / len(inside)) / len(inside)))
            rows.append({"from": low, "to": high, "answers": len(inside), "said": p, "true": share, "error": error})
    return [{name: round(float(value), 4) for name, value in row.items()} for row in rows]


def summary(draws: list[dict[str, Any]]) -> dict[str, Any]:
    """Bins of all models, and of groups of them."""
    groups = {
        "all": draws,
        **{f"{low} to {high} pairs": [m for m in draws if low <= m["pairs"] < high]
           for low, high in itertools.pairwise((100, 500, 2000, 20_001))},
        **{f"{d} factors": [m for m in draws if m["factors"] == d] for d in models.SIZES},
        "targets missing": [m for m in draws if m["unset"]], "all targets": [m for m in draws if not m["unset"]],
        "hidden causes": [m for m in draws if m["hidden"]], "systematic errors": [m for m in draws if m["systematic"]],
    }  # fmt: skip
    told = {}
    for name, group in groups.items():
        if group:
            told[name] = {
                "models": len(group),
                "directed": bins([pair for model in group for pair in model["directed"]]),
                "bidirected": bins([pair for model in group for pair in model["bidirected"]]),
                "undecided": round(
                    float(np.mean([m["undecided"] / (m["factors"] * (m["factors"] - 1) / 2) for m in group])), 4
                ),
                "wrong and decided": sum(m["wrong and decided"] for m in group),
                "seconds, the most": max(m["seconds"] for m in group),
            }
    return told


def measure(options: argparse.Namespace) -> None:
    """Look at models of other seeds, and at some of them with more and more pairs."""
    load = os.getloadavg()[0]
    draws = [answers(seed) for seed in range(MEASURED, MEASURED + options.models)]
    kept = "seed", "unset", "edges", "shd", "undecided", "wrong and decided"
    growing = [
        {"pairs": n, **{name: found[name] for name in kept}}
        for n in (50, 100, 200, 500, 1000, 2000, 5000, 10_000)
        for found in (answers(MEASURED + 10_000 + k, pairs=n, size=5) for k in range(options.growing))
    ]
    told = {"load": load, "summary": summary(draws), "more pairs, 5 factors": growing, "models": draws}
    options.out.write_text(json.dumps(told) + "\n")
    for row in told["summary"]["all"]["directed"] + told["summary"]["all"]["bidirected"]:
        print(row)


def plot(options: argparse.Namespace) -> None:
    """Draw said against true, and what stays undecided against the number of pairs."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    told = json.loads(options.results.read_text())
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4))
    left.plot([0, 1], [0, 1], color="0.7")
    left.fill_between([0, 1], [-0.05, 0.95], [0.05, 1.05], color="0.92")
    for name, mark in (("directed", "o"), ("bidirected", "s")):
        rows = told["summary"]["all"][name]
        x, y, e = ([row[part] for row in rows] for part in ("said", "true", "error"))
        left.errorbar(x, y, [1.96 * value for value in e], fmt=mark, label=name, capsize=2)
    left.set(xlabel="probability that is said", ylabel="share that is true", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    left.legend()
    growing = told["more pairs, 5 factors"]
    counts = sorted({row["pairs"] for row in growing})
    for label, unset in (("all targets set", False), ("targets missing", True)):
        for name, style in (("undecided", "-"), ("wrong and decided", "--")):
            rows = [[row[name] for row in growing if row["pairs"] == n and bool(row["unset"]) == unset] for n in counts]
            right.plot(counts, [np.mean(each) / 10 for each in rows], style, marker="o", label=f"{name}, {label}")
    right.set(
        xscale="log", xlabel="pairs of images, 5 factors", ylabel="share of the ten pairs of factors", ylim=(0, None)
    )
    right.legend()
    figure.tight_layout()
    figure.savefig(options.out, dpi=90)


def look(options: argparse.Namespace) -> None:
    """Look at data sets that were built."""
    load = os.getloadavg()[0]
    rows = built.measure(options.folder, options.cache)
    options.out.write_text(json.dumps({"load": load, "rows": rows}, indent=1) + "\n")


def main() -> None:
    """Do one of the four."""
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    for name, act in (("fit", fit), ("measure", measure), ("plot", plot), ("built", look)):
        part = parts.add_parser(name)
        part.set_defaults(act=act)
        part.add_argument("-o", "--out", type=Path)
        part.add_argument("--models", type=int, default=200)
        part.add_argument("--growing", type=int, default=20)
        if name == "plot":
            part.add_argument("results", type=Path)
        if name == "built":
            part.add_argument("folder", type=Path)
            part.add_argument("--cache", type=Path)
    options = parser.parse_args()
    options.act(options)


if __name__ == "__main__":
    main()
