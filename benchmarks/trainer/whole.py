"""Whole models, scored on a test split beside direct regression that had as many CPU-seconds."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

from page import IMAGES
from sets import SEEDS, asked, built, machine, trained
from sheets import sheet

SCENES = (
    *("pendulum", "clutter", "kiosk", "collision", "flow", "shadow-sun", "spurious-pairs-95", "shapes-random-8"),
    "ident3d-64",
)
PRESETS = ("quick", "standard")
ABLATIONS: dict[str, dict[str, Any]] = {  # of the preset quick, on clutter, seed 0
    "quick": {},
    "no reference": {"reference": "none"},
    "a reference with holes": {"reference": "holes"},
    "no gate": {"gate": False},
    "no draft": {"draft_steps": 0},
    "tokens not mixed": {"conditioning": "film"},
    "no factor told": {"conditioning": "none"},
    "no steadiness": {"steady": 0.0, "light": 0.0},
    "no light steadiness": {"light": 0.0},
    "sparse change": {"light": 0.0, "sparse": 0.02},
    "no control": {"control": 0.0},
    "dit": {"denoiser": "dit"},
}
_SAMPLES = 500


def models(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """Whole models of both presets, and direct regression for as many CPU-seconds as the first seed took."""
    for preset in PRESETS:
        for seed in SEEDS:
            for name in SCENES:
                key = f"{name}, {preset}, seed {seed}"
                if asked(key, only) and key not in kept["models"]:
                    shown = None if seed else IMAGES / f"{name}-{preset}.png"
                    kept["models"][key] = _scored(name, home, preset, seed, shown)
                    save(key)


def ablations(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """The preset quick with one thing changed."""
    for name in ABLATIONS:
        if asked(name, only) and name not in kept["ablations"]:
            kept["ablations"][name] = _scored("clutter", home, "quick", 0, None, beside=False, **ABLATIONS[name])
            save(name)


def _scored(
    name: str, home: Path, preset: str, seed: int, shown: Path | None, beside: bool = True, **changes: Any
) -> dict[str, Any]:
    from cdm.evaluation import evaluate
    from cdm.training import phases

    where, test, reader = judge(name, home)
    began = time.process_time()
    begun, graph, seconds = trained(where, home, preset, seed=seed, **changes)
    spent = time.process_time() - began
    others = {"direct regression": _regressed(where, home, seed, spent)} if beside else {}
    figures = evaluate.evaluate(begun.model, test, reader, graph, _SAMPLES, others)
    if shown:
        sheet(begun.model, others, test, shown)
    learned = begun.header.get("graph", {})
    mine = {"seconds": round(seconds), "CPU-seconds": round(spent), "learned": learned, "config": begun.config.data()}
    mine["truth"] = graph["adjacency"]["directed"]
    mine["momentum"] = phases.momentum(begun.config, "encoder")
    return {**figures, **mine, **machine()}


def _regressed(where: Path, home: Path, seed: int, spent: float) -> Any:
    """Direct regression, trained for as many CPU-seconds: its steps are timed first."""
    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.methods import direct_regression
    from cdm.models.protocol import Job

    job = Job(data.load(shards.read(str(where)), "train", home / "cache"))
    began = time.process_time()
    direct_regression.fit(job, direct_regression.Options(steps=60, seed=seed))
    each = (time.process_time() - began) / 60
    return direct_regression.fit(job, direct_regression.Options(steps=int(spent / each), seed=seed))


@cache
def judge(name: str, home: Path) -> tuple[Path, Any, Any]:
    """A data set, its test split, and a reader of its factors."""
    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.evaluation import reader

    where = built(name, home)
    source = shards.read(str(where))
    held = next(split for split in source.manifest["splits"] if split.startswith("test"))
    test, known = (data.load(source, split, home / "cache") for split in (held, "train"))
    return where, test, reader.fit(known)
