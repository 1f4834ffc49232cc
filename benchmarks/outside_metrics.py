"""cdm.metrics beside packages that count the same: the largest difference of each figure on random data.

    pip install POT; pip install --no-deps disent        # whose data sets, which are left alone, need torchvision
    python benchmarks/outside_metrics.py -o benchmarks/results/outside_metrics.json

Those that install beside us (gadjid, torchmetrics, scikit-learn, scikit-image) are compared in the tests.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from cdm import metrics
from cdm.metrics import Factor
from cdm.metrics.disentanglement import shares_of

_TRIALS = 20
_MIXED = np.array([[1, 0.2, 0], [0, 1, 0.5], [0.3, 0, 1], [0.5, 0.5, 0]])
Pair = Callable[[np.random.Generator], tuple[float, float]]


def part_of_disent(name: str) -> Any:
    """A module of metrics of disent, without running its packages' own files, which import all the rest."""
    place = Path(str(importlib.metadata.distribution("disent").locate_file("disent")))
    for package in ("disent", "disent.dataset", "disent.metrics"):
        module = ModuleType(package)
        module.__path__ = [str(place.joinpath(*package.split(".")[1:]))]
        module.__dict__["DisentDataset"] = object
        sys.modules.setdefault(package, module)
    return importlib.import_module(f"disent.metrics.{name}")


def _codes(rng: np.random.Generator) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Codes ``(n, 4)`` that mix three factors of five levels, and these, ``(n, 3)``."""
    values = rng.integers(0, 5, (2000, 3))
    return values @ _MIXED.T + 0.3 * rng.standard_normal((2000, 4)), values


def mig(rng: np.random.Generator) -> tuple[float, float]:
    """The mutual information gap."""
    codes, values = _codes(rng)
    levels = [Factor(name, "categorical", 0, 4) for name in "abc"]
    theirs = part_of_disent("_mig")._compute_mig(codes.T, values.T)["mig.discrete_score"]
    return metrics.mig(codes, values, levels), float(theirs)


def sap(rng: np.random.Generator) -> tuple[float, float]:
    """The separated attribute predictability of continuous factors."""
    codes, values = _codes(rng)
    numbers = [Factor(name, "continuous", 0, 4) for name in "abc"]
    theirs = part_of_disent("_sap")._compute_sap(codes.T, values.T, None, None, True)["sap.score"]
    return metrics.sap(codes, values, numbers), float(theirs)


def disentanglement(rng: np.random.Generator) -> tuple[float, float]:
    """Of DCI, for the same importance of codes."""
    importance = rng.random((6, 4)) ** 3
    return shares_of(importance)["disentanglement"], float(part_of_disent("_dci")._disentanglement(importance))


def completeness(rng: np.random.Generator) -> tuple[float, float]:
    """Of DCI, for the same importance of codes."""
    importance = rng.random((6, 4)) ** 3
    return shares_of(importance)["completeness"], float(part_of_disent("_dci")._completeness(importance))


def frechet(rng: np.random.Generator) -> tuple[float, float]:
    """The squared distance of Bures and Wasserstein."""
    from ot.gaussian import bures_wasserstein_distance

    one, other = rng.standard_normal((300, 8)), 1.5 * rng.standard_normal((260, 8)) + 0.3
    laws = [x.mean(axis=0) for x in (one, other)], [np.cov(x.T) for x in (one, other)]
    return metrics.frechet(one, other), float(bures_wasserstein_distance(*laws[0], *laws[1]) ** 2)


COMPARED: dict[str, tuple[Pair, str]] = {
    "mig": (mig, "disent"),
    "sap, continuous": (sap, "disent"),
    "dci, disentanglement": (disentanglement, "disent"),
    "dci, completeness": (completeness, "disent"),
    "frechet": (frechet, "POT"),
}


def main() -> None:
    """Compare, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    found = {}
    for name, (pair, package) in COMPARED.items():
        told = [pair(np.random.default_rng(seed)) for seed in range(_TRIALS)]
        most = max(abs(ours - theirs) for ours, theirs in told)
        found[name] = {"package": package, "version": importlib.metadata.version(package), "largest difference": most}
        print(f"{name}: {package} {found[name]['version']}: {most:.1e} in {_TRIALS} trials")
    asked.out.write_text(json.dumps({"trials": _TRIALS, "figures": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
