"""What the causal diffusion model reaches: graphs, factors and counterfactuals over seeds, with controls.

    python benchmarks/trainer.py graphs -o benchmarks/trainer.json    # encoder and graph: data set, supervision, seed
    python benchmarks/trainer.py controls -o benchmarks/trainer.json  # oracle codes, permuted targets, shuffled pairs
    python benchmarks/trainer.py levels -o benchmarks/trainer.json    # without values, and without targets
    python benchmarks/trainer.py methods -o benchmarks/trainer.json   # other ways to a graph, on true codes
    python benchmarks/trainer.py models -o benchmarks/trainer.json    # whole models of the pendulum, scored
    python benchmarks/trainer.py route -o benchmarks/trainer.json     # the commands of the README, timed
    python benchmarks/trainer.py page -o benchmarks/trainer.json --page docs/trainer-results.md

Run it with nothing else on the machine. Each figure is kept as soon as it is there; what is in the file already
is not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SETS = {  # name -> options of scmgen build: 32 px, 20,000 pairs
    "pendulum": ["pendulum"],
    "flow": ["flow"],  # a chain with a collider
    "er4": ["shapes", "--sample-scm", "er:1.5,factors=4", "--scm-seed", "3"],
}
PAIRS, SIZE, SEEDS = 20_000, 32, range(5)
LEVELS = ("targets", "unknown")  # of supervision, in which no value is told
LEVEL_SETS, LEVEL_STEPS = ("pendulum", "flow"), 500  # of the encoder; a batch holds 128 pairs
CONTROLS = ("oracle", "permuted targets", "shuffled pairs")


def built(name: str, home: Path) -> Path:
    """Build a data set, unless it is there."""
    out = home / name
    words = ["--n", str(PAIRS), "--size", str(SIZE), "--interventions", "hard", "-o", str(out)]
    script = "from scmgen.cli import main; main()"
    subprocess.run([sys.executable, "-c", script, "build", *SETS[name], *words], check=True)  # noqa: S603
    return out


def trained(where: Path, home: Path, preset: str, **changes: Any) -> tuple[Any, Any, float]:
    """A run to its end, its manifest's graph, and the seconds that it took."""
    from cdm import config, data, run, shards, train

    source = shards.read(str(where))
    pairs = data.load(source, "train", home / "cache")
    began = time.monotonic()
    begun = run.start(pairs, config.make(preset, **changes))
    train.fit(begun)
    return begun, source.manifest["graph"], time.monotonic() - began


def graphs(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """SHD and MCC without a denoiser, with the encoder steps of the quick preset."""
    for name in only:
        for supervision in ("interventions", "labels"):
            for seed in SEEDS:
                key = f"{name}, {supervision}, seed {seed}"
                if key in kept["graphs"]:
                    continue
                told = {
                    "supervision": supervision,
                    "seed": seed,
                    "draft_steps": 0,
                    "denoiser_steps": 0,
                    "mechanism_steps": 0,
                }
                begun, graph, seconds = trained(built(name, home), home, "quick", **told)
                kept["graphs"][key] = {**scores(begun, graph, home), "seconds": round(seconds), **machine()}
                save(key)


def levels(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """SHD and MCC where no value is told, and where not even the target is; codes are matched to factors."""
    for seed in SEEDS:
        for name in (name for name in only if name in LEVEL_SETS):
            for level in LEVELS:
                key = f"{name}, {level}, seed {seed}"
                if key in kept["levels"]:
                    continue
                told = {"supervision": level, "seed": seed, "encoder_steps": LEVEL_STEPS, "mechanism_steps": 0}
                begun, graph, seconds = trained(
                    built(name, home), home, "quick", **told, draft_steps=0, denoiser_steps=0
                )
                found = matched(begun, graph, home / name, home)
                kept["levels"][key] = {**found, "seconds": round(seconds), **machine()}
                save(key)


def matched(begun: Any, graph: dict[str, Any], where: Path, home: Path) -> dict[str, Any]:
    """Scores of codes without names or sign: |r| with the factors that they fit best, and the graph in that order."""
    import torch

    from cdm import data, matching, metrics, shards

    model = begun.model.eval()
    pairs = data.load(shards.read(str(where)), "train", home / "cache")  # with what the level may not read
    batch = pairs.batch(torch.arange(len(pairs) - begun.held_out, len(pairs))[:1000])
    with torch.no_grad():
        z = torch.cat([model.encoder(images) for images in torch.split(batch["image"], 200)])
    found = matching.match(model, z, batch["factors"])
    assert found is not None
    truth = found.graph(torch.tensor(graph["adjacency"]["directed"]))
    r = metrics.correlations(model.code, z, found.codes(batch["factors"]))
    return {**metrics.graph_scores(model.adjacency, truth), "MCC": sum(r) / len(r), "correlations": r}


def methods(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """Every way to a graph on true codes of one seed: with pairs, and of what is merely observed."""
    import torch

    from cdm import data, graphs, metrics, shards

    for name in only:
        source = shards.read(str(built(name, home)))
        pairs = data.load(source, "train", home / "cache")
        truth = torch.tensor(source.manifest["graph"]["adjacency"]["directed"])
        batch = pairs.batch(torch.arange(len(pairs)))
        floor = torch.full((len(pairs.code.factors),), 1e-4)
        for method in graphs.METHODS:
            for tables in ((batch["factors_cf"], batch["do_mask"]), (None, None)):
                key = f"{name}, {method}, {'pairs' if tables[0] is not None else 'observed'}"
                apt = method != "dagma" if tables[0] is not None else method not in graphs.NEED_PAIRS
                if key in kept["methods"] or not apt:
                    continue
                found = graphs.discover(method, pairs.code, batch["factors"], *tables, floor, 0)
                undecided = int(found.undecided.triu().sum())
                kept["methods"][key] = {**metrics.graph_scores(found.adjacency, truth), "undecided": undecided}
                save(key)


def route(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """What a newcomer types, in processes of their own, with the threads that there are."""
    import resource
    import tempfile

    for preset in only:
        with tempfile.TemporaryDirectory(dir=home) as folder:
            data, run, cache = (f"{folder}/{part}" for part in ("data", "run", "cache"))
            told = {}
            for script, words in (
                (
                    "scmgen",
                    ["build", "pendulum", "--n", str(PAIRS), "--size", str(SIZE), "--interventions", "-o", data],
                ),
                ("cdm", ["train", data, "--preset", preset, "-o", run, "--cache", cache]),
            ):
                began = time.monotonic()
                code = f"from {script}.cli import main; main()"
                done = subprocess.run(  # noqa: S603
                    [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True
                )
                told[words[0]] = round(time.monotonic() - began, 1)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            load = round(os.getloadavg()[0], 2)
            kept["route"][preset] = {
                **told,
                "peak_MB": peak,
                "load": load,
                "told": done.stdout.split("; ", 1)[1].strip(),
            }
            save(preset)


def scores(begun: Any, graph: dict[str, Any], home: Path) -> dict[str, Any]:
    """Of a graph and an encoder, on the training pairs that were held out."""
    import torch

    from cdm import metrics, stages

    model, pairs = begun.model, begun.pairs
    rows = torch.arange(len(pairs) - begun.held_out, len(pairs))[:1000]
    batch = pairs.batch(rows)
    with torch.no_grad():
        z = torch.cat([model.encoder(images) for images in torch.split(batch["image"], 200)])
    r = metrics.correlations(model.code, z, batch["factors"])
    truth = torch.tensor(graph["adjacency"]["directed"])
    told = {**metrics.graph_scores(model.adjacency, truth), "MCC": sum(r) / len(r), "edges": stages.edges(model)}
    return told | {"surest wrong edge": float((begun.found.probability * (1 - truth)).max())}


def controls(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """The graph stage on true codes, on targets told wrongly, and on second images of other samples."""
    import torch

    from cdm import data, metrics, shards
    from cdm.graphs import discover

    for name in only:
        source = shards.read(str(built(name, home)))
        pairs = data.load(source, "train", home / "cache")
        truth = torch.tensor(source.manifest["graph"]["adjacency"]["directed"])
        batch = pairs.batch(torch.arange(len(pairs)))
        d = len(pairs.code.factors)
        for control in CONTROLS:
            for seed in SEEDS:
                generator = torch.Generator().manual_seed(seed)
                before, after, mask = batch["factors"], batch["factors_cf"], batch["do_mask"]
                if control == "permuted targets":
                    mask = mask[:, (torch.arange(d) + 1 + seed % (d - 1)) % d]  # no factor keeps its own
                if control == "shuffled pairs":
                    rows = torch.randperm(len(after), generator=generator)
                    after, mask = after[rows], mask[rows]
                floor = torch.full((d,), 1e-4)
                found = discover("interventional", pairs.code, before, after, mask, floor, seed)
                key = f"{name}, {control}, seed {seed}"
                kept["controls"][key] = metrics.graph_scores(found.adjacency, truth)
                save(key)


def models(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """Whole models of presets, on the pendulum, scored on its test split."""
    from cdm import data, evaluate, shards

    where = built("pendulum", home)
    source = shards.read(str(where))
    test, known = (data.load(source, split, home / "cache") for split in ("test", "train"))
    regressor = None
    for preset in only:
        for seed in SEEDS:
            key = f"{preset}, seed {seed}"
            if key in kept["models"]:
                continue
            regressor = regressor or evaluate.reader(known)
            begun, graph, seconds = trained(where, home, preset, seed=seed)
            told = evaluate.evaluate(begun.model, test, regressor, graph, samples=500)
            kept["models"][key] = {**told, "seconds": round(seconds), "config": begun.config.data(), **machine()}
            save(key)


def machine() -> dict[str, Any]:
    """The load while something was measured, and the most memory that this process has taken."""
    import resource

    return {
        "load": round(os.getloadavg()[0], 2),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def page(kept: dict[str, Any]) -> str:
    """The results for people."""
    lines = [
        "# What the causal diffusion model reaches",
        "",
        "Generated by `python benchmarks/trainer.py page` from `benchmarks/trainer.json`: 20,000 pairs at 32 px.",
        "",
        "## Graph and factors, without a denoiser",
        "",
        "| data set | supervision | SHD a seed | MCC, least | seconds, median |",
        "|---|---|---|---|---|",
    ]
    for name in SETS:
        for supervision in ("interventions", "labels"):
            rows = [v for k, v in kept["graphs"].items() if k.startswith(f"{name}, {supervision},")]
            if rows:
                shd = " ".join(f"{row['SHD']}" for row in rows)
                least, middle = min(row["MCC"] for row in rows), statistics.median(row["seconds"] for row in rows)
                lines.append(f"| {name} | {supervision} | {shd} | {least:.4f} | {middle:.0f} |")
    lines += ["", _conditions([*kept["graphs"].values()])]
    lines += ["", "## Controls: the graph stage alone", "", "| data set | control | SHD a seed |", "|---|---|---|"]
    for name in SETS:
        for control in CONTROLS:
            rows = [v for k, v in kept["controls"].items() if k.startswith(f"{name}, {control},")]
            lines.append(f"| {name} | {control} | {' '.join(str(row['SHD']) for row in rows)} |")
    if kept["models"]:
        lines += ["", "## Whole models of the pendulum", "", *_models(kept["models"])]
        lines += ["", _conditions([*kept["models"].values()])]
    return "\n".join(lines) + "\n"


def _conditions(rows: list[dict[str, Any]]) -> str:
    loads, most = [row["load"] for row in rows], max(row["peak_MB"] for row in rows)
    return f"Load average while measured {min(loads)} to {max(loads)}; at most {most} MB a process."


def _models(told: dict[str, Any]) -> list[str]:
    lines = [
        "| model | seconds | SHD | MCC | changed L1 / identity's | unchanged L1 / composition "
        "| effectiveness / regressor's |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, row in told.items():
        changed = row["L1"]["model"]["changed"] / row["L1"]["identity"]["changed"]
        still = row["L1"]["model"]["unchanged"] / row["composition"]
        ratios = [a / b for a, b in zip(row["effectiveness"], row["regressor"], strict=True)]
        told_ratios = " ".join(f"{ratio:.1f}" for ratio in ratios)
        cells = [
            key,
            row["seconds"],
            row["graph"]["SHD"],
            f"{row['MCC']:.4f}",
            f"1/{1 / changed:.1f}",
            f"{still:.2f}",
            told_ratios,
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


MEASURES = {
    "graphs": graphs,
    "controls": controls,
    "levels": levels,
    "methods": methods,
    "models": models,
    "route": route,
}


def main() -> None:
    """Measure what is asked for, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=(*MEASURES, "page"))
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--home", type=Path, default=Path("/tmp/cdm-benchmark"), help="where data sets go")  # noqa: S108
    parser.add_argument("--page", type=Path)
    parser.add_argument("--only", action="append", help="one data set, or one preset; may be given again")
    told = parser.parse_args()
    kept: dict[str, Any] = {part: {} for part in MEASURES}
    kept |= json.loads(told.out.read_text()) if told.out.exists() else {}

    def save(key: str) -> None:
        there = json.loads(told.out.read_text()) if told.out.exists() else {}  # another process may write here, too
        for part, found in kept.items():
            found.update({**there.get(part, {}), **found})
        told.out.write_text(json.dumps(kept, indent=1) + "\n")
        print(key, flush=True)

    if told.what == "page":
        told.page.write_text(page(kept))
        return
    usual = ["quick", "standard"] if told.what in ("models", "route") else [*SETS]
    MEASURES[told.what](kept, told.home, save, told.only or usual)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
